import { Windowed } from '../../record.js';
import type { KeyValueStore, WindowStore } from '../../state/ports.js';
import type { AggregateNode, WindowAggregateNode } from '../../topology/nodes.js';
import { OperatorFailure } from '../failures.js';
import { goesOnAtFlush } from './changes.js';
import { Idle } from './idle.js';
import { isAbsent, keyEncoder } from './key-bytes.js';
import type { OperatorEnvironment, Process } from './operator.js';

/** @param unchangedKey whether the key is still the source record's, in the store's serde: its bytes are the key */
export function aggregateOperator(
  node: AggregateNode,
  env: OperatorEnvironment,
  unchangedKey: boolean,
  next: Process,
): Process {
  const { context, counters } = env;
  const { initial, add, skipNullValues } = node.aggregation;
  const store = env.store(node.store.name) as KeyValueStore<unknown>;
  const waits = goesOnAtFlush(store, node.name, next);
  const keyBytes = keyEncoder(node.store.key, env.changelog(node.store.name), env, unchangedKey);
  return (key, value) => {
    if (isAbsent(key) || (skipNullValues && isAbsent(value))) {
      counters.dropped += 1;
      return;
    }
    const { timestamp } = context;
    let aggregate: unknown;
    let before: unknown = null;
    let latest = timestamp;
    try {
      const bytes = keyBytes(key);
      const stored = store.get(bytes);
      if (stored !== undefined) {
        before = stored.value;
        if (stored.timestamp > timestamp) latest = stored.timestamp;
      }
      aggregate = add(key, value, stored === undefined ? initial() : before) ?? null;
      if (aggregate === null) store.delete(bytes, latest, key);
      else store.put(bytes, aggregate, latest, key);
    } catch (error) {
      throw new OperatorFailure('TRANSFORMATION', node.name, error);
    }
    if (waits) return;
    if (aggregate === null && before === null) return;
    context.timestamp = latest;
    next(key, aggregate, before);
    context.timestamp = timestamp;
  };
}

/** As `KStreamWindowAggregate`: time is the latest record's; a window takes records until its grace is over. */
export function windowAggregateOperator(
  node: WindowAggregateNode,
  env: OperatorEnvironment,
  unchangedKey: boolean,
  next: Process,
): Process {
  const { context, counters } = env;
  const { windows, newestOnly, onClose } = node;
  const { initial, add } = node.aggregation;
  const { sizeMs, advanceMs, graceMs } = windows;
  const store = env.store(node.store.name) as WindowStore<unknown>;
  const keyBytes = keyEncoder(node.store.key, env.changelog(node.store.name), env, unchangedKey);
  const goOn = (windowed: unknown, aggregate: unknown, before: unknown): void => {
    const { key, start } = windowed as Windowed<unknown>;
    if (newestOnly && hasNewerWindow(store, keyBytes(key), start)) return;
    next(windowed, aggregate, before);
  };
  const waits = goesOnAtFlush(store, node.name, goOn);

  const update = (bytes: Buffer, key: unknown, value: unknown, start: number, timestamp: number): void => {
    let aggregate: unknown;
    let before: unknown = null;
    let latest = timestamp;
    const windowed = new Windowed(key, start, start + sizeMs);
    try {
      const stored = store.get(bytes, start);
      if (stored !== undefined) {
        before = stored.value;
        if (stored.timestamp > timestamp) latest = stored.timestamp;
      }
      aggregate = add(key, value, stored === undefined ? initial() : before);
      store.put(bytes, start, aggregate, latest, windowed);
    } catch (error) {
      throw new OperatorFailure('TRANSFORMATION', node.name, error);
    }
    if (waits || onClose || (newestOnly && hasNewerWindow(store, bytes, start))) return;
    context.timestamp = latest;
    next(windowed, aggregate, before);
  };

  /** Windows that take no more records go on, and need not be kept: a late record will find them closed. */
  const emitClosed = (closed: number): void => {
    for (const [bytes, start, { value, timestamp }] of store.takeUntil(closed - sizeMs)) {
      context.timestamp = timestamp;
      const key = node.store.key.deserialize(env.changelog(node.store.name), bytes, context.headers);
      next(new Windowed(key, start, start + sizeMs), value, null);
    }
  };

  const idle = Idle.of(env, node.closeOnIdleMs, store, (time) => emitClosed(time - graceMs));

  return (key, value) => {
    if (isAbsent(key)) {
      counters.dropped += 1;
      return;
    }
    const { timestamp } = context;
    // The store's: after a restore it goes on where it stood, and other streams of a cogroup move it too.
    const streamTime = Math.max(store.streamTime, timestamp);
    const closed = streamTime - graceMs;
    // First: the store drops what is closed as soon as it is told of a later window.
    if (onClose) emitClosed(closed);
    let bytes: Buffer | undefined;
    for (let start = windows.firstStart(timestamp); start <= timestamp; start += advanceMs) {
      if (start + sizeMs > closed) {
        bytes ??= encodeKey(node, keyBytes, key);
        update(bytes, key, value, start, timestamp);
      } else {
        counters.dropped += 1;
      }
    }
    context.timestamp = timestamp;
    idle?.touch();
  };
}

/** The store keeps every window that still takes records, and so every newer one too. */
function hasNewerWindow(store: WindowStore<unknown>, key: Buffer, start: number): boolean {
  for (const _newer of store.fetch(key, start + 1, Number.POSITIVE_INFINITY)) return true;
  return false;
}

function encodeKey(node: WindowAggregateNode, keyBytes: (key: unknown) => Buffer, key: unknown): Buffer {
  try {
    return keyBytes(key);
  } catch (error) {
    throw new OperatorFailure('TRANSFORMATION', node.name, error);
  }
}
