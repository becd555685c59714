import type { KeyValueStore, Stored } from '../state/ports.js';
import type { Node } from '../topology/nodes.js';
import type { TableFilterNode, TableJoin, TableMapNode } from '../topology/table-nodes.js';
import type { OperatorEnvironment } from './operators/operator.js';
import { guarded, isAbsent } from './operators/key-bytes.js';

/** What a table holds for a key; read it before the next call, which may reuse it. */
export type Lookup = (key: Buffer) => Stored<unknown> | undefined;

/**
 * A look into a table: into its store, or where it keeps none, into that of the tables it is made of, through its
 * function.
 */
export function lookupOf(node: Node, env: OperatorEnvironment): Lookup {
  if ('store' in node && node.store !== undefined) return storeLookup(node.store.name, env);
  if (node.kind === 'tableFilter') return filterLookup(node, env);
  if (node.kind === 'tableMap') return mapLookup(node, env);
  if (node.kind === 'tableMerge') return joinLookup(node.name, node.join, env);
  throw new TypeError(`${node.kind} ${node.name} holds no values to look up`);
}

function filterLookup(node: TableFilterNode, env: OperatorEnvironment): Lookup {
  const predicate = guarded(node.name, node.predicate);
  const key = keyDecoder(node.key, node.reads.key, env);
  const parent = parentLookup(node, env);
  return (bytes) => {
    const stored = parent(bytes);
    if (stored === undefined) return undefined;
    return Boolean(predicate(key(bytes), stored.value, undefined)) === node.keep ? stored : undefined;
  };
}

function mapLookup(node: TableMapNode, env: OperatorEnvironment): Lookup {
  const fn = guarded(node.name, node.fn);
  const key = keyDecoder(node.key, node.reads.key, env);
  const parent = parentLookup(node, env);
  return (bytes) => {
    const stored = parent(bytes);
    if (stored === undefined) return undefined;
    const { timestamp } = stored;
    return present(fn(stored.value, key(bytes), undefined), timestamp);
  };
}

function storeLookup(name: string, env: OperatorEnvironment): Lookup {
  const store = env.store(name) as KeyValueStore<unknown>;
  return (bytes) => store.get(bytes);
}

function joinLookup(
  name: string,
  { left, right, leftOptional, rightOptional, joiner }: TableJoin,
  env: OperatorEnvironment,
): Lookup {
  const join = guarded(name, joiner);
  const leftOf = lookupOf(left, env);
  const rightOf = lookupOf(right, env);
  return (bytes) => {
    const one = leftOf(bytes);
    if (one === undefined && !leftOptional) return undefined;
    const leftValue = one?.value ?? null;
    const leftTime = one?.timestamp ?? -1;
    const other = rightOf(bytes);
    if (other === undefined && (!rightOptional || one === undefined)) return undefined;
    const time = Math.max(leftTime, other?.timestamp ?? -1);
    return present(join(leftValue, other?.value ?? null, undefined), time);
  };
}

function present(value: unknown, timestamp: number): Stored<unknown> | undefined {
  return isAbsent(value) ? undefined : { value, timestamp };
}

function parentLookup(node: Node, env: OperatorEnvironment): Lookup {
  const [parent] = node.parents;
  if (parent === undefined) throw new TypeError(`${node.name} has no parent`);
  return lookupOf(parent, env);
}

function keyDecoder(
  serde: { deserialize(topic: string, data: Buffer, headers: readonly []): unknown },
  wanted: boolean,
  { context }: OperatorEnvironment,
): (bytes: Buffer) => unknown {
  return wanted ? (bytes) => serde.deserialize(context.topic, bytes, []) : () => undefined;
}
