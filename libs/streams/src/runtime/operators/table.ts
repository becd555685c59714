import type { KeyValueStore, VersionedStore } from '../../state/ports.js';
import type { StoreSpec } from '../../topology/nodes.js';
import type {
  TableFilterNode,
  TableMapNode,
  TableMergeNode,
  TableSourceNode,
} from '../../topology/table-nodes.js';
import { OperatorFailure } from '../failures.js';
import { goesOnAtFlush } from './changes.js';
import { guarded, isAbsent, keyEncoder } from './key-bytes.js';
import type { OperatorEnvironment, Process } from './operator.js';

/**
 * Each record is its key's value now, whatever the records' times. Records without a key are left out; one without a
 * value deletes the key.
 */
export function tableSourceOperator(
  node: TableSourceNode,
  env: OperatorEnvironment,
  unchangedKey: boolean,
  next: Process,
): Process {
  const { counters } = env;
  const change = changer(node, env, unchangedKey, next);
  return (key, value) => {
    if (isAbsent(key)) counters.dropped += 1;
    else change(key, value ?? null);
  };
}

export function tableFilterOperator(
  node: TableFilterNode,
  env: OperatorEnvironment,
  unchangedKey: boolean,
  knowsOld: boolean,
  next: Process,
): Process {
  const predicate = guarded(node.name, node.predicate);
  const { keep } = node;
  const change = changer(node, env, unchangedKey, next);
  const kept = (key: unknown, value: unknown): unknown =>
    !isAbsent(value) && Boolean(predicate(key, value, undefined)) === keep ? value : null;
  return (key, value, before, stale) => {
    const now = kept(key, value);
    const then = kept(key, before);
    // What was not in the table and is not in it now: no news.
    if (knowsOld && stale === undefined && now === null && then === null) return;
    change(key, now, then, stale);
  };
}

export function tableMapOperator(
  node: TableMapNode,
  env: OperatorEnvironment,
  unchangedKey: boolean,
  wantsOld: boolean,
  next: Process,
): Process {
  const fn = guarded(node.name, node.fn);
  const mapped = (key: unknown, value: unknown): unknown =>
    isAbsent(value) ? null : (fn(value, key, undefined) ?? null);
  const change = changer(node, env, unchangedKey, next);
  return (key, value, before, stale) =>
    change(key, mapped(key, value), wantsOld ? mapped(key, before) : null, stale);
}

export function tableMergeOperator(
  node: TableMergeNode,
  env: OperatorEnvironment,
  unchangedKey: boolean,
  next: Process,
): Process {
  return changer(node, env, unchangedKey, next);
}

/** Keeps the new value where the table has a store, which then also knows the old one, and lets the change go on. */
export function changer(
  { name, store: spec }: { readonly name: string; readonly store: StoreSpec | undefined },
  env: OperatorEnvironment,
  unchangedKey: boolean,
  next: Process,
): Process {
  if (spec === undefined) return next;
  if (spec.type === 'versioned') return versionedChanger(name, spec, env, unchangedKey, next);
  const { context } = env;
  const store = env.store(spec.name) as KeyValueStore<unknown>;
  const waits = goesOnAtFlush(store, name, next);
  const keyBytes = keyEncoder(spec.key, env.changelog(spec.name), env, unchangedKey);
  return (key, value) => {
    let before: unknown = null;
    try {
      const bytes = keyBytes(key);
      before = store.get(bytes)?.value ?? null;
      if (value !== null) store.put(bytes, value, context.timestamp, key);
      else if (before !== null) store.delete(bytes, context.timestamp, key);
      // Where changes wait, one from nothing to nothing is none; where they don't, each record's goes on.
      else if (waits) return;
    } catch (error) {
      throw new OperatorFailure('TRANSFORMATION', name, error);
    }
    if (!waits) next(key, value, before);
  };
}

/** As {@link changer}: a version of the past changes what was, and its change is not the key's latest. */
function versionedChanger(
  name: string,
  spec: StoreSpec,
  env: OperatorEnvironment,
  unchangedKey: boolean,
  next: Process,
): Process {
  const { context } = env;
  const store = env.store(spec.name) as VersionedStore<unknown>;
  const keyBytes = keyEncoder(spec.key, env.changelog(spec.name), env, unchangedKey);
  return (key, value) => {
    let before: unknown = null;
    let latest: boolean | undefined;
    try {
      const bytes = keyBytes(key);
      before = store.get(bytes)?.value ?? null;
      latest = store.put(bytes, value, context.timestamp);
    } catch (error) {
      throw new OperatorFailure('TRANSFORMATION', name, error);
    }
    if (latest !== undefined) next(key, value, before, !latest);
  };
}
