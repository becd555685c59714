import type { Serde } from '../serde.js';
import type { Graph } from '../topology/graph.js';
import type { Node, Partitioner } from '../topology/nodes.js';
import { partitionerOf } from './partitioner.js';
import type { RepartitionOptions } from './options.js';

/** Sends a stream through a topic of ours, so that records of one key meet in one partition. Null keys are left out. */
export function repartition<K, V>(graph: Graph, parent: Node, grouped: RepartitionOptions<K, V>): Node {
  const filter = graph.add({
    kind: 'filter',
    name: `${grouped.name}-repartition-filter`,
    parents: [parent],
    reads: { key: true, value: false },
    predicate: (given) => given !== null && given !== undefined,
    keep: true,
  });
  return throughTopic(graph, filter, { ...grouped, ...partitionerOf(grouped.streamPartitioner) });
}

/** Sends all records through a topic of ours. @returns where they are read again */
export function throughTopic(
  graph: Graph,
  parent: Node,
  {
    name,
    key,
    value,
    partitions,
    partitioner,
  }: {
    readonly name: string;
    readonly key: Serde<unknown>;
    readonly value: Serde<unknown>;
    readonly partitions?: number;
    readonly partitioner?: Partitioner;
  },
): Node {
  const topic = graph.addInternalTopic(name, '-repartition', partitions);
  graph.add({
    kind: 'topic',
    name: `${topic.name}-sink`,
    parents: [parent],
    topic,
    key,
    value,
    ...(partitioner === undefined ? {} : { partitioner }),
  });
  return graph.add({
    kind: 'source',
    name: `${topic.name}-source`,
    parents: [],
    topics: [topic],
    key,
    value,
    timestamp: undefined,
  });
}
