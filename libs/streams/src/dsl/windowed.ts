import { StreamsError } from '../errors.js';
import type { Windowed } from '../record.js';
import type { Serde } from '../serde.js';
import { longSerde } from '../serdes/serdes.js';
import { timeWindowedSerde } from '../serdes/windowed.js';
import type { Graph } from '../topology/graph.js';
import type { Node } from '../topology/nodes.js';
import type { TimeWindows } from '../topology/windows.js';
import { counting } from './aggregations.js';
import { KTable } from './ktable.js';
import type { WindowMaterialized } from './options.js';

/** A grouped stream cut into windows of time. */
export class TimeWindowedKStream<K, V> {
  /** Only for types. */
  declare readonly types?: { readonly key: K; readonly value: V };
  readonly #graph: Graph;
  readonly #node: Node;
  readonly #key: Serde<K>;
  readonly #windows: TimeWindows;

  /** Made by `KGroupedStream.windowedBy`. */
  constructor(graph: Graph, node: Node, key: Serde<K>, windows: TimeWindows) {
    this.#graph = graph;
    this.#node = node;
    this.#key = key;
    this.#windows = windows;
  }

  /**
   * How many records each key has had in each window. Time is that of the latest record; records later than the
   * window's grace are dropped, and counted in `dropped-records-total`.
   */
  count(materialized: WindowMaterialized): KTable<Windowed<K>, number, never> {
    const { sizeMs, graceMs } = this.#windows;
    const retentionMs = materialized.retentionMs ?? sizeMs + graceMs;
    if (!(retentionMs >= sizeMs + graceMs)) {
      throw new StreamsError(
        'INVALID_TOPOLOGY',
        `store ${materialized.store}: retentionMs ${retentionMs} is below size plus grace, ${sizeMs + graceMs}`,
      );
    }
    const store = this.#graph.addStore({
      name: materialized.store,
      type: 'window',
      key: this.#key,
      value: longSerde,
      retentionMs,
    });
    const node = this.#graph.add({
      kind: 'windowAggregate',
      name: this.#graph.nodeName('KSTREAM-AGGREGATE', materialized.name),
      parents: [this.#node],
      store,
      aggregation: counting,
      windows: this.#windows,
      newestOnly: materialized.changes === 'newest-window',
    });
    return new KTable(this.#graph, node, timeWindowedSerde(this.#key, sizeMs), longSerde);
  }
}
