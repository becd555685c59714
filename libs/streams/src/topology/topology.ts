import { StreamsError } from '../errors.js';
import { describe } from './describe.js';
import { mermaid } from './mermaid.js';
import type { Node, SourceNode, StoreSpec, TopicNode, TopicRef } from './nodes.js';

/** What runs as one: operators connected without a topic between them. Its tasks are one for each partition. */
export interface SubTopology {
  readonly id: number;
  /** Parents before children. */
  readonly nodes: readonly Node[];
  readonly sources: readonly SourceNode[];
  readonly sourceTopics: readonly TopicRef[];
  readonly sinks: readonly TopicNode[];
  readonly stores: readonly StoreSpec[];
}

/** A table that every instance keeps whole. It makes no tasks. */
export interface GlobalTable {
  /** Among those of the sub-topologies, as Kafka Streams counts. */
  readonly id: number;
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly topic: string;
  readonly store: StoreSpec;
}

/** A finished graph, cut into sub-topologies. Made by `StreamsBuilder.build()`; run by `KafkaStreams`. */
export class Topology {
  readonly subTopologies: readonly SubTopology[];
  readonly globalTables: readonly GlobalTable[];

  /** @throws StreamsError `INVALID_TOPOLOGY` where there is nothing to read */
  constructor(nodes: readonly Node[]) {
    if (!nodes.some((node) => node.kind === 'source')) {
      throw new StreamsError(
        'INVALID_TOPOLOGY',
        'the topology reads no topic: begin with builder.stream(topic)',
      );
    }
    const parts = split(nodes);
    this.subTopologies = parts.filter((part) => 'sources' in part);
    this.globalTables = parts.filter((part) => 'topic' in part);
  }

  /** Kafka Streams' text form. Internal topics are shown without the application id, which only running adds. */
  describe(): string {
    return describe(this.subTopologies, this.globalTables);
  }

  /** The graph as a Mermaid flowchart, for a page that draws such. */
  toMermaid(): string {
    return mermaid([...this.subTopologies, ...this.globalTables]);
  }
}

/** The full name of a topic in the cluster. */
export function topicName(applicationId: string, topic: TopicRef): string {
  return topic.internal ? `${applicationId}-${topic.name}` : topic.name;
}

/** `<sub-topology>_<partition>`, as Kafka Streams has it. */
export function taskId(subTopology: SubTopology, partition: number): string {
  return `${subTopology.id}_${partition}`;
}

export function changelogTopic(applicationId: string, store: StoreSpec): string {
  return `${applicationId}-${store.name}-changelog`;
}

/** The stores that an operator works on. */
export function storesOf(node: Node): readonly StoreSpec[] {
  if ('stores' in node) return node.stores;
  const own = 'store' in node && node.store !== undefined ? [node.store] : [];
  return node.kind === 'tableTransform' ? [...own, ...node.used] : own;
}

function split(nodes: readonly Node[]): (SubTopology | GlobalTable)[] {
  const group = new Map<Node, Node>();
  const find = (node: Node): Node => {
    let root = node;
    for (let up = group.get(root); up !== undefined && up !== root; up = group.get(root)) root = up;
    return root;
  };
  const users = new Map<StoreSpec, Node>();
  for (const node of nodes) {
    group.set(node, node);
    for (const near of [...node.parents, ...(node.lookups ?? [])]) group.set(find(node), find(near));
    // What works on one store works in one task.
    for (const store of storesOf(node)) {
      const user = users.get(store);
      if (user === undefined) users.set(store, node);
      else group.set(find(node), find(user));
    }
  }
  const members = new Map<Node, Node[]>();
  for (const node of nodes) {
    const root = find(node);
    const list = members.get(root);
    if (list === undefined) members.set(root, [node]);
    else list.push(node);
  }
  return [...members.values()].map((list, id) => {
    const table = list.find((node) => node.kind === 'globalTable');
    if (table === undefined) return subTopology(id, list);
    return { id, name: table.name, nodes: list, topic: table.topic.name, store: table.store };
  });
}

function subTopology(id: number, nodes: readonly Node[]): SubTopology {
  const sources = nodes.filter((node) => node.kind === 'source');
  return {
    id,
    nodes,
    sources,
    sourceTopics: sources.flatMap((source) => source.topics),
    sinks: nodes.filter((node) => node.kind === 'topic'),
    stores: [...new Set(nodes.flatMap(storesOf))],
  };
}
