import type { Node, StoreSpec, StoreType } from '../../topology/nodes.js';
import { changelogTopic, storesOf, type Topology } from '../../topology/topology.js';
import { StateQueryError, type StateQuery } from './query.js';

/** A store as queries know it: what it answers, and how its bytes are written. */
export class QueryableStore {
  readonly spec: StoreSpec;
  /** What its serdes are told. */
  readonly topic: string;
  /** From the start of a window to its end, of window stores. Milliseconds. */
  readonly windowMs: number | undefined;

  constructor(spec: StoreSpec, nodes: readonly Node[], topic: string) {
    this.spec = spec;
    this.topic = topic;
    this.windowMs = nodes.map((node) => windowOf(node, spec)).find((ms) => ms !== undefined);
  }

  /** @throws StateQueryError `UNKNOWN_QUERY_TYPE` where a store of this type has no such queries */
  mustAnswer({ type }: StateQuery): void {
    const known = ANSWERED[this.spec.type] ?? [];
    if (known.includes(type)) return;
    const answered = known.length === 0 ? 'no queries' : `queries of type ${known.join(', ')}`;
    throw new StateQueryError(
      'UNKNOWN_QUERY_TYPE',
      `store ${this.spec.name} is of type ${this.spec.type}, which answers ${answered}, not ${type}`,
    );
  }
}

/** What each type of store answers; stores of joins and suppression are for their operators alone. */
const ANSWERED: Partial<Record<StoreType, readonly StateQuery['type'][]>> = {
  'key-value': ['key', 'range'],
  window: ['windowKey', 'windowRange'],
  sliding: ['windowKey', 'windowRange'],
  session: ['session'],
  versioned: ['key', 'versionedKey', 'multiVersionedKey'],
};

/** @throws StateQueryError `STORE_NOT_FOUND` */
export function queryableStore(topology: Topology, applicationId: string, name: string): QueryableStore {
  for (const sub of topology.subTopologies) {
    const spec = sub.stores.find((candidate) => candidate.name === name);
    if (spec !== undefined) return new QueryableStore(spec, sub.nodes, changelogTopic(applicationId, spec));
  }
  // The topic of a global table is its changelog.
  const global = topology.globalTables.find(({ store }) => store.name === name);
  if (global !== undefined) return new QueryableStore(global.store, global.nodes, global.topic);
  throw new StateQueryError('STORE_NOT_FOUND', `the topology of ${applicationId} keeps no store ${name}`);
}

function windowOf(node: Node, spec: StoreSpec): number | undefined {
  if (!storesOf(node).includes(spec)) return undefined;
  if (node.kind === 'windowAggregate') return node.windows.sizeMs;
  return node.kind === 'slidingAggregate' ? node.windows.timeDifferenceMs : undefined;
}
