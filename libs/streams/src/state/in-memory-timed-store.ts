import { keyId } from './key-id.js';
import type { RetainingOptions } from './in-memory-window-store.js';
import { Burials } from './burials.js';
import { PendingChanges, type PendingChange } from './pending-changes.js';
import type { ChangelogWriter, TimedEntry, TimedStore } from './ports.js';
import { Timeline } from './timeline.js';
import { noteTime, type TimedLayout } from './timed-layouts.js';

/**
 * There may be hundreds of thousands: the key is its {@link keyId}, which those of one key share, instead of bytes, and
 * what it is called in the changelog is made when it is needed.
 */
class Entry<V> implements TimedEntry<V> {
  readonly id: string;
  readonly time: number;
  readonly start: number;
  value: V;
  timestamp: number;
  /** Taken out of the store, or fallen out of it. */
  gone: 'no' | 'removed' | 'expired' = 'no';
  pending: PendingChange<Entry<V>> | undefined = undefined;

  constructor(id: string, time: number, start: number, value: V, timestamp: number) {
    this.id = id;
    this.time = time;
    this.start = start;
    this.value = value;
    this.timestamp = timestamp;
  }

  get key(): Buffer {
    return Buffer.from(this.id, 'latin1');
  }
}

/** Sessions and sliding windows: for each key a list of its entries. */
export class InMemoryTimedStore<V> implements TimedStore<V> {
  readonly name: string;
  readonly changes: PendingChanges<Entry<V>> | undefined;
  readonly #retentionMs: number;
  readonly #options: RetainingOptions<V>;
  readonly #layout: TimedLayout;
  readonly #changelog: ChangelogWriter;
  readonly #entries: Timeline<Entry<V>>;
  readonly #burials: Burials<Entry<V>>;
  #streamTime = -1;
  /** The latest time of any entry, as opposed to the records'. */
  #latest = -1;

  constructor(options: RetainingOptions<V>, layout: TimedLayout) {
    this.name = options.name;
    this.changes = options.cache && new PendingChanges(options.cache);
    this.#retentionMs = options.retentionMs;
    this.#options = options;
    this.#layout = layout;
    this.#changelog = options.changelog;
    this.#entries = new Timeline(options.retentionMs);
    this.#burials = new Burials(options.changelog, (entry) => this.#changelogKey(entry));
  }

  get size(): number {
    return this.#entries.size;
  }

  get streamTime(): number {
    return this.#streamTime;
  }

  advance(time: number): void {
    if (time > this.#streamTime) this.#streamTime = time;
  }

  noteTime(): void {
    noteTime(this.#changelog, this.#layout, this.#streamTime);
  }

  get latest(): number {
    return this.#latest;
  }

  get earliest(): number {
    return this.#latest - this.#retentionMs;
  }

  fetch(key: Buffer, from: number, to: number): readonly TimedEntry<V>[] {
    return this.#entries.range(keyId(key), Math.max(from, this.earliest), to);
  }

  between(from: number, to: number): readonly TimedEntry<V>[] {
    return [...this.#entries.between(from, to)].sort(
      (a, b) => a.time - b.time || a.start - b.start || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
    );
  }

  all(): Iterable<TimedEntry<V>> {
    return this.#entries.all();
  }

  add(key: Buffer, time: number, start: number, value: V, timestamp: number, goOnKey?: unknown): void {
    this.#advance(time, timestamp);
    if (time < this.earliest) return;
    const { changes } = this;
    if (changes === undefined) this.#write(this.#layout.encode(key, time, start, 0), value, timestamp);
    const id = this.#entries.shared(keyId(key));
    const entry = new Entry(id, time, start, value, timestamp);
    if (changes !== undefined) entry.pending = this.#add(changes, entry, goOnKey, null, timestamp);
    this.#entries.insert(entry);
  }

  update(given: TimedEntry<V>, value: V, timestamp: number, goOnKey?: unknown): void {
    const entry = given as Entry<V>;
    this.#advance(entry.time, timestamp);
    if (this.changes === undefined) this.#write(this.#changelogKey(entry), value, timestamp);
    else this.#wait(this.changes, entry, goOnKey);
    entry.value = value;
    entry.timestamp = timestamp;
  }

  remove(given: TimedEntry<V>, timestamp: number, goOnKey?: unknown): void {
    const entry = given as Entry<V>;
    const { changes } = this;
    if (changes === undefined) {
      this.#changelog.write(this.#changelogKey(entry), null, timestamp);
    } else if (entry.pending?.before === null) {
      // Nobody has heard of it.
      changes.drop(entry.pending);
      entry.pending = undefined;
    } else {
      this.#wait(changes, entry, goOnKey);
      entry.timestamp = timestamp;
    }
    this.#entries.remove(entry);
    entry.gone = 'removed';
  }

  flush(): void {
    this.changes?.flush(
      (change) => this.#flush(change),
      ({ gone, value, timestamp, time }) =>
        gone === 'removed' ? { value: null, timestamp: time } : { value, timestamp },
    );
  }

  close(): void {
    this.changes?.close();
  }

  restore(changelogKey: Buffer, data: Buffer | null, timestamp: number): void {
    const { key, time, start } = this.#layout.decode(changelogKey);
    const id = this.#entries.shared(keyId(key));
    if (timestamp > this.#streamTime) this.#streamTime = timestamp;
    if (data !== null && time > this.#latest) this.#latest = time;
    const known = this.#entries.range(id, time, time).find((entry) => entry.start === start);
    if (data === null) {
      if (known !== undefined) this.#entries.remove(known);
      return;
    }
    const value = this.#options.value.deserialize(this.#options.changelogTopic, data, []);
    if (known === undefined) {
      this.#entries.insert(new Entry(id, time, start, value, timestamp));
    } else {
      known.value = value;
      known.timestamp = timestamp;
    }
  }

  /** Holds an entry's change back, which is about to happen. */
  #wait(changes: PendingChanges<Entry<V>>, entry: Entry<V>, goOnKey: unknown): void {
    if (entry.pending === undefined) {
      entry.pending = this.#add(changes, entry, goOnKey, entry.value, entry.timestamp);
    } else {
      changes.again(entry.pending, goOnKey);
    }
  }

  #add(
    changes: PendingChanges<Entry<V>>,
    entry: Entry<V>,
    goOnKey: unknown,
    before: V | null,
    timestamp: number,
  ): PendingChange<Entry<V>> {
    return changes.add(entry, goOnKey, entry.id.length + this.#layout.suffixBytes, before, timestamp);
  }

  #changelogKey({ key, time, start }: Entry<V>): Buffer {
    return this.#layout.encode(key, time, start, 0);
  }

  /** @returns whether it is to go on */
  #flush(change: PendingChange<Entry<V>>): boolean {
    const { entry, before } = change;
    entry.pending = undefined;
    switch (entry.gone) {
      case 'removed':
        this.#changelog.write(this.#changelogKey(entry), null, entry.timestamp);
        return true;
      case 'expired':
        // It was there when it was changed; its tombstone is written or on its way.
        return true;
      case 'no':
        try {
          const written = this.#write(this.#changelogKey(entry), entry.value, entry.timestamp);
          this.changes?.wrote(written);
        } catch (error) {
          // What is not in the changelog must not be in the store.
          if (before === null) {
            this.#entries.remove(entry);
          } else {
            entry.value = before as V;
            entry.timestamp = change.beforeTimestamp;
          }
          throw error;
        }
        return true;
    }
  }

  /** @returns the size of the value. Bytes */
  #write(changelogKey: Buffer, value: V, timestamp: number): number {
    const data = this.#options.value.serialize(this.#options.changelogTopic, value, []);
    this.#changelog.write(changelogKey, data, timestamp);
    return data.length;
  }

  #advance(time: number, timestamp: number): void {
    if (timestamp > this.#streamTime) this.#streamTime = timestamp;
    if (time > this.#latest) this.#latest = time;
    for (const entry of this.#entries.expire(this.earliest)) {
      entry.gone = 'expired';
      if (entry.pending?.before !== null) this.#burials.add(entry);
    }
    this.#burials.work(this.#streamTime);
  }
}
