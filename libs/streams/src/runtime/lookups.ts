import { readLong } from '../serdes/serdes.js';
import type {
  BufferStore,
  KeyValueStore,
  Stored,
  TimedStore,
  VersionedStore,
  WindowStore,
} from '../state/ports.js';
import type { Node, StoreSpec } from '../topology/nodes.js';
import type {
  TableFilterNode,
  TableJoin,
  TableMapNode,
  TableTransformNode,
} from '../topology/table-nodes.js';
import type { SuppressNode } from '../topology/window-nodes.js';
import type { OperatorEnvironment } from './operators/operator.js';
import { guarded, isAbsent } from './operators/key-bytes.js';
import { transformOf } from './operators/table-transform.js';

/** What a table holds for a key, a versioned one as of a time; read it before the next call, which may reuse it. */
export type Lookup = (key: Buffer, asOf?: number) => Stored<unknown> | undefined;

/**
 * A look into a table: into its store, or where it keeps none, into that of the tables it is made of, through its
 * function.
 */
export function lookupOf(node: Node, env: OperatorEnvironment): Lookup {
  if (node.kind === 'suppress') return suppressLookup(node, env);
  if ('store' in node && node.store !== undefined) return storeLookup(node.store, env);
  if (node.kind === 'cogroupMerge') return storeLookup(node.table, env);
  if (node.kind === 'tableFilter') return filterLookup(node, env);
  if (node.kind === 'tableMap') return mapLookup(node, env);
  if (node.kind === 'tableTransform') return transformLookup(node, env);
  if (node.kind === 'tableMerge') return joinLookup(node.name, node.join, env);
  throw new TypeError(`${node.kind} ${node.name} holds no values to look up`);
}

function filterLookup(node: TableFilterNode, env: OperatorEnvironment): Lookup {
  const predicate = guarded(node.name, node.predicate);
  const key = keyDecoder(node.key, node.reads.key, env);
  const parent = parentLookup(node, env);
  return (bytes, asOf) => {
    const stored = parent(bytes, asOf);
    if (stored === undefined) return undefined;
    return Boolean(predicate(key(bytes), stored.value, undefined)) === node.keep ? stored : undefined;
  };
}

function mapLookup(node: TableMapNode, env: OperatorEnvironment): Lookup {
  const fn = guarded(node.name, node.fn);
  const key = keyDecoder(node.key, node.reads.key, env);
  const parent = parentLookup(node, env);
  return (bytes, asOf) => {
    const stored = parent(bytes, asOf);
    if (stored === undefined) return undefined;
    const { timestamp } = stored;
    return present(fn(stored.value, key(bytes), undefined), timestamp);
  };
}

/** Through a transformer of its own, at the time of the row that it is given. */
function transformLookup(node: TableTransformNode, env: OperatorEnvironment): Lookup {
  const transform = transformOf(node, env);
  const key = keyDecoder(node.key, true, env);
  const parent = parentLookup(node, env);
  const { context } = env;
  return (bytes, asOf) => {
    const stored = parent(bytes, asOf);
    const { timestamp } = context;
    const time = stored?.timestamp ?? timestamp;
    context.timestamp = time;
    const value = transform(key(bytes), stored?.value ?? null);
    context.timestamp = timestamp;
    return present(value, time);
  };
}

function storeLookup(spec: StoreSpec, env: OperatorEnvironment): Lookup {
  const store: unknown = env.store(spec.name);
  switch (spec.type) {
    case 'versioned': {
      const versioned = store as VersionedStore<unknown>;
      return (bytes, asOf) => (asOf === undefined ? versioned.get(bytes) : versioned.getAsOf(bytes, asOf));
    }
    // Keys of windows are the key, then 8 bytes of start, or of end and start.
    case 'window': {
      const windows = store as WindowStore<unknown>;
      return (bytes) => windows.get(bytes.subarray(0, -8), readLong(bytes, bytes.length - 8));
    }
    case 'sliding': {
      const windows = store as TimedStore<unknown>;
      return (bytes) => {
        const start = readLong(bytes, bytes.length - 8);
        return windows.fetch(bytes.subarray(0, -8), start, start)[0];
      };
    }
    case 'session': {
      const sessions = store as TimedStore<unknown>;
      return (bytes) => {
        const end = readLong(bytes, bytes.length - 16);
        const start = readLong(bytes, bytes.length - 8);
        return sessions.fetch(bytes.subarray(0, -16), end, end).find((session) => session.start === start);
      };
    }
    case 'key-value':
      return (bytes) => (store as KeyValueStore<unknown>).get(bytes);
    case 'join':
    case 'unmatched':
    case 'suppress':
    case 'buffer':
      throw new TypeError(`store ${spec.name} holds what waits, and is no table`);
  }
}

/** What was let through: for a key that waits, the value from before. */
function suppressLookup(node: SuppressNode, env: OperatorEnvironment): Lookup {
  const buffer = env.store(node.store.name) as BufferStore;
  const topic = env.changelog(node.store.name);
  const parent = parentLookup(node, env);
  return (bytes) => {
    const held = buffer.get(bytes);
    if (held === undefined) return parent(bytes);
    if (held.priorValue === null) return undefined;
    return { value: node.store.value.deserialize(topic, held.priorValue, []), timestamp: -1 };
  };
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
