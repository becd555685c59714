import type { StoreBuilder } from '../processor/stores.js';
import type { RecordMetadata, Windowed } from '../record.js';
import type { JoinWindows } from '../topology/windows.js';
import type { Serde, Serializer } from '../serde.js';

/** Options of an operator that needs no more than a name. */
export interface Named {
  /** Shown by `describe()` and in errors; made up where absent. */
  readonly name?: string;
}

export type StoreBuilders = readonly StoreBuilder<string, unknown>[];

/** What a processor is given. */
export interface ProcessOptions<B extends StoreBuilders> extends Named {
  /** The stores that it may use, by their names. Processors that are given one store run in one task. */
  readonly stores?: B;
}

/** How a topic is read. */
export interface Consumed<K, V> extends Named {
  readonly key: Serde<K>;
  readonly value: Serde<V>;
  /**
   * The record's time, by which it is also chosen among those of other partitions; where absent, the record's own. It is
   * asked for once, when the record is the next of its partition. `wall-clock`: the machine's then.
   */
  readonly timestampExtractor?: TimestampExtractor<K, V> | 'wall-clock';
  /**
   * What becomes of a record whose time is no time: negative, no integer, or beyond the calendar. `fail`, the default: it
   * is a record that fails, for the handler to decide. `logAndSkip`: it is left out, with a warning, and counted in
   * `dropped-records-total`. `usePartitionTime`: it gets the latest valid time of its partition that this task has seen; where
   * there is none it fails.
   */
  readonly onInvalidTimestamp?: 'fail' | 'logAndSkip' | 'usePartitionTime';
}

/**
 * The time of a record, milliseconds since the epoch.
 *
 * @param partitionTime the latest time of the records before it in its partition, or −1
 */
export type TimestampExtractor<K, V> = (
  value: V,
  key: K,
  record: RecordMetadata,
  partitionTime: number,
) => number;

/** How a topic is written; what is absent is as it was read, where no function changed it since. */
export interface Produced<K, V> extends Named {
  readonly key?: Serializer<K>;
  readonly value?: Serializer<V>;
  /** Default: by the key, as Java's default partitioner has it. */
  readonly streamPartitioner?: StreamPartitioner<K, V>;
}

/**
 * Chooses the partition that a record is written to: 0 to `numPartitions`, exclusive; `undefined` for the default, by the
 * key. Anything else, and what it throws, is the record's failure (`KAFKA_PRODUCE`).
 *
 * Who chooses partitions answers for co-partitioning. Joins, aggregations and tables of what is written find only what
 * is in the same partition: all topics that they read must be written by the same rule and have as many partitions, and
 * the answer must depend on the key alone wherever records of a key are to meet. Queries look for a key where the default
 * puts it: name the partition in them.
 */
export type StreamPartitioner<K, V> = (
  topic: string,
  key: K,
  value: V,
  numPartitions: number,
) => number | undefined;

/** Chooses the topic that a record is written to. */
export type TopicNameExtractor<K, V> = (key: K, value: V, record: RecordMetadata) => string;

/** How a stream is grouped whose keys are still those of its topic. */
export interface Grouped<K, V> {
  readonly key?: Serde<K>;
  readonly value?: Serde<V>;
}

/** How a stream is grouped by other keys: it goes through a topic `<application id>-<name>-repartition`. */
export interface Repartitioned<K, V> {
  readonly name: string;
  readonly key: Serde<K>;
  readonly value: Serde<V>;
  /** Default: as many as the topics that it meets have, or else the largest source. Not to be changed later. */
  readonly partitions?: number;
}

/** How a stream goes through a topic. */
export interface RepartitionOptions<K, V> extends Repartitioned<K, V> {
  /**
   * See {@link StreamPartitioner}. Default: by the key, as Java's default partitioner has it.
   *
   * A method to the compiler, so that a stream of values is one of nullable values, too.
   */
  streamPartitioner?(this: void, topic: string, key: K, value: V, numPartitions: number): number | undefined;
}

/** Where a store is kept. */
export interface Stored {
  /**
   * `persistent`: on disk, by the application's `stateStores`; `memory`: restored from its changelog at each start.
   * Default: on disk where the application has `stateStores`.
   */
  readonly storage?: 'memory' | 'persistent';
}

/** How a table is kept. */
export interface Materialized extends Named, Stored {
  /** The store's name; its changelog is `<application id>-<store>-changelog`. */
  readonly store: string;
  /**
   * Whether changes of a key wait for the next commit (or until the application's `cacheMaxBytes` are reached), so that
   * only the last of them goes on and is written to the changelog. `false` lets each change go on. Default true.
   */
  readonly caching?: boolean;
  /**
   * How long an entry is kept after its time, by the time of the records the store is given. What has outlived it is
   * not in the table any more: lookups miss it at once, and its deletion goes downstream and to the changelog with a
   * commit, at most a sixteenth of that time later. Milliseconds, above 0; absent: for ever.
   */
  readonly ttlMs?: number;
}

/** Of a table whose entries do not go by themselves. */
export interface Lasting {
  readonly ttlMs?: never;
}

/** How a table is kept whose values a function makes. */
export interface Kept<V> extends Materialized {
  readonly value: Serde<V>;
}

/** How a topic is read as a table. */
export interface TableConsumed<K, V> extends Consumed<K, V>, Materialized {
  /**
   * Keeps former values so long, by the time of records, so that a stream is joined with what held at its records' time
   * (KIP-889). Milliseconds; absent, only the latest values are kept.
   */
  readonly historyRetentionMs?: number;
}

/** How a topic is read as a global table. It is kept in memory, and the topic itself is its changelog. */
export interface GlobalConsumed<K, V> extends Named {
  /** The store's name. */
  readonly store: string;
  readonly key: Serde<K>;
  readonly value: Serde<V>;
}

/** How tables are joined by a foreign key. */
export interface ForeignKeyJoined<V> extends Partial<Kept<V>> {
  /** Names two topics and a store. */
  readonly name: string;
}

/** How a windowed table is kept. */
export interface WindowMaterialized extends Omit<Materialized, 'ttlMs'> {
  /** How long windows are kept, from their start. Milliseconds; default: size plus grace. */
  readonly retentionMs?: number;
  /**
   * Which changes go on to the stream. `newest-window` keeps back those of a window whose key has a newer one already:
   * for a compacted topic with the key alone, where a late record of an old window would displace the newest window.
   * Default `all`.
   */
  readonly changes?: 'all' | 'newest-window';
  /**
   * `onWindowClose` lets each window go on once, when it takes no more records, and then forgets it; the default is each
   * change.
   */
  readonly emit?: 'onWindowUpdate' | 'onWindowClose';
  /**
   * Opt-in, with `onWindowClose`: after so long without a record, by the machine's clock, time counts as gone on by as long, and windows close
   * that otherwise wait for the next record. Which of late records still count then depends on when they arrive, so that
   * a run is not to be repeated exactly; each window still goes on once. Milliseconds, above 0, of each task.
   */
  readonly closeOnIdleMs?: number;
}

/** How a windowed table is kept whose values a function makes. */
export interface WindowKept<V> extends WindowMaterialized {
  readonly value: Serde<V>;
}

/** How two streams are joined. */
export interface StreamJoined<K, V, V2> extends Stored {
  /** Names the stores of both sides, and what their changelogs are called after. */
  readonly name: string;
  readonly windows: JoinWindows;
  readonly key?: Serde<K>;
  readonly value?: Serde<V>;
  readonly otherValue?: Serde<V2>;
}

/**
 * How a stream is joined with a table. With a grace, records wait in a store `<name>-Buffer` until time has gone on by
 * it, so that the changes of a versioned table that come late are in time for them.
 */
export type Joined<V> =
  | (Named & { readonly graceMs?: never })
  | ({ readonly name: string; readonly graceMs: number; readonly value: Serde<V> } & Stored);

/** How long changes are held back. */
export type Suppressed<K, V> = {
  /** The name of the store that they wait in. */
  readonly store: string;
  readonly name?: string;
  readonly value?: Serde<V>;
  /**
   * Opt-in: after so long without a record, by the machine's clock, time counts as gone on by as long, and what waits goes on
   * that otherwise waits for the next record. Which of late records still count then depends on when they arrive, so that
   * a run is not to be repeated exactly; each window still goes on once. Milliseconds, above 0, of each task.
   */
  readonly closeOnIdleMs?: number;
} & Stored &
  (
    | {
        /** Until the key's first change that waits is so old, by the time of records. Milliseconds. */
        readonly untilTimeLimitMs: number;
        readonly untilWindowCloses?: never;
        /** Default: no bound. */
        readonly buffer?: BufferConfig<'emitEarlyWhenFull' | 'shutDownWhenFull'>;
      }
    | (K extends Windowed<unknown>
        ? {
            /** Until its window takes no more records: each window goes on once. */
            readonly untilWindowCloses: true;
            readonly untilTimeLimitMs?: never;
            /** Default: no bound. What is not final must not go on, so a full buffer can only end the application. */
            readonly buffer?: BufferConfig<'shutDownWhenFull'>;
          }
        : never)
  );

/** How much may wait, for each task, and what happens when there is more. */
export interface BufferConfig<F extends 'emitEarlyWhenFull' | 'shutDownWhenFull'> {
  /** Keys with a change that waits. */
  readonly maxRecords?: number;
  /** Keys, values and metadata of what waits, as Kafka Streams counts them. */
  readonly maxBytes?: number;
  /**
   * `emitEarlyWhenFull`: the changes that have waited longest go on before their time. `shutDownWhenFull`: the application
   * ends in the state ERROR.
   */
  readonly whenFull: F;
}

/** How repetitions are told, and for how long. */
export interface DistinctOptions<K, V, I> extends Named, Stored {
  /** The name of the store of ids; its changelog is `<application id>-<store>-changelog`. */
  readonly store: string;
  /** What repetitions have in common. A record for which it is `null` or `undefined` goes on unchecked. */
  readonly by: (key: K, value: V, record: RecordMetadata) => I | null | undefined;
  readonly id: Serde<I>;
  /** How long an id is remembered, by the time of records. Milliseconds, above 0. */
  readonly windowMs: number;
}

export interface MapAsyncOptions {
  readonly name: string;
  /** Calls under way at once, for each task. Default 16. */
  readonly concurrency?: number;
}

export interface FeedOptions {
  readonly name: string;
  /** Writes under way for each task, beyond which its partitions are paused. Default 10,000. */
  readonly maxOutstanding?: number;
}
