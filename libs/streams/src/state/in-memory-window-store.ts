import type { Serde } from '../serde.js';
import type { InMemoryOptions } from './in-memory-key-value-store.js';
import type { ChangelogWriter, Stored, WindowStore } from './ports.js';
import { decodeWindowKey, encodeWindowKey } from './window-key.js';

interface Entry<V> extends Stored<V> {
  /** With start and sequence number, as the changelog has it: made once, written at each change. */
  readonly changelogKey: Buffer;
  value: V;
  timestamp: number;
}

export interface InMemoryWindowOptions<V> extends InMemoryOptions<V> {
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

  constructor(options: InMemoryWindowOptions<V>) {
    this.name = options.name;
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

  get(key: Buffer, start: number): Stored<V> | undefined {
    return this.#windows.get(start)?.get(key.toString('latin1'));
  }

  put(key: Buffer, start: number, value: V, timestamp: number): void {
    if (timestamp > this.#streamTime) this.#streamTime = timestamp;
    const earliest = this.#earliest();
    if (this.#oldest < earliest) this.#dropBefore(earliest);
    if (this.#expired.length > 0) this.#bury();
    if (start < earliest) return;
    const data = this.#value.serialize(this.#topic, value, []);
    const entry = this.#windows.get(start)?.get(key.toString('latin1'));
    const changelogKey = entry?.changelogKey ?? encodeWindowKey(key, start);
    // First, because it may refuse: what is not in the changelog must not be in the store.
    this.#changelog.write(changelogKey, data, timestamp);
    if (entry === undefined) {
      this.#insert(key, changelogKey, start, value, timestamp);
    } else {
      entry.value = value;
      entry.timestamp = timestamp;
    }
  }

  restore(changelogKey: Buffer, data: Buffer | null, timestamp: number): void {
    const { key, start } = decodeWindowKey(changelogKey);
    if (timestamp > this.#streamTime) this.#streamTime = timestamp;
    // What is too old stays until the next put, which drops and buries it.
    if (data === null) {
      if (this.#windows.get(start)?.delete(key.toString('latin1')) === true) this.#size -= 1;
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
    const id = key.toString('latin1');
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
    return taken;
  }

  #starts(): number[] {
    return [...this.#windows.keys()].sort((a, b) => a - b);
  }

  #insert(key: Buffer, changelogKey: Buffer, start: number, value: V, timestamp: number): void {
    let window = this.#windows.get(start);
    if (window === undefined) {
      window = new Map();
      this.#windows.set(start, window);
      if (start < this.#oldest) this.#oldest = start;
    }
    const before = window.size;
    window.set(key.toString('latin1'), { changelogKey, value, timestamp });
    this.#size += window.size - before;
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
      } else {
        this.#changelog.write(next.value.changelogKey, null, this.#streamTime);
        left -= 1;
      }
    }
  }
}
