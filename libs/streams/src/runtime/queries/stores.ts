import { Windowed } from '../../record.js';
import type { Deserializer, Serde, Serializer } from '../../serde.js';
import type { Stored } from '../../state/ports.js';
import {
  isFailure,
  StateQueryError,
  type PartitionAnswer,
  type StateEntry,
  type StateQuery,
  type StateQueryRequest,
  type StateQueryResult,
} from './query.js';

/** Who answers queries: an instance from its own stores, or a client that asks the instances. */
export interface QueryExecutor {
  /** @throws StateQueryError where no partition can answer */
  query(request: StateQueryRequest): Promise<StateQueryResult>;
}

/** What every query of a store wants. See {@link StateQueryRequest}. */
export type StoreQueryOptions = Pick<
  StateQueryRequest,
  'partitions' | 'requireActive' | 'staleness' | 'positionBound'
>;

/** What a store is opened with. */
export interface StoreContext {
  readonly executor: QueryExecutor;
  readonly store: string;
  /** The changelog topic: what the serdes are told. */
  readonly topic: string;
  readonly options: StoreQueryOptions;
}

/** What is to be opened: the kind of the store, and the serdes that it was made with. */
export interface QueryableStoreType<S> {
  open(context: StoreContext): S;
}

/** The kinds of stores that can be queried, as `QueryableStoreTypes` in Kafka Streams; values have their times. */
export const QueryableStoreTypes = {
  keyValue: <K, V>(
    key: Serde<K>,
    value: Deserializer<V>,
  ): QueryableStoreType<QueryableKeyValueStore<K, V>> => ({
    open: (context) => new QueryableKeyValueStore(new Asking(context, key, value)),
  }),
  /** Tables over time windows and sliding windows. */
  window: <K, V>(key: Serde<K>, value: Deserializer<V>): QueryableStoreType<QueryableWindowStore<K, V>> => ({
    open: (context) => new QueryableWindowStore(new Asking(context, key, value)),
  }),
  session: <K, V>(
    key: Serde<K>,
    value: Deserializer<V>,
  ): QueryableStoreType<QueryableSessionStore<K, V>> => ({
    open: (context) => new QueryableSessionStore(new Asking(context, key, value)),
  }),
  /** Tables read with `historyRetentionMs`. */
  versioned: <K, V>(
    key: Serde<K>,
    value: Deserializer<V>,
  ): QueryableStoreType<QueryableVersionedStore<K, V>> => ({
    open: (context) => new QueryableVersionedStore(new Asking(context, key, value)),
  }),
};

/**
 * Reads a key-value store. What goes over many keys reads as it goes, a portion at a time and partition by partition:
 * keys are in byte order within each, and changes made meanwhile may be seen.
 *
 * All methods throw a {@link StateQueryError} where a partition does not answer.
 */
export class QueryableKeyValueStore<K, V> {
  readonly #ask: Asking<K, V>;

  /** Opened by `KafkaStreams.store`, not by hand. */
  constructor(ask: Asking<K, V>) {
    this.#ask = ask;
  }

  async get(key: K): Promise<Stored<V> | undefined> {
    const entry = await this.#ask.one({ type: 'key', key: this.#ask.keyBytes(key) });
    return entry && { value: entry.value, timestamp: entry.timestamp };
  }

  all(): AsyncIterable<readonly [key: K, stored: Stored<V>]> {
    return this.range({});
  }

  /** Keys from `from` to `to` in byte order, both inclusive and open where absent. */
  range({
    from,
    to,
  }: {
    readonly from?: K;
    readonly to?: K;
  }): AsyncIterable<readonly [key: K, stored: Stored<V>]> {
    return this.#entries({
      type: 'range',
      ...(from === undefined ? {} : { from: this.#ask.keyBytes(from) }),
      ...(to === undefined ? {} : { to: this.#ask.keyBytes(to) }),
    });
  }

  /** Keys whose bytes begin with those of the prefix. */
  prefix<P>(prefix: P, serializer: Serializer<P>): AsyncIterable<readonly [key: K, stored: Stored<V>]> {
    return this.#entries({ type: 'range', prefix: this.#ask.bytes(prefix, serializer) });
  }

  async *#entries(query: StateQuery): AsyncIterable<readonly [key: K, stored: Stored<V>]> {
    for await (const { key, value, timestamp } of this.#ask.all(query)) yield [key, { value, timestamp }];
  }
}

/** Reads a store of windows. See {@link QueryableKeyValueStore} for what goes over many. */
export class QueryableWindowStore<K, V> {
  readonly #ask: Asking<K, V>;

  /** Opened by `KafkaStreams.store`, not by hand. */
  constructor(ask: Asking<K, V>) {
    this.#ask = ask;
  }

  /** @param start of the window, milliseconds since the epoch */
  async get(key: K, start: number): Promise<Stored<V> | undefined> {
    const query = { type: 'windowKey', key: this.#ask.keyBytes(key), from: start, to: start } as const;
    const entry = await this.#ask.one(query);
    return entry && { value: entry.value, timestamp: entry.timestamp };
  }

  /** The windows of a key that start within a time, both ends inclusive, earliest first. */
  fetch(key: K, time: TimeRange = {}): AsyncIterable<readonly [key: Windowed<K>, stored: Stored<V>]> {
    return windowed(this.#ask.all({ type: 'windowKey', key: this.#ask.keyBytes(key), ...time }));
  }

  /** The windows of all keys that start within a time, both ends inclusive, earliest first in each partition. */
  fetchAll(time: TimeRange = {}): AsyncIterable<readonly [key: Windowed<K>, stored: Stored<V>]> {
    return windowed(this.#ask.all({ type: 'windowRange', ...time }));
  }
}

/** Milliseconds since the epoch; open where absent. */
export interface TimeRange {
  readonly from?: number;
  readonly to?: number;
}

export class QueryableSessionStore<K, V> {
  readonly #ask: Asking<K, V>;

  /** Opened by `KafkaStreams.store`, not by hand. */
  constructor(ask: Asking<K, V>) {
    this.#ask = ask;
  }

  /** The sessions of a key, by their end; those that end, or start, within a time where one is given. */
  fetch(
    key: K,
    time: { readonly earliestEnd?: number; readonly latestStart?: number } = {},
  ): AsyncIterable<readonly [key: Windowed<K>, stored: Stored<V>]> {
    return windowed(this.#ask.all({ type: 'session', key: this.#ask.keyBytes(key), ...time }));
  }
}

export class QueryableVersionedStore<K, V> {
  readonly #ask: Asking<K, V>;

  /** Opened by `KafkaStreams.store`, not by hand. */
  constructor(ask: Asking<K, V>) {
    this.#ask = ask;
  }

  /** The latest value, and since when it is valid. */
  get(key: K): Promise<Stored<V> | undefined> {
    return this.asOf(key, undefined);
  }

  /** The value that was valid at a time, milliseconds since the epoch; none where that is longer ago than is kept. */
  async asOf(key: K, timestamp: number | undefined): Promise<Stored<V> | undefined> {
    const query = { type: 'versionedKey', key: this.#ask.keyBytes(key) } as const;
    const entry = await this.#ask.one(timestamp === undefined ? query : { ...query, asOf: timestamp });
    return entry && { value: entry.value, timestamp: entry.timestamp };
  }

  /** The values that were valid at some time within a range, latest first; `validTo` is exclusive. */
  async *versions(
    key: K,
    time: TimeRange = {},
  ): AsyncIterable<Stored<V> & { readonly validTo: number | undefined }> {
    const query = { type: 'multiVersionedKey', key: this.#ask.keyBytes(key), ...time } as const;
    for await (const { value, timestamp, validTo } of this.#ask.all(query))
      yield { value, timestamp, validTo };
  }
}

interface Decoded<K, V> extends Omit<StateEntry, 'key' | 'value'> {
  readonly key: K;
  readonly value: V;
}

/** Makes bytes of queries and values of answers. */
export class Asking<K, V> {
  readonly #context: StoreContext;
  readonly #key: Serde<K>;
  readonly #value: Deserializer<V>;

  constructor(context: StoreContext, key: Serde<K>, value: Deserializer<V>) {
    this.#context = context;
    this.#key = key;
    this.#value = value;
  }

  keyBytes(key: K): Uint8Array {
    return this.bytes(key, this.#key);
  }

  bytes<T>(value: T, serializer: Serializer<T>): Uint8Array {
    return serializer.serialize(this.#context.topic, value, []);
  }

  /** The first entry found in any partition. */
  async one(query: StateQuery): Promise<Decoded<K, V> | undefined> {
    for (const answer of await this.#ask({ query, limit: 1 })) {
      const [entry] = answer.entries;
      if (entry !== undefined) return this.#decode(entry);
    }
    return undefined;
  }

  async *all(query: StateQuery): AsyncIterable<Decoded<K, V>> {
    for (const first of await this.#ask({ query })) {
      const partitions = [first.partition];
      for (let answer: PartitionAnswer | undefined = first; answer !== undefined;) {
        for (const entry of answer.entries) yield await this.#decode(entry);
        const cursor: Uint8Array | undefined = answer.cursor;
        [answer] = cursor === undefined ? [] : await this.#ask({ query, cursor, partitions });
      }
    }
  }

  async #ask(request: Omit<StateQueryRequest, 'store'>): Promise<readonly PartitionAnswer[]> {
    const { executor, store, options } = this.#context;
    const result = await executor.query({ ...options, ...request, store });
    // Nothing here is no answer: with a rebalance under way, a key would look as if it had no value.
    if (result.length === 0) {
      throw new StateQueryError('NOT_PRESENT', `no partition of store ${store} is on this instance`);
    }
    return result.map((answer) => {
      if (isFailure(answer)) throw new StateQueryError(answer.failure, answer.message);
      return answer;
    });
  }

  async #decode(entry: StateEntry): Promise<Decoded<K, V>> {
    const key = Buffer.from(entry.key);
    const value = Buffer.from(entry.value);
    const { topic } = this.#context;
    await this.#key.prepare?.(topic, key);
    await this.#value.prepare?.(topic, value);
    return {
      ...entry,
      key: this.#key.deserialize(topic, key, []),
      value: this.#value.deserialize(topic, value, []),
    };
  }
}

async function* windowed<K, V>(
  entries: AsyncIterable<Decoded<K, V>>,
): AsyncIterable<readonly [key: Windowed<K>, stored: Stored<V>]> {
  for await (const { key, value, timestamp, window } of entries) {
    yield [new Windowed(key, window?.start ?? 0, window?.end ?? 0), { value, timestamp }];
  }
}
