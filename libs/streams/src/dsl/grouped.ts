import { longSerde } from '../serdes/serdes.js';
import type { Serde } from '../serde.js';
import type { Graph } from '../topology/graph.js';
import type { Node } from '../topology/nodes.js';
import type { TimeWindows } from '../topology/windows.js';
import { counting } from './aggregations.js';
import { KTable } from './ktable.js';
import type { Materialized } from './options.js';
import { TimeWindowedKStream } from './windowed.js';

/** A stream whose records of one key are in one partition, ready to be aggregated. */
export class KGroupedStream<K, V> {
  /** Only for types. */
  declare readonly types?: { readonly key: K; readonly value: V };
  readonly #graph: Graph;
  readonly #node: Node;
  readonly #key: Serde<K>;

  /** Made by `KStream.groupBy` and `groupByKey`. */
  constructor(graph: Graph, node: Node, key: Serde<K>) {
    this.#graph = graph;
    this.#node = node;
    this.#key = key;
  }

  /** Groups by windows of time as well. */
  windowedBy(windows: TimeWindows): TimeWindowedKStream<K, V> {
    return new TimeWindowedKStream(this.#graph, this.#node, this.#key, windows);
  }

  /** How many records each key has had. Records without key or value count as none. */
  count(materialized: Materialized): KTable<K, number> {
    const store = this.#graph.addStore({
      name: materialized.store,
      type: 'key-value',
      key: this.#key,
      value: longSerde,
      retentionMs: undefined,
    });
    const node = this.#graph.add({
      kind: 'aggregate',
      name: this.#graph.nodeName('KSTREAM-AGGREGATE', materialized.name),
      parents: [this.#node],
      store,
      aggregation: { ...counting, skipNullValues: true },
    });
    return new KTable<K, number>(this.#graph, node, this.#key, longSerde);
  }
}
