import { longSerde } from '../serdes/serdes.js';
import type { Serde } from '../serde.js';
import type { Graph } from '../topology/graph.js';
import type { Aggregation, Node } from '../topology/nodes.js';
import {
  SessionWindows,
  type SlidingWindows,
  type TimeWindows,
  type UnlimitedWindows,
} from '../topology/windows.js';
import { aggregating, counting, reducing } from './aggregations.js';
import { CogroupedKStream } from './cogrouped.js';
import { KTable } from './ktable.js';
import type { Kept, Lasting, Materialized } from './options.js';
import { serdeMissing } from './refusals.js';
import { SessionWindowedKStream } from './session-windowed.js';
import { storeSettings } from './store-settings.js';
import { TimeWindowedKStream } from './windowed.js';

/** A stream whose records of one key are in one partition, ready to be aggregated. */
export class KGroupedStream<K, V> {
  /** Only for types. */
  declare readonly types?: { readonly key: K; readonly value: V };
  readonly #graph: Graph;
  readonly #node: Node;
  readonly #key: Serde<K>;
  readonly #value: Serde<V> | undefined;

  /** Made by `KStream.groupBy` and `groupByKey`. */
  constructor(graph: Graph, node: Node, key: Serde<K>, value: Serde<V> | undefined) {
    this.#graph = graph;
    this.#node = node;
    this.#key = key;
    this.#value = value;
  }

  /** Groups by windows of time as well. */
  windowedBy(windows: TimeWindows | SlidingWindows | UnlimitedWindows): TimeWindowedKStream<K, V>;
  windowedBy(windows: SessionWindows): SessionWindowedKStream<K, V>;
  windowedBy(
    windows: TimeWindows | SlidingWindows | UnlimitedWindows | SessionWindows,
  ): TimeWindowedKStream<K, V> | SessionWindowedKStream<K, V> {
    const serdes = { key: this.#key, value: this.#value };
    return windows instanceof SessionWindows
      ? new SessionWindowedKStream(this.#graph, this.#node, serdes, windows)
      : new TimeWindowedKStream(this.#graph, this.#node, serdes, windows);
  }

  /** Begins to build one aggregate together with other grouped streams of the key. */
  cogroup<R>(aggregator: (key: K, value: V, aggregate: R) => R): CogroupedKStream<K, R> {
    return CogroupedKStream.of(this, aggregator);
  }

  /** Only for the library. */
  static partsOf<K, V>(
    grouped: KGroupedStream<K, V>,
  ): {
    readonly graph: Graph;
    readonly node: Node;
    readonly key: Serde<K>;
  } {
    return { graph: grouped.#graph, node: grouped.#node, key: grouped.#key };
  }

  /** How many records each key has had. Records without key or value count as none. */
  count(materialized: Materialized & Lasting): KTable<K, number, never>;
  count(materialized: Materialized): KTable<K, number>;
  count(materialized: Materialized): KTable<K, number> {
    return this.#aggregate('KSTREAM-AGGREGATE', counting, { ...materialized, value: longSerde });
  }

  /** Combines each key's values into one of the same type. Records without key or value are left out. */
  reduce(
    reducer: (aggregate: NonNullable<V>, value: NonNullable<V>) => NonNullable<V>,
    materialized: Materialized & Partial<Kept<V>> & Lasting,
  ): KTable<K, NonNullable<V>, never>;
  reduce(
    reducer: (aggregate: NonNullable<V>, value: NonNullable<V>) => NonNullable<V>,
    materialized: Materialized & Partial<Kept<V>>,
  ): KTable<K, NonNullable<V>>;
  reduce(
    reducer: (aggregate: NonNullable<V>, value: NonNullable<V>) => NonNullable<V>,
    materialized: Materialized & Partial<Kept<V>>,
  ): KTable<K, NonNullable<V>> {
    const value = materialized.value ?? this.#value;
    if (value === undefined) throw serdeMissing(`reduce into ${materialized.store}`, 'value');
    return this.#aggregate('KSTREAM-REDUCE', reducing(reducer), {
      ...materialized,
      value: value as Serde<NonNullable<V>>,
    });
  }

  /**
   * Combines each key's values. Records without key or value are left out. `null` from the aggregator deletes the key's
   * aggregate; where it can answer so, so does the type of the table's values. With a `ttlMs` any may go.
   */
  aggregate<R>(
    initial: () => R,
    aggregator: (key: K, value: NonNullable<V>, aggregate: R) => R,
    kept: Kept<R> & Lasting,
  ): KTable<K, R, never>;
  aggregate<R>(
    initial: () => R,
    aggregator: (key: K, value: NonNullable<V>, aggregate: R) => R,
    kept: Kept<R>,
  ): KTable<K, R>;
  aggregate<R>(
    initial: () => R,
    aggregator: (key: K, value: NonNullable<V>, aggregate: R) => R,
    kept: Kept<R>,
  ): KTable<K, R> {
    return this.#aggregate('KSTREAM-AGGREGATE', aggregating(initial, aggregator), kept);
  }

  #aggregate<R>(prefix: string, aggregation: Aggregation, kept: Kept<R>): KTable<K, R> {
    const node = this.#graph.add({
      kind: 'aggregate',
      name: this.#graph.nodeName(prefix, kept.name),
      parents: [this.#node],
      store: this.#graph.addStore({
        name: kept.store,
        type: 'key-value',
        key: this.#key,
        value: kept.value,
        retentionMs: undefined,
        ...storeSettings(kept),
      }),
      aggregation: { ...aggregation, skipNullValues: true },
    });
    return new KTable<K, R>(this.#graph, node, this.#key, kept.value);
  }
}
