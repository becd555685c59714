import { keyId } from '../key-id.js';
import type { StoreOptions } from '../in-memory-key-value-store.js';
import type { OrderedBytes } from '../ordered-bytes.js';
import { PendingChanges, type PendingChange } from '../pending-changes.js';
import type { Stored } from '../ports.js';
import { decodeStored, encodeStored } from './persistent-store.js';

export interface Entry<V> extends Stored<V> {
  /** In the changelog, and on disk. */
  readonly key: Buffer;
  value: V;
  timestamp: number;
  deleted: boolean;
  /** Looked at since it was last passed over for eviction. */
  used: boolean;
  /** What it counts as in the cache. */
  readonly bytes: number;
  pending: PendingChange<Entry<V>> | undefined;
}

/** Entries passed over for each new one, to find one that may be evicted. */
const EVICTION_STEPS = 8;

/**
 * Entries by their key in the changelog, on disk; where the store is cached, those lately used are held as objects, and
 * changes of them are not written, nor made bytes of, before {@link flush}.
 */
export class Entries<V> {
  readonly changes: PendingChanges<Entry<V>> | undefined;
  readonly #options: StoreOptions<V>;
  readonly #bytes: OrderedBytes;
  readonly #held = new Map<string, Entry<V>>();
  /** Where the search for what to evict goes on: it goes round, so that no entry is passed over twice in a row. */
  #hand = this.#held.entries();
  #size: number;

  constructor(options: StoreOptions<V>, bytes: OrderedBytes) {
    this.changes = options.cache && new PendingChanges<Entry<V>>(options.cache);
    this.#options = options;
    this.#bytes = bytes;
    this.#size = bytes.size;
  }

  get size(): number {
    return this.#size;
  }

  get(key: Buffer): Stored<V> | undefined {
    if (this.changes === undefined) return this.#read(key);
    const entry = this.#hold(this.changes, key);
    return entry === undefined || entry.deleted ? undefined : entry;
  }

  /** @returns whether the entry is new */
  put(key: Buffer, value: V, timestamp: number, goOnKey?: unknown): boolean {
    const { changes } = this;
    if (changes === undefined) {
      const { changelogTopic, changelog, value: serde } = this.#options;
      const data = serde.serialize(changelogTopic, value, []);
      const isNew = this.#bytes.get(key) === undefined;
      const encoded = encodeStored(data, timestamp);
      this.#bytes.check(key);
      // First, because it may refuse: what is not in the changelog must not be in the store.
      changelog.write(key, data, timestamp);
      this.#bytes.put(Buffer.from(key), encoded, isNew);
      if (isNew) this.#size += 1;
      return isNew;
    }
    const known = this.#hold(changes, key);
    if (known === undefined) this.#bytes.check(key);
    const entry = known ?? this.#add(changes, { key: Buffer.from(key), value, timestamp });
    const isNew = known === undefined || known.deleted;
    this.#wait(changes, entry, known, goOnKey);
    entry.deleted = false;
    entry.value = value;
    entry.timestamp = timestamp;
    if (isNew) this.#size += 1;
    return isNew;
  }

  /** @returns whether it was there */
  delete(key: Buffer, timestamp: number, goOnKey?: unknown): boolean {
    const { changes } = this;
    if (changes === undefined) {
      if (this.#bytes.get(key) === undefined) return false;
      this.#options.changelog.write(key, null, timestamp);
      this.#bytes.delete(key);
      this.#size -= 1;
      return true;
    }
    const entry = this.#hold(changes, key);
    if (entry === undefined || entry.deleted) return false;
    this.#wait(changes, entry, entry, goOnKey);
    entry.deleted = true;
    entry.timestamp = timestamp;
    this.#size -= 1;
    return true;
  }

  /** Takes an entry away that has fallen out of the store: its change still goes on, but is not written. */
  expire(key: Buffer, timestamp: number): void {
    const id = keyId(key);
    const entry = this.#held.get(id);
    if (entry?.deleted !== true) this.#size -= 1;
    if (entry !== undefined) this.#letGo(id);
    // What the changelog has not heard of needs no tombstone.
    if (entry?.pending?.before !== null) this.#options.changelog.write(key, null, timestamp);
    this.#bytes.delete(key);
  }

  /** Without the changelog: `null` deletes. @returns whether the entry is new, or was there */
  restore(key: Buffer, data: Buffer | null, timestamp: number): boolean {
    this.#letGo(keyId(key));
    const known = this.#bytes.get(key) !== undefined;
    if (data === null) {
      this.#bytes.delete(key);
      if (known) this.#size -= 1;
      return known;
    }
    if (!known) this.#size += 1;
    this.#bytes.put(Buffer.from(key), encodeStored(data, timestamp), !known);
    return !known;
  }

  flush(): void {
    this.changes?.flush(
      (change) => this.#write(change),
      (entry) => ({ value: entry.deleted ? null : entry.value, timestamp: entry.timestamp }),
    );
  }

  /** Entries in byte order of their keys, changes that wait among them. */
  *range(from: Buffer, to: Buffer | undefined): Iterable<readonly [key: Buffer, stored: Stored<V>]> {
    const { value, changelogTopic } = this.#options;
    this.#settle();
    for (const [key, encoded] of this.#bytes.range({ from, ...(to === undefined ? {} : { to }) })) {
      yield [key, decodeStored(encoded, value, changelogTopic)];
    }
  }

  clear(): void {
    this.close();
    this.#bytes.clear();
    this.#size = 0;
  }

  close(): void {
    this.changes?.close();
    for (const { bytes } of this.#held.values()) this.changes?.release(bytes);
    this.#held.clear();
  }

  #read(key: Buffer): Stored<V> | undefined {
    const encoded = this.#bytes.get(key);
    const { value, changelogTopic } = this.#options;
    return encoded && decodeStored(encoded, value, changelogTopic);
  }

  /** The entry as an object that stays until it is evicted. */
  #hold(changes: PendingChanges<Entry<V>>, key: Buffer): Entry<V> | undefined {
    const held = this.#held.get(keyId(key));
    if (held !== undefined) {
      changes.hits += 1;
      held.used = true;
      return held;
    }
    changes.misses += 1;
    const stored = this.#read(key);
    return stored && this.#add(changes, { key: Buffer.from(key), ...stored });
  }

  #add(
    changes: PendingChanges<Entry<V>>,
    { key, value, timestamp }: Pick<Entry<V>, 'key' | 'value' | 'timestamp'>,
  ): Entry<V> {
    // Before: what is about to be changed must not be let go of.
    if (changes.isFull) this.#evict(changes);
    const bytes = changes.keep(key.length);
    const entry: Entry<V> = { key, value, timestamp, bytes, deleted: false, used: true, pending: undefined };
    this.#held.set(keyId(key), entry);
    return entry;
  }

  /** Lets go of what has not been used since it was last passed over; of what waits, nothing. */
  #evict(changes: PendingChanges<Entry<V>>): void {
    for (let steps = 0; steps < EVICTION_STEPS && changes.isFull; steps += 1) {
      const next = this.#hand.next();
      if (next.done === true) {
        this.#hand = this.#held.entries();
        continue;
      }
      const [id, entry] = next.value;
      if (entry.pending !== undefined) continue;
      if (entry.used) {
        entry.used = false;
      } else {
        this.#held.delete(id);
        changes.release(entry.bytes);
      }
    }
  }

  #letGo(id: string): void {
    const entry = this.#held.get(id);
    if (entry === undefined) return;
    this.#held.delete(id);
    this.changes?.release(entry.bytes);
  }

  #wait(
    changes: PendingChanges<Entry<V>>,
    entry: Entry<V>,
    known: Entry<V> | undefined,
    goOnKey: unknown,
  ): void {
    if (entry.pending !== undefined) {
      changes.again(entry.pending, goOnKey);
    } else {
      const before = known === undefined ? null : known.value;
      entry.pending = changes.add(entry, goOnKey, entry.key.length, before, entry.timestamp);
    }
  }

  /** Makes bytes of what waits, for a scan: what is flushed later writes the same again. */
  #settle(): void {
    const { changes } = this;
    if (changes === undefined) return;
    const { value: serde, changelogTopic } = this.#options;
    for (const { entry } of changes.waiting()) {
      const { key, value, timestamp, deleted } = entry;
      if (deleted) this.#bytes.delete(key);
      else if (this.#isHeld(entry))
        this.#bytes.put(key, encodeStored(serde.serialize(changelogTopic, value, []), timestamp));
    }
  }

  /** @returns whether it is to go on */
  #write(change: PendingChange<Entry<V>>): boolean {
    const { entry, before } = change;
    const { key, timestamp } = entry;
    const { changelog, changelogTopic, value: serde } = this.#options;
    entry.pending = undefined;
    // It has fallen out of the store since, with a tombstone.
    if (!this.#isHeld(entry)) return true;
    if (entry.deleted) {
      this.#letGo(keyId(key));
      this.#bytes.delete(key);
      if (before === null) return false;
      changelog.write(key, null, timestamp);
      return true;
    }
    try {
      const data = serde.serialize(changelogTopic, entry.value, []);
      changelog.write(key, data, timestamp);
      this.#bytes.put(key, encodeStored(data, timestamp), before === null ? undefined : false);
      this.changes?.wrote(data.length);
    } catch (error) {
      // What is not in the changelog must not be in the store: what was before is what the disk has.
      this.#letGo(keyId(key));
      this.#undo(change);
      throw error;
    }
    return true;
  }

  /** A scan may have made bytes of it. */
  #undo({ entry: { key }, before, beforeTimestamp }: PendingChange<Entry<V>>): void {
    if (before === null) {
      this.#bytes.delete(key);
      this.#size -= 1;
    } else {
      const { changelogTopic, value } = this.#options;
      const data = value.serialize(changelogTopic, before as V, []);
      this.#bytes.put(key, encodeStored(data, beforeTimestamp));
    }
  }

  #isHeld(entry: Entry<V>): boolean {
    return this.#held.get(keyId(entry.key)) === entry;
  }
}
