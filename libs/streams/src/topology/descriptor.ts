import type { Deserializer, Serializer } from '../serde.js';
import type { Node, StoreSpec, StoreType } from './nodes.js';
import { storesOf, type Topology } from './topology.js';

/**
 * What of a topology outlives a deployment, as plain data to be committed beside the code: the state and the internal
 * topics, by the names that they have in the cluster. See {@link topologyChanges} for what a change of it means.
 */
export interface TopologyDescriptor {
  readonly format: 1;
  readonly subTopologies: readonly SubTopologyDescriptor[];
}

export interface SubTopologyDescriptor {
  readonly id: number;
  /** Topics read from outside; their number of partitions is that of the tasks. */
  readonly sources: readonly string[];
  /** Internal topics read, without the application id. */
  readonly repartition: readonly InternalTopicDescriptor[];
  readonly stores: readonly StoreDescriptor[];
}

export interface InternalTopicDescriptor {
  readonly name: string;
  /** See `Serializer.format`; absent where the serde does not say. */
  readonly key?: string;
  readonly value?: string;
  /** Absent where it follows from the topics that are read along with it. */
  readonly partitions?: number;
}

export interface StoreDescriptor {
  /** Its changelog is `<application id>-<name>-changelog`. */
  readonly name: string;
  readonly type: StoreType;
  readonly key?: string;
  readonly value?: string;
  /** Milliseconds. */
  readonly retentionMs?: number;
  /** Length of a window, or the gap of a session: what the changelog's keys mean. Milliseconds. */
  readonly windowMs?: number;
}

/** Sorted by name, so that it changes only with what it describes. */
export function describeTopology(topology: Topology): TopologyDescriptor {
  return {
    format: 1,
    subTopologies: topology.subTopologies.map((sub) => ({
      id: sub.id,
      sources: sub.sourceTopics.flatMap(({ name, internal }) => (internal ? [] : [name])).sort(),
      repartition: sub.sources
        .flatMap(({ topics, key, value }) =>
          topics
            .filter(({ internal }) => internal)
            .map(({ name, partitions }): InternalTopicDescriptor => ({
              name,
              ...formats(key, value),
              ...(partitions === undefined ? {} : { partitions }),
            })),
        )
        .sort(byName),
      stores: sub.stores.map((store) => describeStore(store, sub.nodes)).sort(byName),
    })),
  };
}

function describeStore(store: StoreSpec, nodes: readonly Node[]): StoreDescriptor {
  const { name, type, key, value, retentionMs } = store;
  const windowMs = nodes
    .filter((node) => storesOf(node).includes(store))
    .map(windowOf)
    .find((ms) => ms !== undefined);
  return {
    name,
    type,
    ...formats(key, value),
    ...(retentionMs === undefined ? {} : { retentionMs }),
    ...(windowMs === undefined ? {} : { windowMs }),
  };
}

function windowOf(node: Node): number | undefined {
  if (node.kind === 'windowAggregate') return node.windows.sizeMs;
  if (node.kind === 'slidingAggregate') return node.windows.timeDifferenceMs;
  return node.kind === 'sessionAggregate' ? node.windows.gapMs : undefined;
}

type Format = Pick<Serializer<unknown>, 'format'> | Pick<Deserializer<unknown>, 'format'>;

function formats(key: Format, value: Format): { readonly key?: string; readonly value?: string } {
  return {
    ...(key.format === undefined ? {} : { key: key.format }),
    ...(value.format === undefined ? {} : { value: value.format }),
  };
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
