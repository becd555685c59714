import type { Windowed } from '../record.js';
import type { Serde } from '../serde.js';
import { sessionWindowedSerde, timeWindowedSerde } from '../serdes/windowed.js';
import type { Graph } from '../topology/graph.js';
import type { Aggregation, Node, StoreSpec } from '../topology/nodes.js';
import {
  SessionWindows,
  SlidingWindows,
  type TimeWindows,
  type UnlimitedWindows,
} from '../topology/windows.js';
import { aggregating } from './aggregations.js';
import { KGroupedStream } from './grouped.js';
import { KTable } from './ktable.js';
import type { Kept, Lasting, WindowKept } from './options.js';
import { sameBuilder } from './refusals.js';
import { storeSettings } from './store-settings.js';
import { aggregateSessions, aggregateWindows, sessionStore, windowsStore } from './window-aggregations.js';

/** A grouped stream with what its records do to an aggregate. */
interface Member {
  readonly node: Node;
  readonly aggregator: (key: never, value: never, aggregate: never) => unknown;
}

interface Cogroup {
  readonly graph: Graph;
  readonly key: Serde<unknown>;
  readonly members: readonly Member[];
}

/**
 * Grouped streams of one key that build one aggregate together, each in its own way (KIP-150).
 *
 *     plays.groupByKey()
 *       .cogroup((user, play, profile: Profile) => profile.played(play))
 *       .cogroup(likes.groupByKey(), (user, like, profile) => profile.liked(like))
 *       .aggregate(() => new Profile(), { store: 'profiles', value: profileSerde });
 */
export class CogroupedKStream<K, R> {
  /** Only for types. */
  declare readonly types?: { readonly key: K; readonly aggregate: R };
  readonly #cogroup: Cogroup;

  private constructor(cogroup: Cogroup) {
    this.#cogroup = cogroup;
  }

  /** Made by `KGroupedStream.cogroup`. */
  static of<K, V, R>(
    grouped: KGroupedStream<K, V>,
    aggregator: (key: K, value: V, aggregate: R) => R,
  ): CogroupedKStream<K, R> {
    const { graph, node, key } = KGroupedStream.partsOf(grouped);
    return new CogroupedKStream<K, R>({ graph, key, members: [{ node, aggregator }] });
  }

  /**
   * Adds a grouped stream, and what its records do to the aggregate. Those without a value are left out, but for time
   * windows and sessions, which have them, as in Kafka Streams.
   */
  cogroup<V>(
    grouped: KGroupedStream<K, V>,
    aggregator: (key: K, value: V, aggregate: R) => R,
  ): CogroupedKStream<K, R> {
    const { graph, node } = KGroupedStream.partsOf(grouped);
    sameBuilder('cogroup: the streams', this.#cogroup.graph, graph);
    const members = [...this.#cogroup.members, { node, aggregator }];
    return new CogroupedKStream<K, R>({ ...this.#cogroup, members });
  }

  /** The aggregate of each key. Records without key or value are left out. */
  aggregate(initial: () => R, kept: Kept<R> & Lasting): KTable<K, R, never>;
  aggregate(initial: () => R, kept: Kept<R>): KTable<K, R>;
  aggregate(initial: () => R, kept: Kept<R>): KTable<K, R> {
    const { graph, key } = this.#cogroup;
    const store = graph.addStore({
      name: kept.store,
      type: 'key-value',
      key,
      value: kept.value,
      retentionMs: undefined,
      ...storeSettings(kept),
    });
    const node = merged(this.#cogroup, kept.name, store, initial, (common) =>
      graph.add({
        ...common,
        kind: 'aggregate',
        store,
        aggregation: { ...common.aggregation, skipNullValues: true },
      }),
    );
    return new KTable<K, R>(graph, node, key as Serde<K>, kept.value);
  }

  /** Builds an aggregate for each window of time as well. */
  windowedBy(windows: TimeWindows | SlidingWindows | UnlimitedWindows): TimeWindowedCogroupedKStream<K, R>;
  windowedBy(windows: SessionWindows): SessionWindowedCogroupedKStream<K, R>;
  windowedBy(
    windows: TimeWindows | SlidingWindows | UnlimitedWindows | SessionWindows,
  ): TimeWindowedCogroupedKStream<K, R> | SessionWindowedCogroupedKStream<K, R> {
    return windows instanceof SessionWindows
      ? new SessionWindowedCogroupedKStream(this.#cogroup, windows)
      : new TimeWindowedCogroupedKStream(this.#cogroup, windows);
  }
}

/**
 * As {@link CogroupedKStream}, in windows. Time is that of the latest record of any of the streams: a window takes late
 * records of all until its grace is over.
 */
export class TimeWindowedCogroupedKStream<K, R> {
  /** Only for types. */
  declare readonly types?: { readonly key: K; readonly aggregate: R };
  readonly #cogroup: Cogroup;
  readonly #windows: TimeWindows | SlidingWindows | UnlimitedWindows;

  /** Made by `CogroupedKStream.windowedBy`. */
  constructor(cogroup: Cogroup, windows: TimeWindows | SlidingWindows | UnlimitedWindows) {
    this.#cogroup = cogroup;
    this.#windows = windows;
  }

  aggregate(initial: () => R, kept: WindowKept<R>): KTable<Windowed<K>, R, never> {
    const { graph, key } = this.#cogroup;
    const windows = this.#windows;
    const store = windowsStore(graph, windows, key, kept);
    const node = merged(this.#cogroup, kept.name, store, initial, (common) =>
      aggregateWindows(graph, { ...common, windows, store, kept }),
    );
    const sizeMs = windows instanceof SlidingWindows ? windows.timeDifferenceMs : windows.sizeMs;
    return new KTable(graph, node, timeWindowedSerde(key as Serde<K>, sizeMs), kept.value);
  }
}

/** As {@link CogroupedKStream}, in sessions, which records of any of the streams begin and prolong. */
export class SessionWindowedCogroupedKStream<K, R> {
  /** Only for types. */
  declare readonly types?: { readonly key: K; readonly aggregate: R };
  readonly #cogroup: Cogroup;
  readonly #windows: SessionWindows;

  /** Made by `CogroupedKStream.windowedBy`. */
  constructor(cogroup: Cogroup, windows: SessionWindows) {
    this.#cogroup = cogroup;
    this.#windows = windows;
  }

  /** @param merge combines the aggregates of sessions that a record brings together */
  aggregate(
    initial: () => R,
    merge: (key: K, one: R, other: R) => R,
    kept: Omit<WindowKept<R>, 'changes'>,
  ): KTable<Windowed<K>, R> {
    const { graph, key } = this.#cogroup;
    const windows = this.#windows;
    const store = sessionStore(graph, windows, key, kept);
    const merger = merge as (key: unknown, one: unknown, other: unknown) => unknown;
    const node = merged(this.#cogroup, kept.name, store, initial, (common) =>
      aggregateSessions(graph, { ...common, windows, store, kept, merge: merger }),
    );
    return new KTable(graph, node, sessionWindowedSerde(key as Serde<K>), kept.value);
  }
}

/** Draws an aggregation of each stream into one store, and the table that they make; named as Kafka Streams names them. */
function merged(
  { graph, members }: Cogroup,
  name: string | undefined,
  table: StoreSpec,
  initial: () => unknown,
  aggregate: (common: {
    readonly name: string;
    readonly parents: readonly Node[];
    readonly aggregation: Aggregation;
  }) => Node,
): Node {
  const suffixed = (suffix: string): string | undefined => (name === undefined ? undefined : name + suffix);
  const parents = members.map(({ node, aggregator }, index) =>
    aggregate({
      name: graph.nodeName('COGROUPKSTREAM-AGGREGATE', suffixed(`-cogroup-agg-${index}`)),
      parents: [node],
      aggregation: aggregating(initial, aggregator),
    }),
  );
  return graph.add({
    kind: 'cogroupMerge',
    name: graph.nodeName('COGROUPKSTREAM-MERGE', suffixed('-cogroup-merge')),
    parents,
    table,
  });
}
