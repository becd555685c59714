import { Windowed } from '../../record.js';
import type { InMemoryTimedStore } from '../../state/in-memory-timed-store.js';
import type { SessionAggregateNode } from '../../topology/window-nodes.js';
import { guarded, isAbsent, keyEncoder } from './key-bytes.js';
import type { OperatorEnvironment, Process } from './operator.js';

/** As `KStreamSessionWindowAggregate`: a record joins, and so merges, all sessions within the gap of it. */
export function sessionAggregateOperator(
  node: SessionAggregateNode,
  env: OperatorEnvironment,
  unchangedKey: boolean,
  next: Process,
): Process {
  const { context, counters } = env;
  const { gapMs, graceMs } = node.windows;
  const { onClose } = node;
  const initial = guarded(node.name, node.aggregation.initial);
  const add = guarded(node.name, node.aggregation.add);
  const merge = guarded(node.name, node.merge);
  const store = env.store(node.store.name) as InMemoryTimedStore<unknown>;
  const topic = env.changelog(node.store.name);
  const keyBytes = keyEncoder(node.store.key, topic, env, unchangedKey);
  let streamTime: number | undefined;

  const forward = (key: unknown, start: number, end: number, value: unknown, before: unknown): void => {
    if (onClose) return;
    context.timestamp = end;
    next(new Windowed(key, start, end), value, before);
  };

  const process = (key: unknown, value: unknown, timestamp: number, closed: number): void => {
    const bytes = keyBytes(key);
    // Sessions that are final must not be merged any more.
    const earliest = onClose
      ? Math.max(timestamp - gapMs, store.latest - gapMs - graceMs + 1)
      : timestamp - gapMs;
    let start = timestamp;
    let end = timestamp;
    let aggregate = initial(undefined, undefined, undefined);
    const merged = store.fetch(bytes, earliest, Number.MAX_SAFE_INTEGER - 1).filter((session) => {
      if (session.start > timestamp + gapMs) return false;
      aggregate = merge(key, aggregate, session.value);
      start = Math.min(start, session.start);
      end = Math.max(end, session.time);
      return true;
    });
    if (end < closed) {
      counters.dropped += 1;
      return;
    }
    const same = merged.find((session) => session.start === start && session.time === end);
    for (const session of merged) {
      if (session === same) continue;
      // As in Kafka Streams, nobody is told that a session went which had left the retention before.
      const kept = session.time > store.latest - gapMs - graceMs;
      store.remove(session, timestamp);
      if (kept) forward(key, session.start, session.time, null, session.value);
    }
    aggregate = add(key, value, aggregate);
    const before = same?.value ?? null;
    if (same === undefined) store.add(bytes, end, start, aggregate, timestamp);
    else store.update(same, aggregate, timestamp);
    forward(key, start, end, aggregate, before);
  };

  const emitClosed = (closed: number, timestamp: number): void => {
    if (closed < 1) return;
    for (const session of store.until(closed - 1)) {
      const key = node.store.key.deserialize(topic, session.key, context.headers);
      store.remove(session, timestamp);
      context.timestamp = session.time;
      next(new Windowed(key, session.start, session.time), session.value, null);
    }
  };

  return (key, value) => {
    if (isAbsent(key)) {
      counters.dropped += 1;
      return;
    }
    const { timestamp } = context;
    streamTime = Math.max(streamTime ?? store.streamTime, timestamp);
    const closed = streamTime - graceMs - gapMs;
    process(key, value, timestamp, closed);
    if (onClose) emitClosed(closed, timestamp);
    context.timestamp = timestamp;
  };
}
