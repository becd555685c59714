import type { FixedKeyProcessorSupplier, ProcessorSupplier } from '../processor/processor.js';
import type { StoresOf } from '../processor/stores.js';
import type { RecordMetadata } from '../record.js';
import type { Serde, Serializer } from '../serde.js';
import type { Sink } from '../sink.js';
import type { Graph } from '../topology/graph.js';
import type {
  FilterNode,
  FlatMapNode,
  MapAsyncNode,
  MapNode,
  Node,
  PeekNode,
  TopicChooserNode,
  TopicNode,
} from '../topology/nodes.js';
import type { GlobalJoinNode } from '../topology/global-nodes.js';
import type { ProcessNode } from '../topology/processor-nodes.js';
import { readsKeyValue, readsValueKey } from '../topology/reads.js';
import { BranchedKStream } from './branched.js';
import { distinct } from './distinct.js';
import { GlobalKTable } from './global-ktable.js';
import { KGroupedStream } from './grouped.js';
import { KTable } from './ktable.js';
import type {
  DistinctOptions,
  FeedOptions,
  Grouped,
  Joined,
  MapAsyncOptions,
  Materialized,
  Named,
  ProcessOptions,
  Produced,
  Repartitioned,
  RepartitionOptions,
  StoreBuilders,
  StreamJoined,
  TopicNameExtractor,
} from './options.js';
import { partitionerOf } from './partitioner.js';
import { positive, sameBuilder, serdeMissing } from './refusals.js';
import { repartition } from './repartition.js';
import { storeSettings } from './store-settings.js';
import { joinStreams, type StreamParts } from './stream-join.js';
import { joinGlobalTable, joinTable } from './table-lookup.js';

/**
 * Whether a stream's records are partitioned by their keys (`'by-key'`, as their topic was), or a function may have
 * changed the keys since (`'rekeyed'`), so that grouping must send them through a topic.
 */
export type Partitioning = 'by-key' | 'rekeyed';

/** A table made of a stream: its store, and where a topic is needed, the topic's name and serdes. */
type ToTable<K, V, P extends Partitioning> = Materialized &
  (P extends 'by-key' ? Named & Partial<Omit<Repartitioned<K, V>, 'name'>> : Repartitioned<K, V>);

type GroupByKey<K, V, P extends Partitioning> = P extends 'by-key'
  ? [grouped?: Grouped<K, V>]
  : [grouped: Repartitioned<K, V>];

/** The key of a global table that a record goes with. */
type GlobalKeySelector<K, V, K2> = (
  key: K,
  value: NonNullable<V>,
  record: RecordMetadata,
) => K2 | null | undefined;

/** What the overloads of a join have behind the other side. */
type LocalJoin<K, V, V2> = readonly [
  joiner: (left: unknown, right: unknown) => unknown,
  joined?: StreamJoined<K, V, V2> | Joined<V>,
];
type GlobalJoin = readonly [
  keySelector: GlobalJoinNode['selector'],
  joiner: GlobalJoinNode['joiner'],
  named?: Named,
];

/** An endless stream of records. Each operator gives a new stream and leaves this one as it is, to be used again. */
export class KStream<K, V, P extends Partitioning = 'by-key'> {
  /** Only for types: streams of other keys, values or partitioning do not fit. */
  declare readonly types?: { readonly key: K; readonly value: V; readonly partitioning: P };
  readonly #graph: Graph;
  readonly #node: Node;
  readonly #key: Serde<K> | undefined;
  readonly #value: Serde<V> | undefined;
  readonly #rekeyed: boolean;

  /** Made by a `StreamsBuilder`, not by hand. */
  constructor(
    graph: Graph,
    node: Node,
    key: Serde<K> | undefined,
    value: Serde<V> | undefined,
    rekeyed: boolean = false,
  ) {
    this.#graph = graph;
    this.#node = node;
    this.#key = key;
    this.#value = value;
    this.#rekeyed = rekeyed;
  }

  /** Keeps the records for which the predicate holds. */
  filter<V2 extends V>(
    predicate: (key: K, value: V, record: RecordMetadata) => value is V & V2,
    named?: Named,
  ): KStream<K, V2, P>;
  filter(predicate: (key: K, value: V, record: RecordMetadata) => boolean, named?: Named): KStream<K, V, P>;
  filter(predicate: (key: K, value: V, record: RecordMetadata) => boolean, named?: Named): KStream<K, V, P> {
    return this.#filter(predicate, true, named);
  }

  /** Keeps the records for which the predicate does not hold. */
  filterNot(
    predicate: (key: K, value: V, record: RecordMetadata) => boolean,
    named?: Named,
  ): KStream<K, V, P> {
    return this.#filter(predicate, false, named);
  }

  /** One record for each, with a key and value of its own. */
  map<K2, V2>(
    mapper: (key: K, value: V, record: RecordMetadata) => readonly [key: K2, value: V2],
    named?: Named,
  ): KStream<K2, V2, 'rekeyed'> {
    const fn = mapper as Extract<MapNode['map'], { changes: 'both' }>['fn'];
    const node = this.#add<MapNode>('KSTREAM-MAP', named, {
      kind: 'map',
      reads: readsKeyValue(mapper),
      map: { changes: 'both', fn },
    });
    return new KStream<K2, V2, 'rekeyed'>(this.#graph, node, undefined, undefined, true);
  }

  /** One record for each, with the same key and a value of its own. */
  mapValues<V2>(mapper: (value: V, key: K, record: RecordMetadata) => V2, named?: Named): KStream<K, V2, P> {
    const fn = mapper as Extract<MapNode['map'], { changes: 'value' }>['fn'];
    const node = this.#add<MapNode>('KSTREAM-MAPVALUES', named, {
      kind: 'map',
      reads: readsValueKey(mapper),
      map: { changes: 'value', fn },
    });
    return new KStream<K, V2, P>(this.#graph, node, this.#key, undefined, this.#rekeyed);
  }

  /** None, one or many records for each. */
  flatMap<K2, V2>(
    mapper: (key: K, value: V, record: RecordMetadata) => Iterable<readonly [key: K2, value: V2]>,
    named?: Named,
  ): KStream<K2, V2, 'rekeyed'> {
    const fn = mapper as Extract<FlatMapNode['map'], { changes: 'both' }>['fn'];
    const node = this.#add<FlatMapNode>('KSTREAM-FLATMAP', named, {
      kind: 'flatMap',
      reads: readsKeyValue(mapper),
      map: { changes: 'both', fn },
    });
    return new KStream<K2, V2, 'rekeyed'>(this.#graph, node, undefined, undefined, true);
  }

  /** None, one or many records for each, with the same key. */
  flatMapValues<V2>(
    mapper: (value: V, key: K, record: RecordMetadata) => Iterable<V2>,
    named?: Named,
  ): KStream<K, V2, P> {
    const fn = mapper as Extract<FlatMapNode['map'], { changes: 'value' }>['fn'];
    const node = this.#add<FlatMapNode>('KSTREAM-FLATMAPVALUES', named, {
      kind: 'flatMap',
      reads: readsValueKey(mapper),
      map: { changes: 'value', fn },
    });
    return new KStream<K, V2, P>(this.#graph, node, this.#key, undefined, this.#rekeyed);
  }

  /** Gives each record another key. */
  selectKey<K2>(
    mapper: (key: K, value: V, record: RecordMetadata) => K2,
    named?: Named,
  ): KStream<K2, V, 'rekeyed'> {
    return new KStream<K2, V, 'rekeyed'>(
      this.#graph,
      this.#rekey(mapper, named),
      undefined,
      this.#value,
      true,
    );
  }

  /** Looks at each record and lets it go on. */
  peek(action: (key: K, value: V, record: RecordMetadata) => void, named?: Named): KStream<K, V, P> {
    return this.#same(this.#peek('KSTREAM-PEEK', action, named));
  }

  /** Does something with each record; nothing comes after. */
  forEach(action: (key: K, value: V, record: RecordMetadata) => void, named?: Named): void {
    this.#peek('KSTREAM-FOREACH', action, named);
  }

  /** The records of both, in no order between them; a stream merged with itself is itself. */
  merge<P2 extends Partitioning>(
    other: KStream<K, V, P2>,
    named?: Named,
  ): KStream<K, V, P extends 'rekeyed' ? 'rekeyed' : P2> {
    sameBuilder('merge: the streams', this.#graph, other.#graph);
    const node = this.#graph.add({
      kind: 'pass',
      role: 'merge',
      name: this.#graph.nodeName('KSTREAM-MERGE', named?.name),
      // As in Kafka Streams, a stream merged with itself is itself.
      parents: [...new Set([this.#node, other.#node])],
    });
    const key = this.#key === other.#key ? this.#key : undefined;
    const value = this.#value === other.#value ? this.#value : undefined;
    return new KStream(this.#graph, node, key, value, this.#rekeyed || other.#rekeyed);
  }

  /**
   * Lets the first record of each id through and drops its repetitions, counted in `repeated-records-total`: what a
   * producer's retry, or an at-least-once hop before, wrote twice.
   *
   * Records that may be repetitions of each other must have the same key, so that one task sees them all. An id is
   * remembered until time, which is that of the latest record, has gone on by `windowMs`; a record that is older than
   * that can't be told from a repetition and is dropped too, counted in `dropped-records-total`.
   *
   * @throws StreamsError `INVALID_TOPOLOGY` where `windowMs` is no integer above 0
   */
  distinct<I>(options: DistinctOptions<K, V, I>): KStream<K, V, P> {
    return this.#same(distinct(this.#graph, this.#node, options));
  }

  /** Begins to divide the stream: each record goes to the first branch that wants it. */
  split(named?: Named): BranchedKStream<K, V, P> {
    return new BranchedKStream(this.#graph, this.#node, named?.name, (node) => this.#same(node));
  }

  /**
   * Calls an asynchronous function for each record, up to `concurrency` at once; those of one key one after the
   * other. A record's offset is not committed before its result has gone on. A rejection is the record's failure,
   * unless its error has `retriable: true`: then the call is repeated, at growing intervals.
   */
  mapAsync<K2, V2>(
    mapper: (key: K, value: V, record: RecordMetadata) => Promise<readonly [key: K2, value: V2]>,
    options: MapAsyncOptions,
  ): KStream<K2, V2, 'rekeyed'> {
    const fn = mapper as Extract<MapAsyncNode['map'], { changes: 'both' }>['fn'];
    const node = this.#add<MapAsyncNode>('KSTREAM-MAPASYNC', options, {
      kind: 'mapAsync',
      reads: readsKeyValue(mapper),
      map: { changes: 'both', fn },
      concurrency: positive('concurrency', options.concurrency ?? 16),
    });
    return new KStream<K2, V2, 'rekeyed'>(this.#graph, node, undefined, undefined, true);
  }

  /** As {@link mapAsync}, keeping the key. */
  mapValuesAsync<V2>(
    mapper: (value: V, key: K, record: RecordMetadata) => Promise<V2>,
    options: MapAsyncOptions,
  ): KStream<K, V2, P> {
    const fn = mapper as Extract<MapAsyncNode['map'], { changes: 'value' }>['fn'];
    const node = this.#add<MapAsyncNode>('KSTREAM-MAPVALUESASYNC', options, {
      kind: 'mapAsync',
      reads: readsValueKey(mapper),
      map: { changes: 'value', fn },
      concurrency: positive('concurrency', options.concurrency ?? 16),
    });
    return new KStream<K, V2, P>(this.#graph, node, this.#key, undefined, this.#rekeyed);
  }

  /**
   * Writes to a topic, by its name or, with a function, to the one that it chooses for each record. Topics are not created:
   * where one that was chosen does not exist, or can be no topic's name, its record has failed; without the one named here
   * the application stops.
   * @throws StreamsError `SERDE_MISSING` where a function changed the key or value and no serde for it is given
   */
  to(topic: string | TopicNameExtractor<K, V>, produced: Produced<K, V> = {}): void {
    const key: Serializer<K> | undefined = produced.key ?? this.#key;
    const value: Serializer<V> | undefined = produced.value ?? this.#value;
    if (key === undefined || value === undefined) {
      const where = typeof topic === 'string' ? `to('${topic}')` : 'to(function)';
      throw serdeMissing(where, key === undefined ? 'key' : 'value');
    }
    if (typeof topic !== 'string') {
      this.#add<TopicChooserNode>('KSTREAM-SINK', produced, {
        kind: 'topicChooser',
        reads: readsKeyValue(topic),
        choose: topic as TopicChooserNode['choose'],
        key,
        value,
        ...partitionerOf(produced.streamPartitioner),
      });
      return;
    }
    this.#add<TopicNode>('KSTREAM-SINK', produced, {
      kind: 'topic',
      topic: { name: topic, internal: false },
      key,
      value,
      ...partitionerOf(produced.streamPartitioner),
    });
  }

  /**
   * Writes to an external system, at least once: offsets are committed only past what the sink says is done, and
   * partitions are paused while it has too much to do. What it rejects goes to the dead letters.
   */
  sink(sink: Sink<K, V>, options: FeedOptions): void {
    this.#graph.add({
      kind: 'feed',
      name: this.#graph.nodeName('KSTREAM-FEED', options.name),
      parents: [this.#node],
      sink,
      maxOutstanding: positive('maxOutstanding', options.maxOutstanding ?? 10_000),
    });
  }

  /**
   * Hands each record to a processor, whose own records come after. They may have other keys: {@link repartition} them
   * before they are grouped or joined.
   *
   *     const seen = Stores.keyValue('seen', { key: stringSerde, value: longSerde });
   *     stream.process(() => new Deduplicate(), { name: 'deduplicate', stores: [seen] });
   */
  process<KOut, VOut, const B extends StoreBuilders = readonly []>(
    supplier: ProcessorSupplier<K, V, KOut, VOut, StoresOf<B[number]>>,
    options: ProcessOptions<B> = {},
  ): KStream<KOut, VOut, 'rekeyed'> {
    const node = this.#process('KSTREAM-PROCESSOR', options, {
      keepsKey: false,
      supplier: supplier as unknown as Extract<ProcessNode['processor'], { keepsKey: false }>['supplier'],
    });
    return new KStream<KOut, VOut, 'rekeyed'>(this.#graph, node, undefined, undefined, true);
  }

  /** As {@link process}, by a processor that cannot change keys: nothing needs to be repartitioned after it. */
  processValues<VOut, const B extends StoreBuilders = readonly []>(
    supplier: FixedKeyProcessorSupplier<K, V, VOut, StoresOf<B[number]>>,
    options: ProcessOptions<B> = {},
  ): KStream<K, VOut, P> {
    const node = this.#process('KSTREAM-PROCESSVALUES', options, {
      keepsKey: true,
      supplier: supplier as unknown as Extract<ProcessNode['processor'], { keepsKey: true }>['supplier'],
    });
    return new KStream<K, VOut, P>(this.#graph, node, this.#key, undefined, this.#rekeyed);
  }

  /**
   * Sends records through a topic `<application id>-<name>-repartition`, so that those of one key are in one partition
   * again. Records without a key are left out.
   */
  repartition(repartitioned: RepartitionOptions<K, V>): KStream<K, V> {
    const { key, value } = repartitioned;
    return new KStream(this.#graph, repartition(this.#graph, this.#node, repartitioned), key, value);
  }

  /**
   * Joins records of one key: those of two streams whose times lie within the windows, with the later of both times; or
   * each record of this stream with what a table holds for its key, with the record's time. Records without key or
   * value are left out. Where keys were changed, {@link repartition} first.
   */
  join<V2, R>(
    this: KStream<K, V>,
    other: KStream<K, V2>,
    joiner: (left: NonNullable<V>, right: NonNullable<V2>) => R,
    joined: StreamJoined<K, V, V2>,
  ): KStream<K, R>;
  join<V2, R, D extends null>(
    this: KStream<K, V>,
    table: KTable<K, V2, D>,
    joiner: (value: NonNullable<V>, tableValue: V2) => R,
    joined?: Joined<V>,
  ): KStream<K, R>;
  /**
   * Joins each record with what a global table holds, as it is processed, for the key that the record names; `null` or
   * `undefined` names none. Keys and their partitions do not matter.
   */
  join<K2, V2, R>(
    table: GlobalKTable<K2, V2>,
    keySelector: GlobalKeySelector<K, V, K2>,
    joiner: (value: NonNullable<V>, tableValue: V2) => R,
    named?: Named,
  ): KStream<K, R, P>;
  join<K2, V2, R, D extends null>(
    other: KStream<K, V2> | KTable<K, V2, D> | GlobalKTable<K2, V2>,
    ...rest: readonly unknown[]
  ): KStream<K, R> | KStream<K, R, P> {
    if (other instanceof GlobalKTable) return this.#joinGlobal(other, rest, false);
    return this.#joinWith(other, rest, { left: false, right: false });
  }

  /** As {@link join}, with a result for each record of this stream; `null` where nothing matches. */
  leftJoin<V2, R>(
    this: KStream<K, V>,
    other: KStream<K, V2>,
    joiner: (left: NonNullable<V>, right: NonNullable<V2> | null) => R,
    joined: StreamJoined<K, V, V2>,
  ): KStream<K, R>;
  leftJoin<V2, R, D extends null>(
    this: KStream<K, V>,
    table: KTable<K, V2, D>,
    joiner: (value: NonNullable<V>, tableValue: V2 | null) => R,
    joined?: Joined<V>,
  ): KStream<K, R>;
  leftJoin<K2, V2, R>(
    table: GlobalKTable<K2, V2>,
    keySelector: GlobalKeySelector<K, V, K2>,
    joiner: (value: NonNullable<V>, tableValue: V2 | null) => R,
    named?: Named,
  ): KStream<K, R, P>;
  leftJoin<K2, V2, R, D extends null>(
    other: KStream<K, V2> | KTable<K, V2, D> | GlobalKTable<K2, V2>,
    ...rest: readonly unknown[]
  ): KStream<K, R> | KStream<K, R, P> {
    if (other instanceof GlobalKTable) return this.#joinGlobal(other, rest, true);
    return this.#joinWith(other, rest, { left: true, right: false });
  }

  /** As {@link join}, with a result for each record of both streams; one value may be `null`, never both. */
  outerJoin<V2, R>(
    this: KStream<K, V>,
    other: KStream<K, V2>,
    joiner: (
      ...values: [left: NonNullable<V>, right: NonNullable<V2> | null] | [left: null, right: NonNullable<V2>]
    ) => R,
    joined: StreamJoined<K, V, V2>,
  ): KStream<K, R> {
    return this.#joinWith(other, [joiner, joined], { left: true, right: true });
  }

  /** Groups by a key of its own, through a topic `<application id>-<name>-repartition`. */
  groupBy<K2>(
    selector: (key: K, value: V, record: RecordMetadata) => K2,
    grouped: Repartitioned<K2, V>,
  ): KGroupedStream<K2, V> {
    const node = repartition(this.#graph, this.#rekey(selector, undefined), grouped);
    return new KGroupedStream(this.#graph, node, grouped.key, grouped.value);
  }

  /** Groups by the key. Where that was changed since it was read, through a topic as {@link groupBy}. */
  groupByKey(...[grouped]: GroupByKey<K, V, P>): KGroupedStream<K, V> {
    if (this.#rekeyed) {
      const repartitioned = grouped as Repartitioned<K, V>;
      const node = repartition(this.#graph, this.#node, repartitioned);
      return new KGroupedStream(this.#graph, node, repartitioned.key, repartitioned.value);
    }
    const key = grouped?.key ?? this.#key;
    if (key === undefined) throw serdeMissing('groupByKey()', 'key');
    return new KGroupedStream(this.#graph, this.#node, key, grouped?.value ?? this.#value);
  }

  /**
   * Takes each record as its key's value from now on; one without a value deletes its key. Where keys were changed since
   * they were read, through a topic `<application id>-<name>-repartition`.
   */
  toTable(table: ToTable<K, V, P>): KTable<K, NonNullable<V>> {
    const { store, name } = table;
    const key = table.key ?? this.#key;
    const value = table.value ?? this.#value;
    if (key === undefined) throw serdeMissing(`toTable ${store}`, 'key');
    if (value === undefined) throw serdeMissing(`toTable ${store}`, 'value');
    const parent = this.#rekeyed
      ? repartition(this.#graph, this.#node, { name: name ?? store, key, value })
      : this.#node;
    return new KTable(
      this.#graph,
      this.#graph.add({
        kind: 'tableSource',
        name: this.#graph.nodeName('KSTREAM-TOTABLE', name),
        parents: [parent],
        store: this.#graph.addStore({
          name: store,
          type: 'key-value',
          key,
          value,
          retentionMs: undefined,
          ...storeSettings(table),
        }),
      }),
      key,
      value as Serde<NonNullable<V>>,
    );
  }

  #joinWith<V2, R, D extends null>(
    other: KStream<K, V2> | KTable<K, V2, D>,
    rest: readonly unknown[],
    outer: { readonly left: boolean; readonly right: boolean },
  ): KStream<K, R> {
    const [joiner, joined] = rest as LocalJoin<K, V, V2>;
    if (joined !== undefined && 'windows' in joined) {
      const { node, key } = joinStreams(this.#parts, (other as KStream<K, V2>).#parts, {
        leftOuter: outer.left,
        rightOuter: outer.right,
        joiner,
        joined,
      });
      return new KStream(this.#graph, node, key as Serde<K>, undefined);
    }
    const node = joinTable({
      graph: this.#graph,
      stream: this.#node,
      table: KTable.partsOf(other as KTable<K, V2, D>),
      leftJoin: outer.left,
      joiner,
      joined: joined ?? {},
    });
    return new KStream(this.#graph, node, this.#key, undefined);
  }

  #joinGlobal<K2, V2, R>(
    table: GlobalKTable<K2, V2>,
    rest: readonly unknown[],
    leftJoin: boolean,
  ): KStream<K, R, P> {
    const [selector, joiner, named] = rest as unknown as GlobalJoin;
    const node = joinGlobalTable({
      graph: this.#graph,
      stream: this.#node,
      table: GlobalKTable.partsOf(table),
      selector,
      joiner,
      leftJoin,
      name: named?.name,
    });
    return new KStream<K, R, P>(this.#graph, node, this.#key, undefined, this.#rekeyed);
  }

  get #parts(): StreamParts {
    return { graph: this.#graph, node: this.#node, key: this.#key, value: this.#value };
  }

  #filter(predicate: (key: K, value: V, record: RecordMetadata) => boolean, keep: boolean, named?: Named) {
    const node = this.#add<FilterNode>('KSTREAM-FILTER', named, {
      kind: 'filter',
      reads: readsKeyValue(predicate),
      predicate: predicate as FilterNode['predicate'],
      keep,
    });
    return this.#same(node);
  }

  #peek(prefix: string, action: (key: K, value: V, record: RecordMetadata) => void, named?: Named): PeekNode {
    return this.#add<PeekNode>(prefix, named, {
      kind: 'peek',
      reads: readsKeyValue(action),
      action: action as PeekNode['action'],
    });
  }

  #process(
    prefix: string,
    { name, stores = [] }: ProcessOptions<StoreBuilders>,
    processor: ProcessNode['processor'],
  ): ProcessNode {
    return this.#graph.add<ProcessNode>({
      kind: 'process',
      name: this.#graph.nodeName(prefix, name),
      parents: [this.#node],
      processor,
      stores: stores.map((store) => this.#graph.useStore(store)),
    });
  }

  #rekey(selector: (key: K, value: V, record: RecordMetadata) => unknown, named: Named | undefined): MapNode {
    const fn = selector as Extract<MapNode['map'], { changes: 'key' }>['fn'];
    return this.#add<MapNode>('KSTREAM-KEY-SELECT', named, {
      kind: 'map',
      reads: readsKeyValue(selector),
      map: { changes: 'key', fn },
    });
  }

  #same(node: Node): KStream<K, V, P> {
    return new KStream<K, V, P>(this.#graph, node, this.#key, this.#value, this.#rekeyed);
  }

  #add<N extends Node>(prefix: string, named: Named | undefined, rest: Omit<N, 'name' | 'parents'>): N {
    const name = this.#graph.nodeName(prefix, named?.name);
    return this.#graph.add({ ...rest, name, parents: [this.#node] } as unknown as N);
  }
}
