import type { TableJoinNode } from '../../topology/table-nodes.js';
import { lookupOf } from '../lookups.js';
import { guarded, isAbsent, keyEncoder } from './key-bytes.js';
import type { OperatorEnvironment, Process } from './operator.js';

/**
 * Joins a change of one table with what the other holds, at the later of both times. No result where a value is
 * absent that the join needs; a change that leaves absent what was absent is none.
 */
export function tableJoinOperator(
  node: TableJoinNode,
  env: OperatorEnvironment,
  unchangedKey: boolean,
  wantsOld: boolean,
  next: Process,
): Process {
  const { context, counters } = env;
  const { left, right, leftOptional, rightOptional, joiner, key: keySerde } = node.join;
  const isLeft = node.side === 'left';
  const lookup = lookupOf(isLeft ? right : left, env);
  const otherOptional = isLeft ? rightOptional : leftOptional;
  const mineOptional = isLeft ? leftOptional : rightOptional;
  const found = counters.join(node.name);
  const keyBytes = keyEncoder(keySerde, undefined, env, unchangedKey);
  const call = guarded(node.name, joiner);
  const join = (mine: unknown, other: unknown): unknown => {
    if (isAbsent(mine) && (!mineOptional || other === null)) return null;
    return (isLeft ? call(mine ?? null, other, undefined) : call(other, mine ?? null, undefined)) ?? null;
  };
  return (key, value, before, stale) => {
    if (stale === true) {
      counters.dropped += 1;
      return;
    }
    const { timestamp } = context;
    const stored = lookup(keyBytes(key));
    const other = stored?.value ?? null;
    const otherTime = stored?.timestamp ?? -1;
    if (other === null) found.missed += 1;
    else found.matched += 1;
    if (other === null && (!otherOptional || (isAbsent(value) && isAbsent(before)))) return;
    const now = join(value, other);
    const then = wantsOld ? join(before, other) : null;
    if (otherTime > timestamp) context.timestamp = otherTime;
    next(key, now, then);
    context.timestamp = timestamp;
  };
}
