import { readLong } from '../../serdes/serdes.js';
import type { RetainingOptions } from '../in-memory-window-store.js';
import type { OrderedBytes } from '../ordered-bytes.js';
import { PendingChanges, type PendingChange } from '../pending-changes.js';
import type { JoinStore, TimedEntry, TimedStore } from '../ports.js';
import { noteTime, type TimedLayout } from '../timed-layouts.js';
import type { StoreType } from '../../topology/nodes.js';
import {
  decodeStored,
  encodeStored,
  longKey,
  NOTHING,
  withTime,
  type Persisted,
  type PersistentStore,
} from './persistent-store.js';

interface Entry<V> extends TimedEntry<V> {
  /** In the changelog, and on disk. */
  readonly id: Buffer;
  value: V;
  timestamp: number;
}

/** A change that waits, by its entry's key in the changelog. */
interface Waiting<V> {
  readonly id: Buffer;
  readonly time: number;
  /** As it is now; `undefined` where the entry was removed, or has fallen out. */
  now: { readonly value: V; readonly timestamp: number } | undefined;
  removedAt: number | undefined;
}

/** Expired entries deleted along with a change: an entry took one change at least to make. */
const EXPIRED_PER_CHANGE = 4;
const LARGEST_SEQUENCE = 0x7fff_ffff;

/**
 * Two tables: by key and time, as the changelog has it, `key | time | … → timestamp | value`; and by time,
 * `time | key | time | …`, for what closes and expires.
 */
export class PersistentTimedStore<V> implements TimedStore<V>, JoinStore<V>, PersistentStore {
  readonly name: string;
  readonly type: StoreType;
  readonly changes: PendingChanges<Waiting<V>> | undefined;
  readonly #options: RetainingOptions<V>;
  readonly #layout: TimedLayout;
  readonly #bytes: OrderedBytes;
  readonly #byTime: OrderedBytes;
  readonly #waiting = new Map<string, PendingChange<Waiting<V>>>();
  #streamTime: number;
  #latest: number;
  /** No entry's time lies before. */
  #oldest = 0;
  #sequence: number | undefined;

  constructor(type: StoreType, options: RetainingOptions<V>, layout: TimedLayout, persisted: Persisted) {
    this.name = options.name;
    this.type = type;
    this.changes = options.cache && new PendingChanges<Waiting<V>>(options.cache);
    this.#options = options;
    this.#layout = layout;
    this.#bytes = persisted.table('');
    this.#byTime = persisted.table(':time');
    this.#streamTime = persisted.streamTime;
    this.#latest = persisted.latest;
  }

  get size(): number {
    return this.#bytes.size;
  }

  get streamTime(): number {
    return this.#streamTime;
  }

  advance(time: number): void {
    if (time > this.#streamTime) this.#streamTime = time;
  }

  noteTime(): void {
    noteTime(this.#options.changelog, this.#layout, this.#streamTime);
  }

  outdate(time: number): void {
    if (time > this.#latest) this.#latest = time;
  }

  get latest(): number {
    return this.#latest;
  }

  get earliest(): number {
    return this.#latest - this.#options.retentionMs;
  }

  fetch(key: Buffer, from: number, to: number): readonly TimedEntry<V>[] {
    const first = Math.max(from, this.earliest, 0);
    if (first > to) return [];
    const low = Buffer.concat([key, longKey(first)]);
    const high = Buffer.concat([key, longKey(to + 1)]);
    const length = key.length + this.#layout.suffixBytes;
    const found: TimedEntry<V>[] = [];
    for (const [id, encoded] of this.#bytes.range({ from: low, to: high })) {
      // A longer key that begins with this one may lie between.
      if (id.length === length) found.push(this.#entry(id, encoded));
    }
    return found;
  }

  between(from: number, to: number): readonly TimedEntry<V>[] {
    if (this.#oldest > to) return [];
    this.#oldest = this.#firstTime();
    const found: Entry<V>[] = [];
    for (const [at] of this.#byTime.range({ from: longKey(from), to: longKey(to + 1) })) {
      const id = at.subarray(8);
      const encoded = this.#bytes.get(id);
      if (encoded !== undefined) found.push(this.#entry(id, encoded));
    }
    return found.sort((a, b) => a.time - b.time || a.start - b.start || Buffer.compare(a.key, b.key));
  }

  *all(): Iterable<TimedEntry<V>> {
    for (const [id, encoded] of this.#bytes.range({})) yield this.#entry(id, encoded);
  }

  add(key: Buffer, time: number, start: number, value: V, timestamp: number, goOnKey?: unknown): void {
    this.#advance(time, timestamp);
    if (time < this.earliest) return;
    const id = this.#layout.encode(key, time, start, this.#nextSequence());
    this.#bytes.check(id);
    this.#change(id, time, undefined, { value, timestamp }, goOnKey);
    this.#byTime.put(withTime(time, id), NOTHING, true);
    if (time < this.#oldest) this.#oldest = time;
  }

  update(given: TimedEntry<V>, value: V, timestamp: number, goOnKey?: unknown): void {
    const entry = given as Entry<V>;
    this.#advance(entry.time, timestamp);
    this.#change(entry.id, entry.time, entry, { value, timestamp }, goOnKey);
    entry.value = value;
    entry.timestamp = timestamp;
  }

  remove(given: TimedEntry<V>, timestamp: number, goOnKey?: unknown): void {
    const entry = given as Entry<V>;
    const { changes } = this;
    if (changes === undefined) {
      this.#options.changelog.write(entry.id, null, timestamp);
    } else {
      const id = entry.id.toString('latin1');
      const known = this.#waiting.get(id);
      if (known?.before === null) {
        // Nobody has heard of it.
        changes.drop(known);
        this.#waiting.delete(id);
      } else {
        const change = this.#wait(changes, entry.id, entry.time, entry, goOnKey);
        change.entry.now = undefined;
        change.entry.removedAt = timestamp;
      }
    }
    this.#delete(entry.id, entry.time);
  }

  flush(): void {
    this.changes?.flush(
      (change) => this.#write(change),
      ({ now, time }) => now ?? { value: null, timestamp: time },
    );
  }

  restore(given: Buffer, data: Buffer | null, timestamp: number): void {
    const id = Buffer.from(given);
    const { time, sequence } = this.#layout.decode(id);
    if (timestamp > this.#streamTime) this.#streamTime = timestamp;
    if (data === null) {
      this.#delete(id, time);
      return;
    }
    if (time > this.#latest) this.#latest = time;
    if (this.#sequence !== undefined && sequence > this.#sequence) this.#sequence = sequence;
    const isNew = this.#bytes.get(id) === undefined;
    this.#bytes.put(id, encodeStored(data, timestamp), isNew);
    if (isNew) this.#byTime.put(withTime(time, id), NOTHING, true);
    if (time < this.#oldest) this.#oldest = time;
  }

  clear(): void {
    this.close();
    this.#bytes.clear();
    this.#byTime.clear();
    this.#streamTime = -1;
    this.#latest = -1;
    this.#oldest = 0;
    this.#sequence = undefined;
  }

  close(): void {
    this.changes?.close();
    this.#waiting.clear();
  }

  /** The bytes are written at once, so that scans find them; the changelog, where there is a cache, at flush. */
  #change(
    id: Buffer,
    time: number,
    before: Entry<V> | undefined,
    now: { readonly value: V; readonly timestamp: number },
    goOnKey: unknown,
  ): void {
    const { changelog, changelogTopic, value: serde } = this.#options;
    const data = serde.serialize(changelogTopic, now.value, []);
    if (this.changes === undefined) {
      changelog.write(id, data, now.timestamp);
    } else {
      this.#wait(this.changes, id, time, before, goOnKey).entry.now = now;
      this.changes.wrote(data.length);
    }
    this.#bytes.put(id, encodeStored(data, now.timestamp), before === undefined);
  }

  #wait(
    changes: PendingChanges<Waiting<V>>,
    id: Buffer,
    time: number,
    before: Entry<V> | undefined,
    goOnKey: unknown,
  ): PendingChange<Waiting<V>> {
    const name = id.toString('latin1');
    const known = this.#waiting.get(name);
    if (known !== undefined) {
      changes.hits += 1;
      changes.again(known, goOnKey);
      return known;
    }
    changes.misses += 1;
    const waiting = { id, time, now: undefined, removedAt: undefined };
    const change = changes.add(waiting, goOnKey, id.length, before?.value ?? null, before?.timestamp ?? -1);
    this.#waiting.set(name, change);
    return change;
  }

  /** @returns whether it is to go on */
  #write(change: PendingChange<Waiting<V>>): boolean {
    const { id, time, now, removedAt } = change.entry;
    const { changelog, changelogTopic, value: serde } = this.#options;
    this.#waiting.delete(id.toString('latin1'));
    if (removedAt !== undefined) {
      changelog.write(id, null, removedAt);
      return true;
    }
    // Where it has fallen out since, its tombstone is written.
    if (now === undefined || this.#bytes.get(id) === undefined) return true;
    try {
      changelog.write(id, serde.serialize(changelogTopic, now.value, []), now.timestamp);
    } catch (error) {
      // What is not in the changelog must not be in the store.
      if (change.before === null) {
        this.#delete(id, time);
      } else {
        const data = serde.serialize(changelogTopic, change.before as V, []);
        this.#bytes.put(id, encodeStored(data, change.beforeTimestamp), false);
      }
      throw error;
    }
    return true;
  }

  #entry(id: Buffer, encoded: Buffer): Entry<V> {
    const { key, time, start } = this.#layout.decode(id);
    const { value, changelogTopic } = this.#options;
    return { id, key, time, start, ...decodeStored(encoded, value, changelogTopic) };
  }

  #advance(time: number, timestamp: number): void {
    if (timestamp > this.#streamTime) this.#streamTime = timestamp;
    if (time > this.#latest) this.#latest = time;
    const { earliest } = this;
    if (this.#oldest >= earliest) return;
    const expired: Buffer[] = [];
    for (const [at] of this.#byTime.range({ to: longKey(earliest) })) {
      expired.push(at);
      if (expired.length === EXPIRED_PER_CHANGE) break;
    }
    for (const at of expired) {
      const id = at.subarray(8);
      if (this.#waiting.get(id.toString('latin1'))?.before !== null) {
        this.#options.changelog.write(id, null, this.#streamTime);
      }
      this.#delete(id, readLong(at, 0));
    }
    if (expired.length < EXPIRED_PER_CHANGE) this.#oldest = this.#firstTime();
  }

  #delete(id: Buffer, time: number): void {
    this.#bytes.delete(id);
    this.#byTime.delete(withTime(time, id));
  }

  /** Above those of all entries, so that those of one key and time stay in order. */
  #nextSequence(): number {
    if (!this.#layout.isSequenced) return 0;
    if (this.#sequence === undefined) {
      this.#sequence = 0;
      for (const [id] of this.#bytes.range({})) {
        this.#sequence = Math.max(this.#sequence, this.#layout.decode(id).sequence);
      }
    }
    this.#sequence = (this.#sequence + 1) & LARGEST_SEQUENCE;
    return this.#sequence;
  }

  #firstTime(): number {
    for (const [at] of this.#byTime.range({})) return readLong(at, 0);
    return Number.POSITIVE_INFINITY;
  }
}
