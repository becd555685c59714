import type { Graph } from '../topology/graph.js';
import type { GlobalTableNode } from '../topology/global-nodes.js';

/**
 * A table that each instance keeps whole. A stream is joined with it by any key, whatever its partitions; there is no time
 * between the two: a record meets what the table holds when it is processed.
 */
export class GlobalKTable<K, V> {
  /** Only for types. */
  declare readonly types?: { readonly key: K; readonly value: V };
  readonly #graph: Graph;
  readonly #node: GlobalTableNode;

  /** Made by `StreamsBuilder.globalTable`. */
  constructor(graph: Graph, node: GlobalTableNode) {
    this.#graph = graph;
    this.#node = node;
  }

  get queryableStoreName(): string {
    return this.#node.store.name;
  }

  /** Only for the library. */
  static partsOf<K, V>(table: GlobalKTable<K, V>): { readonly graph: Graph; readonly node: GlobalTableNode } {
    return { graph: table.#graph, node: table.#node };
  }
}
