/**
 * What a task keeps, behind ports, so that another store (on disk, with a native dependency) is another folder.
 * Keys are bytes, in which Kafka orders and compares them; values are objects, so that a store in memory decodes
 * nothing.
 */

/** Where a store's changes are written for the next owner to restore from. */
export interface ChangelogWriter {
  write(key: Buffer, value: Buffer | null, timestamp: number): void;
}

export interface StateStore {
  readonly name: string;
  /** One record of the changelog, in its order. Not written to the changelog again. */
  restore(key: Buffer, value: Buffer | null, timestamp: number): void;
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

export interface KeyValueStore<V> extends StateStore, ReadOnlyKeyValueStore<V> {
  put(key: Buffer, value: V, timestamp: number): void;
  delete(key: Buffer, timestamp: number): void;
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
  put(key: Buffer, start: number, value: V, timestamp: number): void;
  /** Takes away all windows that start up to a time, inclusive, earliest first, then in byte order of their keys. */
  takeUntil(start: number): readonly (readonly [key: Buffer, start: number, stored: Stored<V>])[];
}
