import type { Graph } from '../topology/graph.js';
import type { Node } from '../topology/nodes.js';
import { KGroupedStream } from './grouped.js';
import type { Repartitioned } from './options.js';

/** Sends a stream through a topic of ours, so that records of one key meet in one partition. Null keys are left out. */
export function repartition<K, V>(
  graph: Graph,
  parent: Node,
  grouped: Repartitioned<K, V>,
): KGroupedStream<K, V> {
  const { key, value } = grouped;
  const topic = graph.addRepartition(grouped.name);
  const filter = graph.add({
    kind: 'filter',
    name: `${topic.name}-filter`,
    parents: [parent],
    reads: { key: true, value: false },
    predicate: (given) => given !== null && given !== undefined,
    keep: true,
  });
  graph.add({ kind: 'topic', name: `${topic.name}-sink`, parents: [filter], topic, key, value });
  const source = graph.add({
    kind: 'source',
    name: `${topic.name}-source`,
    parents: [],
    topics: [topic],
    key,
    value,
    timestamp: undefined,
  });
  return new KGroupedStream(graph, source, key);
}
