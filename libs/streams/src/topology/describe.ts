import type { Node, TopicRef } from './nodes.js';
import { storesOf, type GlobalTable, type SubTopology } from './topology.js';

/** The text that Kafka Streams' `Topology.describe()` prints for the same graph. */
export function describe(
  subTopologies: readonly SubTopology[],
  globalTables: readonly GlobalTable[] = [],
): string {
  const parts = [...subTopologies, ...globalTables].sort((a, b) => a.id - b.id);
  return `Topologies:\n ${parts.map(describePart).join('')}`;
}

function describePart(part: SubTopology | GlobalTable): string {
  const nodes = describeNodes(part.nodes);
  return 'sources' in part
    ? `  Sub-topology: ${part.id}\n${nodes}\n`
    : `  Sub-topology: ${part.id} for global store (will not generate tasks)\n${nodes}`;
}

function describeNodes(nodes: readonly Node[]): string {
  const children = new Map<Node, Node[]>(nodes.map((node) => [node, []]));
  for (const node of nodes) for (const parent of node.parents) children.get(parent)?.push(node);
  const sizes = new Map<Node, number>();
  const size = (node: Node): number => {
    const known = sizes.get(node);
    if (known !== undefined) return known;
    const sum = (children.get(node) ?? []).reduce((total, child) => total + size(child), 1);
    sizes.set(node, sum);
    return sum;
  };
  // Kafka Streams prints the node with the most below it first, then by name.
  const ordered = [...nodes].sort((a, b) => size(b) - size(a) || (a.name < b.name ? -1 : 1));
  return ordered.map((node) => describeNode(node, children.get(node) ?? [])).join('');
}

function describeNode(node: Node, children: readonly Node[]): string {
  const down = `      --> ${names(children)}\n`;
  const up = `      <-- ${names(node.parents)}\n`;
  if (node.kind === 'source') {
    return `    Source: ${node.name} (topics: [${node.topics.map(shown).join(', ')}])\n${down}`;
  }
  if (node.kind === 'topic') return `    Sink: ${node.name} (topic: ${shown(node.topic)})\n${up}`;
  const stores = storesOf(node).map((store) => store.name);
  return `    Processor: ${node.name} (stores: [${stores.join(', ')}])\n${down}${up}`;
}

function names(nodes: readonly Node[]): string {
  return nodes.length === 0
    ? 'none'
    : nodes
        .map((node) => node.name)
        .sort()
        .join(', ');
}

function shown(topic: TopicRef): string {
  return topic.name;
}
