import type { InMemoryWindowOptions } from './in-memory-window-store.js';
import { Burials } from './burials.js';
import type { ChangelogWriter, StateStore, Stored } from './ports.js';
import { Timeline } from './timeline.js';

/** An entry of a key at a time. */
export interface TimedEntry<V> extends Stored<V> {
  readonly id: string;
  readonly key: Buffer;
  readonly changelogKey: Buffer;
  /** What the entry is ordered and dropped by. */
  readonly time: number;
  /** Of what spans a time: its first. */
  readonly start: number;
  value: V;
  timestamp: number;
}

/** How entries are called in the changelog. */
export interface TimedLayout {
  /** @param sequence tells entries of one key and time apart */
  encode(key: Buffer, time: number, start: number, sequence: number): Buffer;
  decode(data: Buffer): {
    readonly key: Buffer;
    readonly time: number;
    readonly start: number;
    readonly sequence: number;
  };
}

/**
 * Entries of each key in order of time: sessions, sliding windows, the records of a stream that is joined. What falls
 * behind stream time by the retention is dropped, and gets a tombstone in the changelog.
 */
export class InMemoryTimedStore<V> implements StateStore {
  readonly name: string;
  readonly retentionMs: number;
  readonly #options: InMemoryWindowOptions<V>;
  readonly #layout: TimedLayout;
  readonly #changelog: ChangelogWriter;
  readonly #entries: Timeline<TimedEntry<V>>;
  readonly #burials: Burials;
  #streamTime = -1;
  /** The latest time of any entry, as opposed to the records'. */
  #latest = -1;
  #sequence = 0;

  constructor(options: InMemoryWindowOptions<V>, layout: TimedLayout) {
    this.name = options.name;
    this.retentionMs = options.retentionMs;
    this.#options = options;
    this.#layout = layout;
    this.#changelog = options.changelog;
    this.#entries = new Timeline(options.retentionMs);
    this.#burials = new Burials(options.changelog);
  }

  get size(): number {
    return this.#entries.size;
  }

  get streamTime(): number {
    return this.#streamTime;
  }

  /** The latest time of an entry ever put or restored, or −1. */
  get latest(): number {
    return this.#latest;
  }

  /** The earliest time of an entry that is still kept. */
  get earliest(): number {
    return this.#latest - this.retentionMs;
  }

  /** The entries of a key from one time to another, both inclusive, that are not too old. */
  fetch(key: Buffer, from: number, to: number): readonly TimedEntry<V>[] {
    return this.#entries.range(key.toString('latin1'), Math.max(from, this.earliest), to);
  }

  /** All entries up to a time, inclusive, by time, start and key. */
  until(time: number): readonly TimedEntry<V>[] {
    return [...this.#entries.until(time)].sort(
      (a, b) => a.time - b.time || a.start - b.start || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
    );
  }

  all(): Iterable<TimedEntry<V>> {
    return this.#entries.all();
  }

  /** Adds an entry beside others of the same time. */
  add(key: Buffer, time: number, start: number, value: V, timestamp: number): void {
    this.#advance(time, timestamp);
    if (time < this.earliest) return;
    this.#sequence = (this.#sequence + 1) & 0x7fff_ffff;
    const changelogKey = this.#layout.encode(key, time, start, this.#sequence);
    this.#write(changelogKey, value, timestamp);
    // A slice of a fetched batch would keep the whole batch in memory: the key in the changelog's is our own.
    const own = changelogKey.subarray(0, key.length);
    const held = own.equals(key) ? own : Buffer.from(key);
    this.#entries.insert({
      id: key.toString('latin1'),
      key: held,
      changelogKey,
      time,
      start,
      value,
      timestamp,
    });
  }

  update(entry: TimedEntry<V>, value: V, timestamp: number): void {
    this.#advance(entry.time, timestamp);
    this.#write(entry.changelogKey, value, timestamp);
    entry.value = value;
    entry.timestamp = timestamp;
  }

  remove(entry: TimedEntry<V>, timestamp: number): void {
    this.#changelog.write(entry.changelogKey, null, timestamp);
    this.#entries.remove(entry);
  }

  restore(changelogKey: Buffer, data: Buffer | null, timestamp: number): void {
    const own = Buffer.from(changelogKey);
    const { key, time, start, sequence } = this.#layout.decode(own);
    const id = key.toString('latin1');
    if (timestamp > this.#streamTime) this.#streamTime = timestamp;
    if (data !== null && time > this.#latest) this.#latest = time;
    if (sequence > this.#sequence) this.#sequence = sequence;
    const known = this.#entries.range(id, time, time).find((entry) => entry.changelogKey.equals(own));
    if (data === null) {
      if (known !== undefined) this.#entries.remove(known);
      return;
    }
    const value = this.#options.value.deserialize(this.#options.changelogTopic, data, []);
    if (known === undefined) {
      this.#entries.insert({ id, key, changelogKey: own, time, start, value, timestamp });
    } else {
      known.value = value;
      known.timestamp = timestamp;
    }
  }

  #write(changelogKey: Buffer, value: V, timestamp: number): void {
    this.#changelog.write(
      changelogKey,
      this.#options.value.serialize(this.#options.changelogTopic, value, []),
      timestamp,
    );
  }

  #advance(time: number, timestamp: number): void {
    if (timestamp > this.#streamTime) this.#streamTime = timestamp;
    if (time > this.#latest) this.#latest = time;
    for (const { changelogKey } of this.#entries.expire(this.earliest)) this.#burials.add(changelogKey);
    this.#burials.work(this.#streamTime);
  }
}
