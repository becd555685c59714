import { Change } from '../../serdes/changed.js';
import type { KeyValueStore } from '../../state/ports.js';
import type { Pair } from '../../topology/nodes.js';
import type { TableAggregateNode, TableRegroupNode } from '../../topology/table-nodes.js';
import { OperatorFailure } from '../failures.js';
import { goesOnAtFlush } from './changes.js';
import { guarded, isAbsent, keyEncoder } from './key-bytes.js';
import type { OperatorEnvironment, Process } from './operator.js';

/** One record where old and new value are of one group, else one for each: the old group hears of its loss first. */
export function tableRegroupOperator(
  node: TableRegroupNode,
  env: OperatorEnvironment,
  next: Process,
): Process {
  const selector = guarded(node.name, node.selector);
  const select = (key: unknown, value: unknown): Pair | undefined => {
    if (isAbsent(value)) return undefined;
    const pair = selector(key, value, undefined) as Pair;
    return isAbsent(pair[0]) || isAbsent(pair[1]) ? undefined : pair;
  };
  const encode = keyEncoder(node.key, undefined, env, false);
  const sameKey = (one: unknown, other: unknown): boolean => {
    if (one === other) return true;
    return typeof one === 'object' && encode(one).equals(encode(other));
  };
  return (key, value, before, stale) => {
    if (stale === true) return;
    const now = select(key, value);
    const then = select(key, before);
    if (now !== undefined && then !== undefined && sameKey(now[0], then[0])) {
      next(now[0], new Change(now[1], then[1]));
      return;
    }
    if (then !== undefined) next(then[0], new Change(null, then[1]));
    if (now !== undefined) next(now[0], new Change(now[1], null));
  };
}

/** Takes the old value out of its group's aggregate, then the new one in. */
export function tableAggregateOperator(
  node: TableAggregateNode,
  env: OperatorEnvironment,
  unchangedKey: boolean,
  next: Process,
): Process {
  const { context } = env;
  const { initial, add, subtract } = node;
  const store = env.store(node.store.name) as KeyValueStore<unknown>;
  const waits = goesOnAtFlush(store, node.name, next);
  const keyBytes = keyEncoder(node.store.key, env.changelog(node.store.name), env, unchangedKey);
  return (key, value) => {
    const { newValue, oldValue } = value as Change;
    const { timestamp } = context;
    let before: unknown = null;
    let aggregate: unknown = null;
    let latest = timestamp;
    try {
      const bytes = keyBytes(key);
      const stored = store.get(bytes);
      if (stored !== undefined) {
        before = stored.value;
        if (stored.timestamp > timestamp) latest = stored.timestamp;
      }
      aggregate = before;
      if (oldValue !== null && before !== null) aggregate = subtract(key, oldValue, before) ?? null;
      if (newValue !== null) aggregate = add(key, newValue, aggregate ?? initial()) ?? null;
      if (aggregate !== null) store.put(bytes, aggregate, latest, key);
      else if (before !== null) store.delete(bytes, latest, key);
      else return;
    } catch (error) {
      throw new OperatorFailure('TRANSFORMATION', node.name, error);
    }
    if (waits) return;
    context.timestamp = latest;
    next(key, aggregate, before);
    context.timestamp = timestamp;
  };
}
