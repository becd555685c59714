import { StreamsError } from '../errors.js';
import type { Windowed } from '../record.js';
import type { Serde } from '../serde.js';
import type { StoreSpec } from '../topology/nodes.js';

/*
 * Stores as processors see them: keys and values are objects, and what is written gets the time of the record under way,
 * or of the punctuation. `undefined` is none; iteration is in byte order of the keys, and must be over before a store is
 * written to.
 */

export interface KeyValueStore<K, V> {
  readonly name: string;
  get(key: K): V | undefined;
  put(key: K, value: V): void;
  /** Puts the value where there is none. @returns the one there was */
  putIfAbsent(key: K, value: V): V | undefined;
  /** @returns the value there was */
  delete(key: K): V | undefined;
  /** Both ends inclusive. */
  range(from: K, to: K): IterableIterator<readonly [key: K, value: V]>;
  /** The keys whose bytes begin with those of the prefix. */
  prefixScan<P>(prefix: P, serde: Serde<P>): IterableIterator<readonly [key: K, value: V]>;
  all(): IterableIterator<readonly [key: K, value: V]>;
  readonly approximateNumEntries: number;
}

export interface WindowStore<K, V> {
  readonly name: string;
  /** @param start of the window, milliseconds since the epoch */
  put(key: K, value: V, start: number): void;
  get(key: K, start: number): V | undefined;
  /** The windows of a key that start from one time to another, both inclusive, earliest first. */
  fetch(key: K, from: number, to: number): IterableIterator<readonly [start: number, value: V]>;
  /** The windows of all keys, by start and then key. */
  fetchAll(from: number, to: number): IterableIterator<readonly [windowed: Windowed<K>, value: V]>;
  all(): IterableIterator<readonly [windowed: Windowed<K>, value: V]>;
}

export interface SessionStore<K, V> {
  readonly name: string;
  put(session: Windowed<K>, value: V): void;
  remove(session: Windowed<K>): void;
  fetchSession(key: K, start: number, end: number): V | undefined;
  /** The sessions of a key that end at a time or later, and start at another or before, earliest end first. */
  findSessions(
    key: K,
    earliestEnd: number,
    latestStart: number,
  ): IterableIterator<readonly [session: Windowed<K>, value: V]>;
  /** All sessions of a key. */
  fetch(key: K): IterableIterator<readonly [session: Windowed<K>, value: V]>;
}

/** A value with the time it is valid from. */
export interface VersionedRecord<V> {
  readonly value: V;
  readonly timestamp: number;
}

export interface VersionedKeyValueStore<K, V> {
  readonly name: string;
  /** A value that is valid from a time on; `null` for none. What is older than the history is dropped. */
  put(key: K, value: V | null, timestamp: number): void;
  /** As {@link put} of `null`. @returns what was valid at the time */
  delete(key: K, timestamp: number): VersionedRecord<V> | undefined;
  /** The latest. */
  get(key: K): VersionedRecord<V> | undefined;
  /** What was valid at a time. */
  getAsOf(key: K, timestamp: number): VersionedRecord<V> | undefined;
}

/** A store to be: given to processors, or to `StreamsBuilder.addStateStore`. Made by {@link Stores}. */
export class StoreBuilder<N extends string, S> {
  /** Only for types: what processors get. */
  declare readonly types?: { readonly name: N; readonly store: S };
  readonly name: N;
  readonly #spec: StoreSpec;

  constructor(name: N, spec: Omit<StoreSpec, 'name'>) {
    this.name = name;
    this.#spec = { ...spec, name };
  }

  /** Only for the library. */
  static specOf(builder: StoreBuilder<string, unknown>): StoreSpec {
    return builder.#spec;
  }
}

/** The stores that some builders make, by their names: what a processor's context is said to have. */
export type StoresOf<B extends StoreBuilder<string, unknown>> = {
  readonly [N in B['name']]: Extract<B, { readonly name: N }> extends StoreBuilder<N, infer S> ? S : never;
};

export interface StoreSettings<K, V> {
  readonly key: Serde<K>;
  readonly value: Serde<V>;
  /** See `Stored.storage`: where absent, on disk where the application has `stateStores`. */
  readonly storage?: 'memory' | 'persistent';
}

/**
 * The stores that a processor can have.
 *
 *     const seen = Stores.keyValue('seen', { key: stringSerde, value: longSerde });
 *     stream.process(() => new Deduplicate(), { stores: [seen] });
 *
 * A store's name is the user's; its changelog is `<application id>-<name>-changelog`.
 */
export const Stores = {
  /** The latest value of each key. */
  keyValue<N extends string, K, V>(
    name: N,
    settings: StoreSettings<K, V>,
  ): StoreBuilder<N, KeyValueStore<K, V>> {
    return new StoreBuilder(name, { ...settings, type: 'key-value', retentionMs: undefined });
  },

  /** A value for each key and window; windows go when their start is behind the latest time by the retention. */
  window<N extends string, K, V>(
    name: N,
    settings: StoreSettings<K, V> & {
      /** Milliseconds, at least the size. */
      readonly retentionMs: number;
      /** Milliseconds, above 0. */
      readonly windowSizeMs: number;
    },
  ): StoreBuilder<N, WindowStore<K, V>> {
    requireTime(name, 'windowSizeMs', settings.windowSizeMs, 1);
    requireTime(name, 'retentionMs', settings.retentionMs, settings.windowSizeMs);
    return new StoreBuilder(name, { ...settings, type: 'window' });
  },

  /** A value for each key and session; sessions go when their end is behind the latest time by the retention. */
  session<N extends string, K, V>(
    name: N,
    settings: StoreSettings<K, V> & { readonly retentionMs: number },
  ): StoreBuilder<N, SessionStore<K, V>> {
    requireTime(name, 'retentionMs', settings.retentionMs, 0);
    return new StoreBuilder(name, { ...settings, type: 'session' });
  },

  /** The values of each key as of any time, back to the history retention (KIP-889). */
  versioned<N extends string, K, V>(
    name: N,
    { historyRetentionMs, ...settings }: StoreSettings<K, V> & { readonly historyRetentionMs: number },
  ): StoreBuilder<N, VersionedKeyValueStore<K, V>> {
    requireTime(name, 'historyRetentionMs', historyRetentionMs, 0);
    return new StoreBuilder(name, { ...settings, type: 'versioned', retentionMs: historyRetentionMs });
  },
} as const;

function requireTime(store: string, name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new StreamsError(
    'INVALID_TOPOLOGY',
    `store ${store}: ${name} is ${value}, not an integer of at least ${least}`,
  );
}
