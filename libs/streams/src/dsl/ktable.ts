import { StreamsError } from '../errors.js';
import type { ValueTransformerSupplier } from '../processor/processor.js';
import type { StoresOf } from '../processor/stores.js';
import type { Serde } from '../serde.js';
import type { Graph } from '../topology/graph.js';
import type { Node, StoreSpec } from '../topology/nodes.js';
import { readsKeyValue, readsValueKey } from '../topology/reads.js';
import {
  knowsValues,
  type TableFilterNode,
  type TableMapNode,
  type TableRegroupNode,
  type TableTransformNode,
} from '../topology/table-nodes.js';
import type { SuppressNode } from '../topology/window-nodes.js';
import { UnlimitedWindows } from '../topology/windows.js';
import { foreignKeyJoin, type ForeignKeyJoin } from './foreign-key-join.js';
import { KGroupedTable } from './grouped-table.js';
import { KStream } from './kstream.js';
import type {
  BufferConfig,
  ForeignKeyJoined,
  Kept,
  Lasting,
  Named,
  ProcessOptions,
  Repartitioned,
  StoreBuilders,
  Suppressed,
} from './options.js';
import { integer, sameBuilder, serdeMissing } from './refusals.js';
import { storageOf, storeSettings } from './store-settings.js';
import { requireIdle } from './window-aggregations.js';
import { joinTables } from './table-join.js';

/**
 * A value for each key, and the stream of its changes.
 *
 * `D` says whether a key's value can go again: `null` where it can, `never` where it can not, as in a count over a
 * stream.
 */
export class KTable<K, V, D extends null = null> {
  /** Only for types: tables of other keys or values do not fit. */
  declare readonly types?: { readonly key: K; readonly value: V; readonly deleted: D };
  readonly #graph: Graph;
  readonly #node: Node;
  readonly #key: Serde<K>;
  readonly #value: Serde<V> | undefined;

  /** Made by a `StreamsBuilder` or an aggregation, not by hand. */
  constructor(graph: Graph, node: Node, key: Serde<K>, value: Serde<V> | undefined) {
    this.#graph = graph;
    this.#node = node;
    this.#key = key;
    this.#value = value;
  }

  /** Each change as a record: the new value of its key, or `null` where the key has gone. */
  toStream(named?: Named): KStream<K, V | D> {
    const node = this.#graph.add({
      kind: 'toStream',
      name: this.#graph.nodeName('KTABLE-TOSTREAM', named?.name),
      parents: [this.#node],
    });
    return new KStream<K, V | D>(this.#graph, node, this.#key, this.#value);
  }

  /** The keys for whose values the predicate holds. */
  filter<V2 extends V>(
    predicate: (key: K, value: V) => value is V & V2,
    kept?: Named & Partial<Kept<V2>>,
  ): KTable<K, V2>;
  filter(predicate: (key: K, value: V) => boolean, kept?: Named & Partial<Kept<V>>): KTable<K, V>;
  filter(predicate: (key: K, value: V) => boolean, kept?: Named & Partial<Kept<V>>): KTable<K, V> {
    return this.#filter(predicate, true, kept);
  }

  /** The keys for whose values the predicate does not hold. */
  filterNot(predicate: (key: K, value: V) => boolean, kept?: Named & Partial<Kept<V>>): KTable<K, V> {
    return this.#filter(predicate, false, kept);
  }

  /** Another value for each key. Without a store of its own, the function is called again for each look into it. */
  mapValues<V2>(
    mapper: (value: V, key: K) => V2,
    kept?: Named & Partial<Kept<V2>> & Lasting,
  ): KTable<K, V2, D>;
  mapValues<V2>(mapper: (value: V, key: K) => V2, kept: Named & Partial<Kept<V2>>): KTable<K, V2>;
  mapValues<V2>(mapper: (value: V, key: K) => V2, kept: Named & Partial<Kept<V2>> = {}): KTable<K, V2> {
    const node: TableMapNode = this.#graph.add({
      kind: 'tableMap',
      name: this.#graph.nodeName('KTABLE-MAPVALUES', kept.name),
      parents: [this.#node],
      reads: readsValueKey(mapper),
      fn: mapper as TableMapNode['fn'],
      key: this.#key,
      store: this.#keep(kept, undefined),
    });
    return new KTable<K, V2>(this.#graph, node, this.#key, kept.value);
  }

  /**
   * Another value for each key, made by a transformer of each task's own, which has stores and hears of keys that have
   * gone. Without a store of the result it is called again for each look into the table, and must answer the same.
   */
  transformValues<V2, const B extends StoreBuilders = readonly []>(
    supplier: ValueTransformerSupplier<K, V, V2, StoresOf<B[number]>>,
    options: ProcessOptions<B> & Partial<Kept<V2>> = {},
  ): KTable<K, V2> {
    const node: TableTransformNode = this.#graph.add({
      kind: 'tableTransform',
      name: this.#graph.nodeName('KTABLE-TRANSFORMVALUES', options.name),
      parents: [this.#node],
      supplier: supplier as unknown as TableTransformNode['supplier'],
      key: this.#key,
      store: this.#keep(options, undefined),
      used: (options.stores ?? []).map((store) => this.#graph.useStore(store)),
    });
    return new KTable<K, V2>(this.#graph, node, this.#key, options.value);
  }

  /**
   * Groups by another key, through a topic `<application id>-<name>-repartition`. `null` for a key or value leaves the
   * entry out.
   */
  groupBy<K2, V2>(
    selector: (key: K, value: V) => readonly [key: K2 | null, value: V2 | null],
    grouped: Repartitioned<K2, V2>,
  ): KGroupedTable<K2, V2> {
    this.#mustKnowValues('groupBy');
    const node: TableRegroupNode = this.#graph.add({
      kind: 'tableRegroup',
      name: this.#graph.nodeName('KTABLE-SELECT', undefined),
      parents: [this.#node],
      reads: readsKeyValue(selector),
      selector: selector as TableRegroupNode['selector'],
      key: grouped.key,
    });
    return new KGroupedTable(this.#graph, node, grouped);
  }

  /**
   * Holds changes back in memory, and lets only the last of each key go on.
   * @throws StreamsError `INVALID_TOPOLOGY` where there is no window to close
   */
  suppress(suppressed: Suppressed<K, V>): KTable<K, V, D> {
    const value = suppressed.value ?? this.#requireValue(`suppress ${suppressed.store}`);
    const limited = suppressed.untilTimeLimitMs !== undefined;
    const node = this.#graph.add({
      kind: 'suppress',
      name: this.#graph.nodeName('KTABLE-SUPPRESS', suppressed.name),
      parents: [this.#node],
      bounds: boundsOf(suppressed),
      closeOnIdleMs: requireIdle(suppressed.store, suppressed.closeOnIdleMs),
      until: limited ? 'time-limit' : 'window-closes',
      ...(limited
        ? {
            waitMs: integer(`suppress ${suppressed.store}: untilTimeLimitMs`, suppressed.untilTimeLimitMs, 0),
            finalOnce: false,
          }
        : closingOf(this.#node, suppressed.store)),
      store: this.#graph.addStore({
        name: suppressed.store,
        type: 'suppress',
        key: this.#key,
        value,
        retentionMs: undefined,
        ...storageOf(suppressed),
      }),
    });
    return new KTable<K, V, D>(this.#graph, node, this.#key, value);
  }

  /** The keys that both tables have, at each change of either. */
  join<V2, R, D2 extends null>(
    other: KTable<K, V2, D2>,
    joiner: (left: V, right: V2) => R,
    kept?: Named & Partial<Kept<R>>,
  ): KTable<K, R> {
    return this.#join(other, joiner, { left: false, right: false }, kept);
  }

  /** The keys of this table, with the other's value or `null`. */
  leftJoin<V2, R, D2 extends null>(
    other: KTable<K, V2, D2>,
    joiner: (left: V, right: V2 | null) => R,
    kept?: Named & Partial<Kept<R>>,
  ): KTable<K, R> {
    return this.#join(other, joiner, { left: false, right: true }, kept);
  }

  /** The keys that either table has. One value may be `null`, never both. */
  outerJoin<V2, R, D2 extends null>(
    other: KTable<K, V2, D2>,
    joiner: (...values: [left: V, right: V2 | null] | [left: null, right: V2]) => R,
    kept?: Named & Partial<Kept<R>>,
  ): KTable<K, R> {
    return this.#join(other, joiner, { left: true, right: true }, kept);
  }

  /**
   * Joins each row with the row of another table whose key it names (KIP-213). `null` or `undefined` names none: the
   * row has no result. Goes through two topics, `<application id>-<name>-subscription-registration-topic` and
   * `…-subscription-response-topic`, and keeps a store `<name>-subscription-store`.
   */
  foreignKeyJoin<K2, V2, R, D2 extends null>(
    other: KTable<K2, V2, D2>,
    foreignKey: (value: V, key: K) => K2 | null | undefined,
    joiner: (left: V, right: V2) => R,
    joined: ForeignKeyJoined<R>,
  ): KTable<K, R> {
    return this.#joinByForeignKey(other, { foreignKey, joiner, leftJoin: false }, joined);
  }

  /** As {@link foreignKeyJoin}, with a result for each row: the other's value is `null` where there is none. */
  foreignKeyLeftJoin<K2, V2, R, D2 extends null>(
    other: KTable<K2, V2, D2>,
    foreignKey: (value: V, key: K) => K2 | null | undefined,
    joiner: (left: V, right: V2 | null) => R,
    joined: ForeignKeyJoined<R>,
  ): KTable<K, R> {
    return this.#joinByForeignKey(other, { foreignKey, joiner, leftJoin: true }, joined);
  }

  /** Only for the library. */
  static partsOf<K, V, D extends null>(
    table: KTable<K, V, D>,
  ): { readonly graph: Graph; readonly node: Node; readonly key: Serde<K> } {
    table.#mustKnowValues('a join');
    return { graph: table.#graph, node: table.#node, key: table.#key };
  }

  #filter(
    predicate: (key: K, value: V) => boolean,
    keep: boolean,
    kept: Named & Partial<Kept<V>> = {},
  ): KTable<K, V> {
    const node: TableFilterNode = this.#graph.add({
      kind: 'tableFilter',
      name: this.#graph.nodeName('KTABLE-FILTER', kept.name),
      parents: [this.#node],
      reads: readsKeyValue(predicate),
      predicate: predicate as TableFilterNode['predicate'],
      keep,
      key: this.#key,
      store: this.#keep(kept, this.#value),
    });
    return new KTable(this.#graph, node, this.#key, kept.value ?? this.#value);
  }

  #join<V2, R, D2 extends null>(
    other: KTable<K, V2, D2>,
    joiner: (...values: never) => R,
    optional: { readonly left: boolean; readonly right: boolean },
    kept: Named & Partial<Kept<R>> = {},
  ): KTable<K, R> {
    sameBuilder('join: the tables', this.#graph, other.#graph);
    this.#mustKnowValues('a join');
    other.#mustKnowValues('a join');
    const node = joinTables(this.#graph, {
      name: kept.name,
      join: {
        left: this.#node,
        right: other.#node,
        leftOptional: optional.left,
        rightOptional: optional.right,
        joiner: joiner as (left: unknown, right: unknown) => unknown,
        key: this.#key,
      },
      store: this.#keep(kept, undefined),
    });
    return new KTable(this.#graph, node, this.#key, kept.value);
  }

  #joinByForeignKey<K2, V2, R, D2 extends null>(
    other: KTable<K2, V2, D2>,
    join: Pick<ForeignKeyJoin, 'leftJoin'> & {
      readonly foreignKey: (value: V, key: K) => unknown;
      readonly joiner: (left: V, right: V2) => R;
    },
    joined: ForeignKeyJoined<R>,
  ): KTable<K, R> {
    sameBuilder('join: the tables', this.#graph, other.#graph);
    this.#mustKnowValues('a foreign-key join');
    other.#mustKnowValues('a foreign-key join');
    const node = foreignKeyJoin(this.#graph, joined.name, {
      left: {
        node: this.#node,
        key: this.#key,
        value: this.#requireValue(`foreign-key join ${joined.name}`),
      },
      right: {
        node: other.#node,
        key: other.#key,
        value: other.#requireValue(`foreign-key join ${joined.name}`),
      },
      leftJoin: join.leftJoin,
      reads: readsValueKey(join.foreignKey),
      foreignKey: join.foreignKey as ForeignKeyJoin['foreignKey'],
      joiner: join.joiner as ForeignKeyJoin['joiner'],
      storage: joined.storage,
      store: this.#keep(joined, undefined),
    });
    return new KTable(this.#graph, node, this.#key, joined.value);
  }

  #keep(kept: Partial<Kept<unknown>>, known: Serde<unknown> | undefined): StoreSpec | undefined {
    if (kept.store === undefined) return undefined;
    const value = kept.value ?? known;
    if (value === undefined) throw serdeMissing(`store ${kept.store}`, 'value');
    return this.#graph.addStore({
      name: kept.store,
      type: 'key-value',
      key: this.#key,
      value,
      retentionMs: undefined,
      ...storeSettings({ ...kept, store: kept.store }),
    });
  }

  #requireValue(what: string): Serde<V> {
    if (this.#value === undefined) throw serdeMissing(what, 'value');
    return this.#value;
  }

  #mustKnowValues(what: string): void {
    if (knowsValues(this.#node)) return;
    throw new StreamsError(
      'INVALID_TOPOLOGY',
      `${what} looks into the table that ${this.#node.name} makes, which keeps none: give it { store, value }`,
    );
  }
}

/** @throws StreamsError `INVALID_TOPOLOGY` for a bound that is none */
function boundsOf({
  store,
  buffer,
}: {
  readonly store: string;
  readonly buffer?: BufferConfig<'emitEarlyWhenFull' | 'shutDownWhenFull'>;
}): SuppressNode['bounds'] {
  if (buffer === undefined) return undefined;
  const { maxRecords = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY, whenFull } = buffer;
  if (!(maxRecords >= 0) || !(maxBytes >= 0)) {
    throw new StreamsError(
      'INVALID_TOPOLOGY',
      `suppress ${store}: a buffer of ${maxRecords} records and ${maxBytes} bytes: give numbers of at least 0`,
    );
  }
  return { maxRecords, maxBytes, emitEarly: whenFull === 'emitEarlyWhenFull' };
}

/** How far time must go on past the end of the table's windows before they are final. */
function closingOf(node: Node, store: string): { readonly waitMs: number; readonly finalOnce: boolean } {
  if (node.kind === 'windowAggregate' && node.windows instanceof UnlimitedWindows) {
    throw new StreamsError('INVALID_TOPOLOGY', `suppress ${store}: unlimited windows never close`);
  }
  if (node.kind === 'windowAggregate' || node.kind === 'slidingAggregate') {
    return { waitMs: node.windows.graceMs, finalOnce: false };
  }
  if (node.kind === 'sessionAggregate') {
    return { waitMs: node.windows.graceMs + node.windows.gapMs, finalOnce: true };
  }
  const [parent] = node.parents;
  if (parent === undefined) {
    throw new StreamsError(
      'INVALID_TOPOLOGY',
      `suppress ${store}: the table has no windows that could close`,
    );
  }
  return closingOf(parent, store);
}
