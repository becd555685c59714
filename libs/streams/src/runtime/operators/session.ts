import { Windowed } from '../../record.js';
import type { TimedStore } from '../../state/ports.js';
import type { SessionAggregateNode } from '../../topology/window-nodes.js';
import { goesOnAtFlush } from './changes.js';
import { Idle } from './idle.js';
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
  const store = env.store(node.store.name) as TimedStore<unknown>;
  const topic = env.changelog(node.store.name);
  const keyBytes = keyEncoder(node.store.key, topic, env, unchangedKey);
  const waits = goesOnAtFlush(store, node.name, (windowed, value, before) => {
    // A session's time is its end.
    context.timestamp = (windowed as Windowed<unknown>).end;
    next(windowed, value, before);
  });

  const forward = (windowed: Windowed<unknown>, value: unknown, before: unknown): void => {
    if (waits || onClose) return;
    context.timestamp = windowed.end;
    // As in Kafka Streams: a session is of many records, and has the headers of none. Where changes wait, they go on
    // with those of the last.
    context.headers = [];
    next(windowed, value, before);
  };

  /** The latest end of sessions that are not merged any more, as the records before this one left them. */
  const finalUpTo = (): number => {
    // As in Kafka Streams, where a cache shows sessions that the store does not any more.
    if (waits) return Number.NEGATIVE_INFINITY;
    const closed = store.latest - gapMs - graceMs;
    return onClose ? closed : closed - 1;
  };

  const process = (key: unknown, value: unknown, timestamp: number, closed: number): void => {
    const bytes = keyBytes(key);
    const earliest = Math.max(timestamp - gapMs, finalUpTo() + 1);
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
    // Also one that is final and not let go on yet: there is one session of these times, never another beside it.
    const same = store.fetch(bytes, end, end).find((session) => session.start === start);
    let before = same?.value ?? null;
    for (const session of merged) {
      // Not by identity: a store on disk makes an object anew each time it is asked.
      if (session.start === start && session.time === end) {
        // As in Kafka Streams: a session that a record falls into is gone, then there again, to whom nothing waits.
        if (waits || (start === timestamp && end === timestamp)) continue;
        forward(new Windowed(key, start, end), null, before);
        before = null;
        continue;
      }
      // As in Kafka Streams, nobody is told that a session went which had left the retention before.
      const kept = session.time > store.latest - gapMs - graceMs;
      const windowed = kept ? new Windowed(key, session.start, session.time) : undefined;
      store.remove(session, timestamp, windowed);
      if (windowed !== undefined) forward(windowed, null, session.value);
    }
    aggregate = add(key, value, aggregate);
    const windowed = new Windowed(key, start, end);
    if (same === undefined) store.add(bytes, end, start, aggregate, timestamp, windowed);
    else store.update(same, aggregate, timestamp, windowed);
    forward(windowed, aggregate, before);
  };

  const emitClosed = (closed: number, timestamp: number): void => {
    if (closed < 1) return;
    for (const session of store.between(0, closed - 1)) {
      const key = node.store.key.deserialize(topic, session.key, context.headers);
      store.remove(session, timestamp);
      context.timestamp = session.time;
      next(new Windowed(key, session.start, session.time), session.value, null);
    }
  };

  const idle = Idle.of(env, node.closeOnIdleMs, store, (time) => emitClosed(time - graceMs - gapMs, time));

  return (key, value) => {
    if (isAbsent(key)) {
      counters.dropped += 1;
      return;
    }
    const { timestamp, headers } = context;
    const streamTime = Math.max(store.streamTime, timestamp);
    const closed = streamTime - graceMs - gapMs;
    // First, because with the record the store's time goes on, and what is as old as these falls out.
    if (onClose) emitClosed(closed, timestamp);
    process(key, value, timestamp, closed);
    context.timestamp = timestamp;
    context.headers = headers;
    idle?.touch();
  };
}
