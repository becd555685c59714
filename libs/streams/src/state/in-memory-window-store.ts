import { keyId } from './key-id.js';
import type { Serde } from '../serde.js';
import type { StoreOptions } from './in-memory-key-value-store.js';
import { PendingChanges, type PendingChange } from './pending-changes.js';
import type { ChangelogWriter, Stored, WindowStore } from './ports.js';
import { decodeWindowKey, encodeWindowKey } from './window-key.js';

interface Entry<V> extends Stored<V> {
  /** With start and sequence number, as the changelog has it: made once, written at each change. */
  readonly changelogKey: Buffer;
  value: V;
  timestamp: number;
  pending: PendingChange<Entry<V>> | undefined;
  /** Fallen out of the store: not to be written any more. */
  expired: boolean;
}

export interface RetainingOptions<V> extends StoreOptions<V> {
  /** How far a window's start may lie behind stream time. Milliseconds. */
  readonly retentionMs: number;
}

/** Tombstones written along with a change, while there are any to write: an entry took one change at least to make. */
const TOMBSTONES_PER_PUT = 4;

/**
 * A hash map for each window, so that an old window goes as one. Keys as in the key-value store.
 *
 * What falls out of the retention gets a tombstone in the changelog. Kafka Streams leaves that to the topic's
 * `retention.ms` instead, by which the broker compares records' times with its own clock: where a log of days ago is
 * replayed, it deletes what the store still needs, and a restart counts from nothing.
 */
export class InMemoryWindowStore<V> implements WindowStore<V> {
  readonly name: string;
  readonly changes: PendingChanges<Entry<V>> | undefined;
  readonly #value: Serde<V>;
  readonly #topic: string;
  readonly #changelog: ChangelogWriter;
  readonly #retentionMs: number;
  readonly #windows = new Map<number, Map<string, Entry<V>>>();
  #streamTime = -1;
  /** Entries that have fallen out, to be buried in the changelog. */
  readonly #expired: Iterator<Entry<V>, undefined>[] = [];
  /** The earliest window kept, so that time may go on without a look at all of them. */
  #oldest = Number.POSITIVE_INFINITY;
  #size = 0;
  /** What was last looked up: mostly, it is what is changed next. */
  #lastKey: Buffer | undefined;
  #lastStart = 0;
  #last: Entry<V> | undefined;

  constructor(options: RetainingOptions<V>) {
    this.name = options.name;
    this.changes = options.cache && new PendingChanges(options.cache);
    this.#value = options.value;
    this.#topic = options.changelogTopic;
    this.#changelog = options.changelog;
    this.#retentionMs = options.retentionMs;
  }

  get size(): number {
    return this.#size;
  }

  get streamTime(): number {
    return this.#streamTime;
  }

  advance(time: number): void {
    if (time > this.#streamTime) this.#streamTime = time;
  }

  get(key: Buffer, start: number): Stored<V> | undefined {
    const entry = this.#windows.get(start)?.get(keyId(key));
    this.#lastKey = key;
    this.#lastStart = start;
    this.#last = entry;
    const { changes } = this;
    if (changes !== undefined) {
      if (entry?.pending === undefined) changes.misses += 1;
      else changes.hits += 1;
    }
    return entry;
  }

  put(key: Buffer, start: number, value: V, timestamp: number, goOnKey?: unknown): void {
    if (timestamp > this.#streamTime) this.#streamTime = timestamp;
    const earliest = this.#earliest();
    if (this.#oldest < earliest) this.#dropBefore(earliest);
    if (this.#expired.length > 0) this.#bury();
    if (start < earliest) return;
    const entry = this.#find(key, start);
    const changelogKey = entry?.changelogKey ?? encodeWindowKey(key, start);
    if (this.changes === undefined) {
      const data = this.#value.serialize(this.#topic, value, []);
      // First, because it may refuse: what is not in the changelog must not be in the store.
      this.#changelog.write(changelogKey, data, timestamp);
    }
    const now = entry ?? this.#insert(key, changelogKey, start, value, timestamp);
    if (this.changes !== undefined) this.#wait(this.changes, now, entry, goOnKey);
    now.value = value;
    now.timestamp = timestamp;
  }

  flush(): void {
    this.changes?.flush(
      (change) => this.#write(change),
      ({ value, timestamp }) => ({ value, timestamp }),
    );
  }

  close(): void {
    this.changes?.close();
  }

  restore(changelogKey: Buffer, data: Buffer | null, timestamp: number): void {
    const { key, start } = decodeWindowKey(changelogKey);
    if (timestamp > this.#streamTime) this.#streamTime = timestamp;
    // What is too old stays until the next put, which drops and buries it.
    if (data === null) {
      if (this.#windows.get(start)?.delete(keyId(key)) === true) this.#size -= 1;
      this.#lastKey = undefined;
      return;
    }
    // Its own copy: a slice of a fetched batch would keep the whole batch in memory.
    this.#insert(
      key,
      Buffer.from(changelogKey),
      start,
      this.#value.deserialize(this.#topic, data, []),
      timestamp,
    );
  }

  *fetch(key: Buffer, from: number, to: number): Iterable<readonly [start: number, stored: Stored<V>]> {
    const id = keyId(key);
    const found: (readonly [start: number, stored: Stored<V>])[] = [];
    for (const [start, window] of this.#windows) {
      const entry = start < from || start > to ? undefined : window.get(id);
      if (entry !== undefined) found.push([start, entry]);
    }
    yield* found.sort(([a], [b]) => a - b);
  }

  all(): Iterable<readonly [key: Buffer, start: number, stored: Stored<V>]> {
    return this.#entries(() => true);
  }

  *#entries(
    wanted: (start: number) => boolean,
  ): Iterable<readonly [key: Buffer, start: number, stored: Entry<V>]> {
    for (const start of this.#starts().filter(wanted)) {
      const window = this.#windows.get(start) ?? new Map<string, Entry<V>>();
      for (const id of [...window.keys()].sort()) {
        const entry = window.get(id);
        if (entry !== undefined) yield [decodeWindowKey(entry.changelogKey).key, start, entry];
      }
    }
  }

  /** Takes away all windows that start up to a time, inclusive, earliest first, with tombstones in the changelog. */
  takeUntil(start: number): readonly (readonly [key: Buffer, start: number, stored: Stored<V>])[] {
    if (this.#oldest > start) return [];
    const taken = [...this.#entries((of) => of <= start)];
    for (const [, , { changelogKey }] of taken) this.#changelog.write(changelogKey, null, this.#streamTime);
    this.#oldest = Number.POSITIVE_INFINITY;
    for (const [of, window] of this.#windows) {
      if (of > start) {
        this.#oldest = Math.min(this.#oldest, of);
      } else {
        this.#size -= window.size;
        this.#windows.delete(of);
      }
    }
    this.#lastKey = undefined;
    return taken;
  }

  #find(key: Buffer, start: number): Entry<V> | undefined {
    if (key === this.#lastKey && start === this.#lastStart && this.#last?.expired !== true) return this.#last;
    return this.#windows.get(start)?.get(keyId(key));
  }

  /** Holds an entry's change back, which is about to happen. */
  #wait(
    changes: PendingChanges<Entry<V>>,
    entry: Entry<V>,
    known: Entry<V> | undefined,
    goOnKey: unknown,
  ): void {
    if (entry.pending !== undefined) {
      changes.again(entry.pending, goOnKey);
      return;
    }
    const before = known === undefined ? null : known.value;
    entry.pending = changes.add(entry, goOnKey, entry.changelogKey.length, before, entry.timestamp);
  }

  /** @returns whether it is to go on */
  #write(change: PendingChange<Entry<V>>): boolean {
    const { entry, before } = change;
    entry.pending = undefined;
    // It was there when it was changed; its tombstone is written or on its way.
    if (entry.expired) return true;
    try {
      const data = this.#value.serialize(this.#topic, entry.value, []);
      this.#changelog.write(entry.changelogKey, data, entry.timestamp);
      this.changes?.wrote(data.length);
    } catch (error) {
      // What is not in the changelog must not be in the store.
      if (before === null) {
        this.#remove(entry);
      } else {
        entry.value = before as V;
        entry.timestamp = change.beforeTimestamp;
      }
      throw error;
    }
    return true;
  }

  #remove(entry: Entry<V>): void {
    const { key, start } = decodeWindowKey(entry.changelogKey);
    if (this.#windows.get(start)?.delete(keyId(key)) === true) this.#size -= 1;
    this.#lastKey = undefined;
  }

  #starts(): number[] {
    return [...this.#windows.keys()].sort((a, b) => a - b);
  }

  #insert(key: Buffer, changelogKey: Buffer, start: number, value: V, timestamp: number): Entry<V> {
    let window = this.#windows.get(start);
    if (window === undefined) {
      window = new Map();
      this.#windows.set(start, window);
      if (start < this.#oldest) this.#oldest = start;
    }
    const before = window.size;
    const entry: Entry<V> = { changelogKey, value, timestamp, pending: undefined, expired: false };
    window.set(keyId(key), entry);
    this.#size += window.size - before;
    if (key === this.#lastKey && start === this.#lastStart) this.#last = entry;
    else this.#lastKey = undefined;
    return entry;
  }

  /** No window that starts before is kept: its start lies behind stream time by the retention, or more. */
  #earliest(): number {
    return this.#streamTime - this.#retentionMs + 1;
  }

  #dropBefore(earliest: number): void {
    this.#oldest = Number.POSITIVE_INFINITY;
    for (const [start, window] of this.#windows) {
      if (start < earliest) {
        this.#size -= window.size;
        this.#windows.delete(start);
        if (this.changes !== undefined) for (const entry of window.values()) entry.expired = true;
        this.#lastKey = undefined;
        this.#expired.push(window.values());
      } else if (start < this.#oldest) {
        this.#oldest = start;
      }
    }
  }

  #bury(): void {
    for (let left = TOMBSTONES_PER_PUT; left > 0;) {
      const [window] = this.#expired;
      if (window === undefined) return;
      const next = window.next();
      if (next.done === true) {
        this.#expired.shift();
      } else if (next.value.pending?.before !== null) {
        this.#changelog.write(next.value.changelogKey, null, this.#streamTime);
        left -= 1;
      }
    }
  }
}
