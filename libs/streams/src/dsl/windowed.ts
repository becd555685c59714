import type { Windowed } from '../record.js';
import type { Serde } from '../serde.js';
import { longSerde } from '../serdes/serdes.js';
import { timeWindowedSerde } from '../serdes/windowed.js';
import type { Graph } from '../topology/graph.js';
import type { Aggregation, Node } from '../topology/nodes.js';
import { SlidingWindows, type TimeWindows, type UnlimitedWindows } from '../topology/windows.js';
import { aggregating, counting, reducing } from './aggregations.js';
import { KTable } from './ktable.js';
import type { Kept, WindowKept, WindowMaterialized } from './options.js';
import { serdeMissing } from './refusals.js';
import { aggregateWindows, windowsStore } from './window-aggregations.js';

/** A grouped stream cut into windows of time. */
export class TimeWindowedKStream<K, V> {
  /** Only for types. */
  declare readonly types?: { readonly key: K; readonly value: V };
  readonly #graph: Graph;
  readonly #node: Node;
  readonly #key: Serde<K>;
  readonly #value: Serde<V> | undefined;
  readonly #windows: TimeWindows | SlidingWindows | UnlimitedWindows;

  /** Made by `KGroupedStream.windowedBy`. */
  constructor(
    graph: Graph,
    node: Node,
    serdes: { readonly key: Serde<K>; readonly value: Serde<V> | undefined },
    windows: TimeWindows | SlidingWindows | UnlimitedWindows,
  ) {
    this.#graph = graph;
    this.#node = node;
    this.#key = serdes.key;
    this.#value = serdes.value;
    this.#windows = windows;
  }

  /**
   * How many records each key has had in each window. Time is that of the latest record; records later than the
   * window's grace are dropped, and counted in `dropped-records-total`.
   */
  count(materialized: WindowMaterialized): KTable<Windowed<K>, number, never> {
    return this.#aggregate('KSTREAM-AGGREGATE', counting, { ...materialized, value: longSerde });
  }

  /** Combines each key's values in each window into one of the same type. */
  reduce(
    reducer: (aggregate: V, value: V) => V,
    materialized: WindowMaterialized & Partial<Kept<V>>,
  ): KTable<Windowed<K>, V, never> {
    const value = materialized.value ?? this.#value;
    if (value === undefined) throw serdeMissing(`reduce into ${materialized.store}`, 'value');
    return this.#aggregate('KSTREAM-REDUCE', reducing(reducer), { ...materialized, value });
  }

  /** Combines each key's values in each window. */
  aggregate<R>(
    initial: () => R,
    aggregator: (key: K, value: V, aggregate: R) => R,
    kept: WindowKept<R>,
  ): KTable<Windowed<K>, R, never> {
    return this.#aggregate('KSTREAM-AGGREGATE', aggregating(initial, aggregator), kept);
  }

  #aggregate<R>(
    prefix: string,
    aggregation: Aggregation,
    kept: WindowKept<R>,
  ): KTable<Windowed<K>, R, never> {
    const windows = this.#windows;
    const node = aggregateWindows(this.#graph, {
      name: this.#graph.nodeName(prefix, kept.name),
      parents: [this.#node],
      aggregation,
      store: windowsStore(this.#graph, windows, this.#key, kept),
      windows,
      kept,
    });
    const sizeMs = windows instanceof SlidingWindows ? windows.timeDifferenceMs : windows.sizeMs;
    return new KTable(this.#graph, node, timeWindowedSerde(this.#key, sizeMs), kept.value);
  }
}
