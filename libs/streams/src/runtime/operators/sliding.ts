import { Windowed } from '../../record.js';
import type { TimedStore, TimedEntry } from '../../state/ports.js';
import type { SlidingAggregateNode } from '../../topology/window-nodes.js';
import { goesOnAtFlush } from './changes.js';
import { Idle } from './idle.js';
import { guarded, isAbsent, keyEncoder } from './key-bytes.js';
import type { OperatorEnvironment, Process } from './operator.js';

/** Where a window's aggregate comes from: another window's, as it was, or none. */
interface Seed {
  readonly value: unknown;
  readonly timestamp: number;
}

/**
 * As `KStreamSlidingWindowAggregate`: there is a window that ends at each record, and one that begins right after it
 * where a later record falls in. A new record so goes into the windows that span it, and may bring up to three more
 * about: its own left one, its own right one, and the right one of the record before it.
 */
export function slidingAggregateOperator(
  node: SlidingAggregateNode,
  env: OperatorEnvironment,
  unchangedKey: boolean,
  next: Process,
): Process {
  const { context, counters } = env;
  const { timeDifferenceMs: size, graceMs } = node.windows;
  const { onClose } = node;
  const initial = guarded(node.name, node.aggregation.initial);
  const add = guarded(node.name, node.aggregation.add);
  const store = env.store(node.store.name) as TimedStore<unknown>;
  const keyBytes = keyEncoder(node.store.key, env.changelog(node.store.name), env, unchangedKey);
  let bytes: Buffer = Buffer.alloc(0);
  let recordTime = 0;
  let closed = 0;

  const waits = goesOnAtFlush(store, node.name, next);

  const forward = (windowed: Windowed<unknown>, value: unknown, timestamp: number, before: unknown): void => {
    if (waits || onClose) return;
    context.timestamp = timestamp;
    next(windowed, value, before);
  };

  const aggregate = (
    key: unknown,
    value: unknown,
    start: number,
    seed: Seed | undefined,
    entry: TimedEntry<unknown> | undefined,
  ): void => {
    if (start + size < closed) {
      counters.dropped += 1;
      return;
    }
    const before = entry?.value ?? null;
    const result = add(
      key,
      value,
      seed === undefined ? initial(undefined, undefined, undefined) : seed.value,
    );
    const timestamp = Math.max(recordTime, seed?.timestamp ?? recordTime);
    const windowed = new Windowed(key, start, start + size);
    if (entry === undefined) store.add(bytes, start, start, result, timestamp, windowed);
    else store.update(entry, result, timestamp, windowed);
    forward(windowed, result, timestamp, before);
  };

  /** The window right after the record holds what is later than it: so far just what spans it now holds. */
  const createRight = (key: unknown, seed: Seed | undefined): void => {
    if (seed === undefined || seed.timestamp <= recordTime) return;
    const start = recordTime + 1;
    const windowed = new Windowed(key, start, start + size);
    store.add(bytes, start, start, seed.value, seed.timestamp, windowed);
    forward(windowed, seed.value, seed.timestamp, null);
  };

  /** Records earlier than a window is long share the window that begins at 0. */
  const processEarly = (key: unknown, value: unknown): void => {
    const entries = store.fetch(bytes, 0, recordTime + 1);
    const first = entries.find(({ start }) => start === 0);
    const combined = first && { value: first.value, timestamp: first.timestamp };
    let right: Seed | undefined;
    for (const entry of entries) {
      if (entry.start === 0 || entry.start > recordTime) continue;
      right = { value: entry.value, timestamp: entry.timestamp };
      aggregate(key, value, entry.start, entry, entry);
    }
    const starts = new Set(entries.map(({ start }) => start));
    if (right === undefined && combined !== undefined && combined.timestamp > recordTime) right = combined;
    if (!starts.has(recordTime + 1)) createRight(key, right);
    if (combined !== undefined && combined.timestamp < recordTime && !starts.has(combined.timestamp + 1)) {
      aggregate(key, value, combined.timestamp + 1, undefined, undefined);
    }
    aggregate(key, value, 0, combined, first);
  };

  const processLater = (key: unknown, value: unknown): void => {
    const entries = store.fetch(bytes, Math.max(0, recordTime - 2 * size), recordTime + 1).toReversed();
    const starts = new Set<number>();
    let right: Seed | undefined;
    let left: Seed | undefined;
    let leftExists = false;
    /** The latest record before this one, where it is known. */
    let previous: number | undefined;
    for (const entry of entries) {
      const { start, timestamp } = entry;
      starts.add(start);
      if (start > recordTime) continue;
      if (start + size < recordTime) {
        left = { value: entry.value, timestamp };
        previous = timestamp;
        break;
      }
      if (start + size > recordTime) {
        right ??= { value: entry.value, timestamp };
        aggregate(key, value, start, entry, entry);
        continue;
      }
      leftExists = true;
      aggregate(key, value, start, entry, entry);
      // The window ends at a record of this very time: all that it brings about is there.
      if (timestamp >= recordTime) return;
      previous = timestamp;
    }
    if (previous !== undefined && !starts.has(previous + 1) && previous + 1 + size >= recordTime) {
      aggregate(key, value, previous + 1, undefined, undefined);
    }
    if (!leftExists) {
      const start = recordTime - size;
      const seed =
        previous !== undefined && start <= previous && left !== undefined
          ? { value: left.value, timestamp: recordTime }
          : undefined;
      // The window after the previous record may be the very one that ends at this record. It is then made anew, and
      // goes on a second time where changes do not wait, as in Kafka Streams.
      const [made] = previous === start - 1 ? store.fetch(bytes, start, start) : [];
      aggregate(key, value, start, seed, made);
    }
    if (!starts.has(recordTime + 1)) createRight(key, right);
  };

  /**
   * The windows that close when time goes on. They stay in the store: those that begin with later records hold what is
   * in them, too.
   */
  const closing = (before: number, time: number): readonly TimedEntry<unknown>[] => {
    const first = before - graceMs - size;
    const last = time - graceMs - size - 1;
    return first > last || last < 0 ? [] : store.between(Math.max(0, first), last);
  };

  const emit = (windows: readonly TimedEntry<unknown>[]): void => {
    for (const { key, start, value, timestamp } of windows) {
      context.timestamp = timestamp;
      const windowed = new Windowed(
        node.store.key.deserialize(env.changelog(node.store.name), key, context.headers),
        start,
        start + size,
      );
      next(windowed, value, null);
    }
  };

  const idle = Idle.of(env, node.closeOnIdleMs, store, (time, before) => {
    const windows = closing(before, time);
    if (windows.length > 0) store.noteTime();
    emit(windows);
  });

  return (key, value) => {
    if (isAbsent(key) || isAbsent(value)) {
      counters.dropped += 1;
      return;
    }
    recordTime = context.timestamp;
    const before = store.streamTime;
    const time = Math.max(before, recordTime);
    closed = time - graceMs;
    if (recordTime + size < closed) {
      counters.dropped += 1;
      return;
    }
    bytes = keyBytes(key);
    // Before the record is in: the store then drops what is too old, and that may be what closes.
    const closes = onClose ? closing(before, time) : [];
    if (recordTime < size) processEarly(key, value);
    else processLater(key, value);
    emit(closes);
    context.timestamp = recordTime;
    idle?.touch();
  };
}
