import type { JoinStore, UnmatchedStore } from '../../state/ports.js';
import type { StreamJoinNode } from '../../topology/window-nodes.js';
import { guarded, isAbsent, keyEncoder } from './key-bytes.js';
import type { OperatorEnvironment, Process } from './operator.js';

/** The time that both sides of a join share in a task. */
class JoinTime {
  begun = false;
  streamTime = -1;
  /** No record waits that is earlier than this. */
  earliest = Number.POSITIVE_INFINITY;
}

/** By what both sides have in common: their list of stores, in their task's environment. */
const times = new WeakMap<OperatorEnvironment, WeakMap<object, JoinTime>>();

function timeOf(node: StreamJoinNode, env: OperatorEnvironment): JoinTime {
  let ofTask = times.get(env);
  if (ofTask === undefined) {
    ofTask = new WeakMap();
    times.set(env, ofTask);
  }
  let time = ofTask.get(node.stores);
  if (time === undefined) {
    time = new JoinTime();
    ofTask.set(node.stores, time);
  }
  return time;
}

/**
 * Looks for matches among the other side's records, then keeps the record for theirs. In a left or outer join one
 * without a match waits until no match can come any more: results without a match are never taken back (KIP-633).
 */
export function streamJoinOperator(
  node: StreamJoinNode,
  env: OperatorEnvironment,
  unchangedKey: boolean,
  next: Process,
): Process {
  const { context, counters } = env;
  const { outer, windows } = node;
  const isLeft = node.side === 'left';
  const { graceMs } = windows;
  const beforeMs = isLeft ? windows.beforeMs : windows.afterMs;
  const afterMs = isLeft ? windows.afterMs : windows.beforeMs;
  const call = guarded(node.name, node.joiner);
  const join = (mine: unknown, other: unknown): unknown =>
    isLeft ? call(mine, other, undefined) : call(other, mine, undefined);
  const mineStore = env.store(node.mine.name) as JoinStore<unknown>;
  const otherStore = env.store(node.other.name) as JoinStore<unknown>;
  const unmatched =
    node.unmatched === undefined ? undefined : (env.store(node.unmatched.name) as UnmatchedStore);
  const keyBytes = keyEncoder(node.mine.key, env.changelog(node.mine.name), env, unchangedKey);
  const time = timeOf(node, env);
  const found = counters.join(node.name);

  const emitUnmatched = (store: UnmatchedStore): void => {
    if (time.earliest + afterMs + graceMs >= time.streamTime) return;
    time.earliest = Number.POSITIVE_INFINITY;
    let leftOpen = false;
    let rightOpen = false;
    for (const entry of store.all()) {
      time.earliest = entry.timestamp;
      if (leftOpen && rightOpen) break;
      const lookAhead = entry.isLeft ? windows.afterMs : windows.beforeMs;
      if (entry.timestamp + lookAhead + graceMs >= time.streamTime) {
        if (entry.isLeft) leftOpen = true;
        else rightOpen = true;
        continue;
      }
      const key = node.mine.key.deserialize(env.changelog(node.mine.name), entry.key, context.headers);
      context.timestamp = entry.timestamp;
      for (const value of entry.values) {
        next(key, entry.isLeft ? call(value, null, undefined) : call(null, value, undefined));
      }
      store.remove(entry);
    }
  };

  const joinMatches = (key: unknown, value: unknown, bytes: Buffer, timestamp: number): void => {
    const to = Math.max(0, timestamp + afterMs);
    // What is exactly as old as the retention is for records that are not late: they may be that much later than it.
    const isLate = timestamp + afterMs + graceMs < time.streamTime;
    const from = Math.max(0, timestamp - beforeMs, isLate ? otherStore.earliest + 1 : 0);
    let matched = false;
    for (const match of otherStore.fetch(bytes, from, to)) {
      matched = true;
      unmatched?.delete(bytes, match.time, !isLeft);
      context.timestamp = Math.max(timestamp, match.time);
      next(key, join(value, match.value));
    }
    context.timestamp = timestamp;
    if (matched) found.matched += 1;
    else found.missed += 1;
    if (matched || !outer) return;
    if (unmatched === undefined || to < time.streamTime) {
      next(key, join(value, null));
    } else {
      time.earliest = Math.min(time.earliest, timestamp);
      unmatched.add(bytes, timestamp, isLeft, value);
    }
  };

  return (key, value) => {
    const { timestamp } = context;
    if (!time.begun) {
      // What was restored counts.
      time.begun = true;
      time.streamTime = Math.max(mineStore.streamTime, otherStore.streamTime);
      if (unmatched !== undefined && unmatched.size > 0) time.earliest = -1;
    }
    time.streamTime = Math.max(time.streamTime, timestamp);
    if (isAbsent(key) || isAbsent(value)) {
      // What is not kept moves time all the same, for those too that go on from this state.
      mineStore.advance(timestamp);
      // As in Kafka Streams: only its stores in memory take the time of what they are not to keep.
      if (node.mine.storage === 'memory' && !isAbsent(key)) mineStore.outdate(timestamp);
      if (outer && !isAbsent(value)) next(key, join(value, null));
      else counters.dropped += 1;
      return;
    }
    if (unmatched !== undefined && timestamp === time.streamTime) {
      emitUnmatched(unmatched);
      context.timestamp = timestamp;
    }
    const bytes = keyBytes(key);
    joinMatches(key, value, bytes, timestamp);
    mineStore.add(bytes, timestamp, timestamp, value, timestamp);
  };
}
