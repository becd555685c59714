import { changedSerde } from '../serdes/changed.js';
import { longSerde } from '../serdes/serdes.js';
import type { Graph } from '../topology/graph.js';
import type { Node, Reads } from '../topology/nodes.js';
import { KTable } from './ktable.js';
import type { Kept, Materialized, Repartitioned } from './options.js';
import { throughTopic } from './repartition.js';
import { storeSettings } from './store-settings.js';

interface TableAggregation {
  readonly prefix: string;
  readonly reads: Reads;
  readonly initial: () => unknown;
  readonly add: (key: never, value: never, aggregate: never) => unknown;
  readonly subtract: (key: never, value: never, aggregate: never) => unknown;
}

const NOTHING: Reads = { key: false, value: false };
const KEY: Reads = { key: true, value: false };

/** A table grouped by another key: what leaves a group is subtracted from its aggregate, what enters it is added. */
export class KGroupedTable<K, V> {
  /** Only for types. */
  declare readonly types?: { readonly key: K; readonly value: V };
  readonly #graph: Graph;
  readonly #node: Node;
  readonly #grouped: Repartitioned<K, V>;

  /** Made by `KTable.groupBy`. */
  constructor(graph: Graph, node: Node, grouped: Repartitioned<K, V>) {
    this.#graph = graph;
    this.#node = node;
    this.#grouped = grouped;
  }

  /** How many entries each group has. */
  count(materialized: Materialized): KTable<K, number> {
    return this.#aggregate<number>(
      {
        prefix: 'KTABLE-AGGREGATE',
        reads: NOTHING,
        initial: () => 0,
        add: (_key, _value, count: number) => count + 1,
        subtract: (_key, _value, count: number) => count - 1,
      },
      { ...materialized, value: longSerde },
    );
  }

  /** Combines the values of each group into one of the same type. */
  reduce(
    add: (aggregate: V, value: V) => V,
    subtract: (aggregate: V, value: V) => V,
    materialized: Materialized,
  ): KTable<K, V> {
    return this.#aggregate<V>(
      {
        prefix: 'KTABLE-REDUCE',
        reads: NOTHING,
        initial: () => null,
        add: (_key, value: V, aggregate: V | null) => (aggregate === null ? value : add(aggregate, value)),
        subtract: (_key, value: V, aggregate: V) => subtract(aggregate, value),
      },
      { ...materialized, value: this.#grouped.value },
    );
  }

  /** Combines the values of each group. `null` from `add` or `subtract` empties the group. */
  aggregate<R>(
    initial: () => R,
    add: (key: K, value: V, aggregate: R) => R | null,
    subtract: (key: K, value: V, aggregate: R) => R | null,
    kept: Kept<R>,
  ): KTable<K, R> {
    return this.#aggregate<R>({ prefix: 'KTABLE-AGGREGATE', reads: KEY, initial, add, subtract }, kept);
  }

  #aggregate<R>(aggregation: TableAggregation, kept: Kept<R>): KTable<K, R> {
    const { key, value } = this.#grouped;
    const { prefix, ...rest } = aggregation;
    const source = throughTopic(this.#graph, this.#node, {
      name: this.#grouped.name,
      key,
      value: changedSerde(value),
    });
    const node = this.#graph.add({
      kind: 'tableAggregate',
      name: this.#graph.nodeName(prefix, kept.name),
      parents: [source],
      store: this.#graph.addStore({
        name: kept.store,
        type: 'key-value',
        key,
        value: kept.value,
        retentionMs: undefined,
        ...storeSettings(kept),
      }),
      reads: rest.reads,
      initial: rest.initial,
      add: rest.add as (key: unknown, value: unknown, aggregate: unknown) => unknown,
      subtract: rest.subtract as (key: unknown, value: unknown, aggregate: unknown) => unknown,
    });
    return new KTable<K, R>(this.#graph, node, key, kept.value);
  }
}
