import type { Node, TopicRef } from './nodes.js';
import { storesOf, type GlobalTable, type SubTopology } from './topology.js';

/**
 * The graph as a Mermaid flowchart: a box for each sub-topology, topics between them, stores as cylinders. Internal
 * topics are dashed.
 */
export function mermaid(parts: readonly (SubTopology | GlobalTable)[]): string {
  const ids = new Ids();
  const lines = ['flowchart TD'];
  const topics = new Map<string, TopicRef>();
  const edges: string[] = [];
  for (const part of parts) {
    const { id, nodes } = part;
    lines.push(`  subgraph sub${id}["${'sources' in part ? 'Sub-topology' : 'Global table'} ${id}"]`);
    const stores = new Set(nodes.flatMap(storesOf).map(({ name }) => name));
    for (const store of stores) lines.push(`    ${ids.of('store', store)}[("${text(store)}")]`);
    for (const node of nodes) {
      if (node.kind === 'source' || node.kind === 'topic') continue;
      lines.push(`    ${ids.of('node', node.name)}["${text(node.name)}"]`);
      for (const { name } of storesOf(node)) {
        edges.push(`  ${ids.of('node', node.name)} -.- ${ids.of('store', name)}`);
      }
    }
    lines.push('  end');
    for (const node of nodes) edges.push(...edgesOf(node, ids, topics));
  }
  for (const [name, { internal }] of topics) {
    lines.push(`  ${ids.of('topic', name)}[/"${text(name)}"/]${internal ? ':::internal' : ''}`);
  }
  lines.push(...edges, '  classDef internal stroke-dasharray: 4 4');
  return `${lines.join('\n')}\n`;
}

/** Sources and sinks are drawn as the topics that they read and write. */
function edgesOf(node: Node, ids: Ids, topics: Map<string, TopicRef>): string[] {
  const topic = (ref: TopicRef): string => {
    topics.set(ref.name, ref);
    return ids.of('topic', ref.name);
  };
  if (node.kind === 'source') {
    for (const ref of node.topics) topic(ref);
    return [];
  }
  const to = node.kind === 'topic' ? topic(node.topic) : ids.of('node', node.name);
  return node.parents.flatMap((parent) =>
    parent.kind === 'source'
      ? parent.topics.map((ref) => `  ${topic(ref)} --> ${to}`)
      : [`  ${ids.of('node', parent.name)} --> ${to}`],
  );
}

/** Names that Mermaid takes, whatever the user's are. */
class Ids {
  readonly #known = new Map<string, string>();

  of(kind: string, name: string): string {
    const key = `${kind} ${name}`;
    let id = this.#known.get(key);
    if (id === undefined) {
      id = `${kind}${this.#known.size}`;
      this.#known.set(key, id);
    }
    return id;
  }
}

function text(name: string): string {
  return name.replaceAll('"', '#quot;');
}
