import type { Serde } from '../serde.js';
import type { Graph } from '../topology/graph.js';
import type { Node } from '../topology/nodes.js';
import { KStream } from './kstream.js';
import type { Named } from './options.js';

/** A value for each key, and the stream of its changes. */
export class KTable<K, V> {
  /** Only for types. */
  declare readonly types?: { readonly key: K; readonly value: V };
  readonly #graph: Graph;
  readonly #node: Node;
  readonly #key: Serde<K>;
  readonly #value: Serde<V>;

  /** Made by an aggregation, not by hand. */
  constructor(graph: Graph, node: Node, key: Serde<K>, value: Serde<V>) {
    this.#graph = graph;
    this.#node = node;
    this.#key = key;
    this.#value = value;
  }

  /** Each change as a record: the new value of its key. */
  toStream(named?: Named): KStream<K, V> {
    const node = this.#graph.add({
      kind: 'toStream',
      name: this.#graph.nodeName('KTABLE-TOSTREAM', named?.name),
      parents: [this.#node],
    });
    return new KStream(this.#graph, node, this.#key, this.#value);
  }
}
