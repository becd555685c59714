import type { Node, TopicRef } from './nodes.js';
import { storesOf, type GlobalTable, type SubTopology } from './topology.js';

/*
 * The text that Kafka Streams' `Topology.describe()` prints for the same graph, in its order too, which comes of sets
 * that are ordered while their elements still change: to the letter, so that both can be compared.
 */

export function describe(
  subTopologies: readonly SubTopology[],
  globalTables: readonly GlobalTable[] = [],
): string {
  const parts = [...subTopologies, ...globalTables].sort((a, b) => a.id - b.id);
  return `Topologies:
 ${parts.map(describePart).join('')}`;
}

function describePart(part: SubTopology | GlobalTable): string {
  const nodes = describeNodes(part.nodes);
  return 'sources' in part
    ? `  Sub-topology: ${part.id}
${nodes}
`
    : `  Sub-topology: ${part.id} for global store (will not generate tasks)
${nodes}`;
}

/**
 * Nodes in the order that they had among each other when they came: their sizes grow afterwards, and what is placed
 * stays. As in Java's `TreeSet`, each is compared first with the root of a balanced tree: the first that came, while
 * they are two, then the one in the middle.
 */
class Neighbours {
  readonly inOrder: Described[] = [];
  #first: Described | undefined;

  add(node: Described): void {
    const { inOrder } = this;
    this.#first ??= node;
    if (inOrder.includes(node)) return;
    let low = 0;
    let high = inOrder.length;
    let at = high === 2 ? inOrder.indexOf(this.#first) : (high - 1) >>> 1;
    while (low < high) {
      const other = inOrder[at];
      if (other !== undefined && bySize(node, other) < 0) high = at;
      else low = at + 1;
      at = (low + high - 1) >>> 1;
    }
    inOrder.splice(low, 0, node);
  }
}

/** A node while it is connected with others. */
class Described {
  readonly node: Node;
  readonly predecessors = new Neighbours();
  readonly successors = new Neighbours();
  /** Of the tree below, itself included. */
  size = 1;

  constructor(node: Node) {
    this.node = node;
  }

  grow(by: number): void {
    this.size += by;
    for (const predecessor of this.predecessors.inOrder) predecessor.grow(by);
  }
}

function describeNodes(nodes: readonly Node[]): string {
  const described = new Map(nodes.map((node) => [node, new Described(node)]));
  const grouped = [...described.values()].sort(sourcesFirst);
  for (const each of hashOrder(grouped, ({ node }) => node.name)) {
    for (const parent of each.node.parents) {
      const predecessor = described.get(parent);
      if (predecessor === undefined) continue;
      each.predecessors.add(predecessor);
      predecessor.successors.add(each);
      predecessor.grow(each.size);
    }
  }
  return [...described.values()].sort(bySize).map(describeNode).join('');
}

function describeNode({ node, predecessors, successors }: Described): string {
  const down = `      --> ${names(successors.inOrder)}\n`;
  const up = `      <-- ${names(predecessors.inOrder)}\n`;
  if (node.kind === 'source') {
    const topics = hashOrder(node.topics.map(shown), (topic) => topic);
    return `    Source: ${node.name} (topics: [${topics.join(', ')}])\n${down}`;
  }
  if (node.kind === 'topic') return `    Sink: ${node.name} (topic: ${shown(node.topic)})\n${up}`;
  if (node.kind === 'topicChooser') {
    return `    Sink: ${node.name} (extractor class: ${node.choose.name || 'anonymous'})\n${up}`;
  }
  const stores = hashOrder([...connectedStores(node)], (store) => store);
  return `    Processor: ${node.name} (stores: [${stores.join(', ')}])\n${down}${up}`;
}

function names(nodes: readonly Described[]): string {
  return nodes.length === 0 ? 'none' : nodes.map(({ node }) => node.name).join(', ');
}

function shown(topic: TopicRef): string {
  return topic.name;
}

/** The stores that an operator works on, and those that it looks into. */
function connectedStores(node: Node): ReadonlySet<string> {
  const own = storesOf(node).map(({ name }) => name);
  if (node.kind === 'streamTableJoin') return new Set([...own, ...heldIn(node.table)]);
  if (node.kind === 'tableJoin')
    return new Set(heldIn(node.side === 'left' ? node.join.right : node.join.left));
  if (node.kind === 'subscriptionJoin') return new Set(heldIn(node.right));
  if (node.kind === 'foreignResponse') return new Set(heldIn(node.left));
  return new Set(own);
}

/** The stores that hold a table's values: its own, or those of the tables it is made of. */
function heldIn(node: Node): readonly string[] {
  const own = storesOf(node);
  if (own.length > 0) return own.map(({ name }) => name);
  if (node.kind === 'tableMerge') return [...heldIn(node.join.left), ...heldIn(node.join.right)];
  return node.parents.flatMap(heldIn);
}

function sourcesFirst({ node: a }: Described, { node: b }: Described): number {
  return Number(b.kind === 'source') - Number(a.kind === 'source');
}

/** The one with the most below it first, then by name. */
function bySize(a: Described, b: Described): number {
  return b.size - a.size || byName(a, b);
}

function byName({ node: a }: Described, { node: b }: Described): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** The order in which Java's `HashMap` is gone through that these were put into one after the other. */
function hashOrder<T>(elements: readonly T[], keyOf: (element: T) => string): T[] {
  let capacity = 16;
  while (elements.length > capacity * 0.75) capacity *= 2;
  const bucket = (element: T): number => {
    let hash = 0;
    const key = keyOf(element);
    for (let at = 0; at < key.length; at += 1) hash = (Math.imul(hash, 31) + key.charCodeAt(at)) | 0;
    return (hash ^ (hash >>> 16)) & (capacity - 1);
  };
  return elements
    .map((element) => ({ element, at: bucket(element) }))
    .sort((a, b) => a.at - b.at)
    .map(({ element }) => element);
}
