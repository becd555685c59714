import type { Windowed } from '../record.js';
import type { Serde } from '../serde.js';
import { longSerde } from '../serdes/serdes.js';
import { sessionWindowedSerde } from '../serdes/windowed.js';
import type { Graph } from '../topology/graph.js';
import type { Aggregation, Node } from '../topology/nodes.js';
import type { SessionWindows } from '../topology/windows.js';
import { aggregating, counting, reducing } from './aggregations.js';
import { KTable } from './ktable.js';
import type { Kept, WindowKept, WindowMaterialized } from './options.js';
import { serdeMissing } from './refusals.js';
import { aggregateSessions, sessionStore } from './window-aggregations.js';

/**
 * A grouped stream cut into sessions. A session that is merged into another is deleted from the table, so that the
 * table's stream has `null` values.
 */
export class SessionWindowedKStream<K, V> {
  /** Only for types. */
  declare readonly types?: { readonly key: K; readonly value: V };
  readonly #graph: Graph;
  readonly #node: Node;
  readonly #key: Serde<K>;
  readonly #value: Serde<V> | undefined;
  readonly #windows: SessionWindows;

  /** Made by `KGroupedStream.windowedBy`. */
  constructor(
    graph: Graph,
    node: Node,
    serdes: { readonly key: Serde<K>; readonly value: Serde<V> | undefined },
    windows: SessionWindows,
  ) {
    this.#graph = graph;
    this.#node = node;
    this.#key = serdes.key;
    this.#value = serdes.value;
    this.#windows = windows;
  }

  /** How many records each session has. */
  count(materialized: Omit<WindowMaterialized, 'changes'>): KTable<Windowed<K>, number> {
    const add = (one: unknown, other: unknown): unknown => (one as number) + (other as number);
    return this.#aggregate('KSTREAM-AGGREGATE', counting, (_key, one, other) => add(one, other), {
      ...materialized,
      value: longSerde,
    });
  }

  /** Combines each session's values into one of the same type; also those of sessions that are merged. */
  reduce(
    reducer: (aggregate: V, value: V) => V,
    materialized: Omit<WindowMaterialized, 'changes'> & Partial<Kept<V>>,
  ): KTable<Windowed<K>, V> {
    const value = materialized.value ?? this.#value;
    if (value === undefined) throw serdeMissing(`reduce into ${materialized.store}`, 'value');
    const merge = (_key: unknown, one: unknown, other: unknown): unknown =>
      one === undefined ? other : reducer(one as V, other as V);
    return this.#aggregate('KSTREAM-REDUCE', reducing(reducer), merge, { ...materialized, value });
  }

  /** Combines each session's values. `merge` combines the aggregates of sessions that a record brings together. */
  aggregate<R>(
    initial: () => R,
    aggregator: (key: K, value: V, aggregate: R) => R,
    merge: (key: K, one: R, other: R) => R,
    kept: Omit<WindowKept<R>, 'changes'>,
  ): KTable<Windowed<K>, R> {
    const merger = merge as (key: unknown, one: unknown, other: unknown) => unknown;
    return this.#aggregate('KSTREAM-AGGREGATE', aggregating(initial, aggregator), merger, kept);
  }

  #aggregate<R>(
    prefix: string,
    aggregation: Aggregation,
    merge: (key: unknown, one: unknown, other: unknown) => unknown,
    kept: Omit<WindowKept<R>, 'changes'>,
  ): KTable<Windowed<K>, R> {
    const windows = this.#windows;
    const node = aggregateSessions(this.#graph, {
      name: this.#graph.nodeName(prefix, kept.name),
      parents: [this.#node],
      aggregation,
      merge,
      windows,
      store: sessionStore(this.#graph, windows, this.#key, kept),
      kept,
    });
    return new KTable(this.#graph, node, sessionWindowedSerde(this.#key), kept.value);
  }
}
