import { keyId } from './key-id.js';
import type { Serde } from '../serde.js';
import { Expiry } from './expiry.js';
import { endOfPrefix, OrderedKeys } from './ordered-keys.js';
import { PendingChanges, type Cache, type PendingChange } from './pending-changes.js';
import type { ChangelogWriter, KeyValueStore, Stored } from './ports.js';

interface Entry<V> extends Stored<V> {
  readonly key: Buffer;
  value: V;
  timestamp: number;
  /** Not there any more, but the changelog does not know. */
  deleted: boolean;
  pending: PendingChange<Entry<V>> | undefined;
}

/** Options of the stores. */
export interface StoreOptions<V> {
  readonly name: string;
  readonly value: Serde<V>;
  /** The topic's name is what the value serde is told. */
  readonly changelogTopic: string;
  readonly changelog: ChangelogWriter;
  /** For changes to wait for the next flush; absent where each is written at once. */
  readonly cache: Cache | undefined;
}

export interface KeyValueOptions<V> extends StoreOptions<V> {
  readonly key: Serde<unknown>;
  /** How long an entry is kept after its time; absent: for ever. Milliseconds of stream time. */
  readonly ttlMs?: number | undefined;
}

/** Keys looked up at once in a scan. */
const PORTION = 256;

/** A hash map. Keys are held as Latin-1 strings of their bytes, whose order is the bytes' order. */
export class InMemoryKeyValueStore<V> implements KeyValueStore<V> {
  readonly name: string;
  readonly changes: PendingChanges<Entry<V>> | undefined;
  readonly #options: KeyValueOptions<V>;
  readonly #changelog: ChangelogWriter;
  readonly #entries = new Map<string, Entry<V>>();
  readonly #expiry: Expiry | undefined;
  /** Made when it is first asked for: a store that is never scanned pays nothing. */
  #ordered: OrderedKeys | undefined;
  #streamTime = -1;
  #deleted = 0;
  /** What was last looked up: mostly, it is what is changed next. */
  #lastKey: Buffer | undefined;
  #last: Entry<V> | undefined;

  constructor(options: KeyValueOptions<V>) {
    this.name = options.name;
    this.changes = options.cache && new PendingChanges(options.cache);
    this.#options = options;
    this.#changelog = options.changelog;
    this.#expiry = options.ttlMs === undefined ? undefined : new Expiry(options.ttlMs);
  }

  get size(): number {
    return this.#entries.size - this.#deleted;
  }

  get streamTime(): number {
    return this.#streamTime;
  }

  get(key: Buffer): Stored<V> | undefined {
    const entry = this.#entries.get(keyId(key));
    this.#lastKey = key;
    this.#last = entry;
    const { changes } = this;
    if (changes !== undefined) {
      if (entry?.pending === undefined) changes.misses += 1;
      else changes.hits += 1;
    }
    return entry === undefined || this.#isGone(entry) ? undefined : entry;
  }

  put(key: Buffer, value: V, timestamp: number, goOnKey?: unknown): void {
    if (timestamp > this.#streamTime) this.#streamTime = timestamp;
    const known = this.#find(key);
    if (this.changes === undefined) {
      const data = this.#serialize(value);
      // First, because it may refuse: what is not in the changelog must not be in the store.
      this.#changelog.write(key, data, timestamp);
    }
    const entry = known ?? this.#insert(key, value, timestamp);
    if (this.changes !== undefined) this.#wait(this.changes, entry, known, goOnKey);
    if (entry.deleted) {
      entry.deleted = false;
      this.#deleted -= 1;
      this.#ordered?.add(keyId(entry.key));
    }
    entry.value = value;
    entry.timestamp = timestamp;
    this.#expiry?.add(entry.key, timestamp);
  }

  delete(key: Buffer, timestamp: number, goOnKey?: unknown): void {
    if (timestamp > this.#streamTime) this.#streamTime = timestamp;
    const entry = this.#find(key);
    if (entry !== undefined && !entry.deleted) this.#delete(entry, timestamp, goOnKey);
  }

  flush(): void {
    const { changes } = this;
    if (this.#expiry !== undefined) this.#expire(this.#expiry);
    changes?.flush(
      (change) => this.#write(change),
      (entry) => ({ value: entry.deleted ? null : entry.value, timestamp: entry.timestamp }),
    );
  }

  close(): void {
    this.changes?.close();
  }

  restore(key: Buffer, value: Buffer | null, timestamp: number): void {
    if (timestamp > this.#streamTime) this.#streamTime = timestamp;
    const id = keyId(key);
    const known = this.#entries.get(id);
    if (value === null) {
      if (known !== undefined) this.#remove(id);
      return;
    }
    const decoded = this.#options.value.deserialize(this.#options.changelogTopic, value, []);
    const entry = known ?? this.#insert(key, decoded, timestamp);
    entry.value = decoded;
    entry.timestamp = timestamp;
    this.#expiry?.add(entry.key, timestamp);
  }

  all(): Iterable<readonly [key: Buffer, stored: Stored<V>]> {
    return this.#scan('', undefined);
  }

  range(from: Buffer, to?: Buffer): Iterable<readonly [key: Buffer, stored: Stored<V>]> {
    // The least above `to`, which is in the range itself.
    return this.#scan(from.toString('latin1'), to && `${to.toString('latin1')}\0`);
  }

  prefix(prefix: Buffer): Iterable<readonly [key: Buffer, stored: Stored<V>]> {
    const text = prefix.toString('latin1');
    return this.#scan(text, endOfPrefix(text));
  }

  *#scan(from: string, to: string | undefined): Iterable<readonly [key: Buffer, stored: Stored<V>]> {
    this.#ordered ??= new OrderedKeys(
      [...this.#entries].flatMap(([id, { deleted }]) => (deleted ? [] : [id])),
    );
    // In portions: who looks at the first few of millions pays for these.
    for (let ids = this.#ordered.range(from, to, PORTION); ids.length > 0;) {
      for (const id of ids) {
        const entry = this.#entries.get(id);
        if (entry !== undefined && !this.#isGone(entry)) yield [entry.key, entry];
      }
      if (ids.length < PORTION) return;
      ids = this.#ordered.range(`${ids.at(-1) ?? ''}\0`, to, PORTION);
    }
  }

  #isGone(entry: Entry<V>): boolean {
    return entry.deleted || this.#expiry?.isOver(entry.timestamp, this.#streamTime) === true;
  }

  #find(key: Buffer): Entry<V> | undefined {
    return key === this.#lastKey ? this.#last : this.#entries.get(keyId(key));
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
    } else {
      const before = known === undefined ? null : known.value;
      entry.pending = changes.add(entry, goOnKey, entry.key.length, before, entry.timestamp);
    }
  }

  /** @returns whether it is to go on */
  #write(change: PendingChange<Entry<V>>): boolean {
    const { entry, before } = change;
    entry.pending = undefined;
    const { key, timestamp } = entry;
    if (entry.deleted) {
      this.#remove(keyId(key));
      this.#deleted -= 1;
      // What nobody has heard of is not there any more: no news.
      if (before === null) return false;
      this.#changelog.write(key, null, timestamp);
      return true;
    }
    try {
      const data = this.#serialize(entry.value);
      this.#changelog.write(key, data, timestamp);
      this.changes?.wrote(data.length);
    } catch (error) {
      // What is not in the changelog must not be in the store.
      if (before === null) {
        this.#remove(keyId(key));
      } else {
        entry.value = before as V;
        entry.timestamp = change.beforeTimestamp;
      }
      throw error;
    }
    return true;
  }

  #delete(entry: Entry<V>, timestamp: number, goOnKey: unknown): void {
    const { changes } = this;
    if (changes === undefined) {
      this.#changelog.write(entry.key, null, timestamp);
      this.#remove(keyId(entry.key));
      return;
    }
    this.#wait(changes, entry, entry, goOnKey);
    entry.deleted = true;
    entry.timestamp = timestamp;
    this.#deleted += 1;
    this.#ordered?.delete(keyId(entry.key));
  }

  /** Deletes what has outlived its time. */
  #expire(expiry: Expiry): void {
    for (const key of expiry.take(this.#streamTime)) {
      const entry = this.#entries.get(keyId(key));
      if (entry === undefined || entry.deleted) continue;
      if (!expiry.isOver(entry.timestamp, this.#streamTime)) continue;
      const goOnKey = this.#options.key.deserialize(this.#options.changelogTopic, entry.key, []);
      this.#delete(entry, expiry.endOf(entry.timestamp), goOnKey);
    }
  }

  #insert(key: Buffer, value: V, timestamp: number): Entry<V> {
    const id = keyId(key);
    // A slice of a fetched batch would keep the whole batch in memory.
    const own = Buffer.from(key);
    const entry: Entry<V> = { key: own, value, timestamp, deleted: false, pending: undefined };
    this.#entries.set(id, entry);
    this.#ordered?.add(id);
    if (key === this.#lastKey) this.#last = entry;
    else this.#lastKey = undefined;
    return entry;
  }

  #remove(id: string): void {
    this.#ordered?.delete(id);
    this.#entries.delete(id);
    this.#lastKey = undefined;
  }

  #serialize(value: V): Buffer {
    return this.#options.value.serialize(this.#options.changelogTopic, value, []);
  }
}
