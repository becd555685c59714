/**
 * What a task keeps, behind ports, so that another store (on disk, with a native dependency) is another folder.
 * Keys are bytes, in which Kafka orders and compares them; values are objects, so that a store in memory decodes
 * nothing.
 */
import type { HeldRecord } from './held-record.js';
import type { ChangeCache } from './pending-changes.js';

/** Where a store's changes are written for the next owner to restore from. */
export interface ChangelogWriter {
  write(key: Buffer, value: Buffer | null, timestamp: number): void;
}

export interface StateStore {
  readonly name: string;
  /** One record of the changelog, in its order. Not written to the changelog again. */
  restore(key: Buffer, value: Buffer | null, timestamp: number): void;
  /**
   * Writes to the changelog what was held back, and lets it go on: to be called before each commit. What fails is told
   * where the change came from.
   */
  flush(): void;
  /** Drops what was not flushed. */
  close(): void;
  /** Where changes wait before they go on and are written; absent where each does at once. */
  readonly changes: ChangeCache | undefined;
  /** Entries kept, over all windows. */
  readonly size: number;
  /** The latest time of any entry ever put or restored, or −1. Milliseconds since the epoch. */
  readonly streamTime: number;
}

/** A value with the time of the latest record that went into it. Reused by the store: copy what must last. */
export interface Stored<V> {
  readonly value: V;
  readonly timestamp: number;
}

/** What queries and tests may do. */
export interface ReadOnlyKeyValueStore<V> {
  get(key: Buffer): Stored<V> | undefined;
  /** All entries in byte order of their keys. */
  all(): Iterable<readonly [key: Buffer, stored: Stored<V>]>;
  /** Entries with keys from `from` to `to`, both inclusive, or without an end, in byte order. */
  range(from: Buffer, to?: Buffer): Iterable<readonly [key: Buffer, stored: Stored<V>]>;
  /** Entries whose keys begin with these bytes, in byte order. */
  prefix(prefix: Buffer): Iterable<readonly [key: Buffer, stored: Stored<V>]>;
}

/** @param goOnKey what the operators below are given as the key where the change waits for {@link StateStore.flush} */
export interface KeyValueStore<V> extends StateStore, ReadOnlyKeyValueStore<V> {
  put(key: Buffer, value: V, timestamp: number, goOnKey?: unknown): void;
  delete(key: Buffer, timestamp: number, goOnKey?: unknown): void;
}

export interface ReadOnlyWindowStore<V> {
  get(key: Buffer, start: number): Stored<V> | undefined;
  /** The windows of a key that start within `from` and `to` (both inclusive), earliest first. */
  fetch(key: Buffer, from: number, to: number): Iterable<readonly [start: number, stored: Stored<V>]>;
  /** All entries, earliest window first, then in byte order of their keys. */
  all(): Iterable<readonly [key: Buffer, start: number, stored: Stored<V>]>;
}

/** Entries by key and window start; windows that fall out of the retention are dropped as stream time goes on. */
export interface WindowStore<V> extends StateStore, ReadOnlyWindowStore<V> {
  /** Time has gone on so far, without a record. */
  advance(time: number): void;
  put(key: Buffer, start: number, value: V, timestamp: number, goOnKey?: unknown): void;
  /** Takes away all windows that start up to a time, inclusive, earliest first, then in byte order of their keys. */
  takeUntil(start: number): readonly (readonly [key: Buffer, start: number, stored: Stored<V>])[];
}

/** An entry of a key at a time. */
export interface TimedEntry<V> extends Stored<V> {
  readonly key: Buffer;
  /** What the entry is ordered and dropped by. */
  readonly time: number;
  /** Of what spans a time: its first. */
  readonly start: number;
}

/**
 * Entries of each key in order of time. What falls behind the latest by the retention is dropped, and gets a tombstone
 * in the changelog.
 */
interface EntriesByTime<V> extends StateStore {
  /** Time has gone on so far, without a record. */
  advance(time: number): void;
  /** The earliest time of an entry that is still kept. */
  readonly earliest: number;
  /** The entries of a key from one time to another, both inclusive, that are not too old. */
  fetch(key: Buffer, from: number, to: number): readonly TimedEntry<V>[];
  all(): Iterable<TimedEntry<V>>;
}

/** The records of a stream that is joined. */
export interface JoinStore<V> extends EntriesByTime<V> {
  /** As if there had been an entry of this time. */
  outdate(time: number): void;
  /** Adds an entry beside others of the same time, which is its start and its timestamp, too. */
  add(key: Buffer, time: number, start: number, value: V, timestamp: number): void;
}

/** Sessions and sliding windows, which change and go. */
export interface TimedStore<V> extends EntriesByTime<V> {
  /** The latest time of an entry ever put or restored, or −1. */
  readonly latest: number;
  /** All entries from one time to another, both inclusive, by time, start and key. */
  between(from: number, to: number): readonly TimedEntry<V>[];
  /** Has the changelog, too, know that time has gone on so far without a record. */
  noteTime(): void;
  add(key: Buffer, time: number, start: number, value: V, timestamp: number, goOnKey?: unknown): void;
  /** @param entry as this store gave it, since the last change of its key */
  update(entry: TimedEntry<V>, value: V, timestamp: number, goOnKey?: unknown): void;
  /** @param goOnKey absent where nobody below is to be told */
  remove(entry: TimedEntry<V>, timestamp: number, goOnKey?: unknown): void;
}

/** The values of each key as of a time, back to a limit. A version is valid from its time to that of the next one. */
export interface VersionedStore<V> extends StateStore {
  /** The latest value. */
  get(key: Buffer): Stored<V> | undefined;
  /** The value that was valid at a time, or `undefined` where there was none or it is too long ago to know. */
  getAsOf(key: Buffer, timestamp: number): Stored<V> | undefined;
  /** The values of a key that are kept, latest first; `validTo`, exclusive, is when the next version began. */
  versions(key: Buffer): Iterable<Stored<V> & { readonly validTo: number | undefined }>;
  /** @returns whether this is the key's latest version now; `undefined` for one too old to be kept */
  put(key: Buffer, value: V | null, timestamp: number): boolean | undefined;
}

export interface Held {
  readonly id: string;
  readonly key: Buffer;
  readonly record: HeldRecord;
}

/** Records that wait for a time, one for each key, in order of that time. */
export interface BufferStore extends StateStore {
  /** Time has gone on so far, without a record. */
  advance(time: number): void;
  get(key: Buffer): HeldRecord | undefined;
  /** Of a key that waits already the new record takes the place. */
  put(key: Buffer, time: number, record: HeldRecord): void;
  remove(held: Held): void;
  /** What waits for a time up to this one, inclusive, earliest first; those of one time in order of their keys. */
  due(until: number): Iterable<Held>;
  /** The keys of all that waits. */
  keys(): Iterable<Buffer>;
}

export interface Unmatched {
  readonly id: string;
  readonly storeKey: Buffer;
  readonly key: Buffer;
  readonly timestamp: number;
  readonly isLeft: boolean;
  readonly values: readonly unknown[];
}

/** Records of a stream-stream join that wait for a match, by time, side and key. */
export interface UnmatchedStore extends StateStore {
  /** Adds a value to those of its time, side and key. */
  add(key: Buffer, timestamp: number, isLeft: boolean, value: unknown): void;
  /** Forgets what waited, if anything did. */
  delete(key: Buffer, timestamp: number, isLeft: boolean): void;
  remove(entry: Unmatched): void;
  all(): Iterable<Unmatched>;
}
