import { Expiry } from '../expiry.js';
import type { KeyValueOptions } from '../in-memory-key-value-store.js';
import type { ChangeCache } from '../pending-changes.js';
import type { KeyValueStore, Stored } from '../ports.js';
import { Entries } from './entries.js';
import type { Persisted, PersistentStore } from './persistent-store.js';

/** A table of `key → timestamp | value`. */
export class PersistentKeyValueStore<V> implements KeyValueStore<V>, PersistentStore {
  readonly name: string;
  readonly type = 'key-value';
  readonly latest = -1;
  readonly #options: KeyValueOptions<V>;
  readonly #entries: Entries<V>;
  readonly #expiry: Expiry | undefined;
  #expiryFilled = false;
  #streamTime: number;

  constructor(options: KeyValueOptions<V>, persisted: Persisted) {
    this.name = options.name;
    this.#options = options;
    this.#entries = new Entries(options, persisted.table(''));
    this.#expiry = options.ttlMs === undefined ? undefined : new Expiry(options.ttlMs);
    this.#streamTime = persisted.streamTime;
  }

  get changes(): ChangeCache | undefined {
    return this.#entries.changes;
  }

  get size(): number {
    return this.#entries.size;
  }

  get streamTime(): number {
    return this.#streamTime;
  }

  get(key: Buffer): Stored<V> | undefined {
    const stored = this.#entries.get(key);
    return stored === undefined || this.#isOver(stored) ? undefined : stored;
  }

  put(key: Buffer, value: V, timestamp: number, goOnKey?: unknown): void {
    this.#advance(timestamp);
    this.#entries.put(key, value, timestamp, goOnKey);
    this.#expiry?.add(key, timestamp);
  }

  delete(key: Buffer, timestamp: number, goOnKey?: unknown): void {
    this.#advance(timestamp);
    this.#entries.delete(key, timestamp, goOnKey);
  }

  flush(): void {
    if (this.#expiry !== undefined) this.#expire(this.#expiry);
    this.#entries.flush();
  }

  restore(key: Buffer, value: Buffer | null, timestamp: number): void {
    this.#advance(timestamp);
    this.#entries.restore(key, value, timestamp);
    if (value !== null) this.#expiry?.add(key, timestamp);
  }

  all(): Iterable<readonly [key: Buffer, stored: Stored<V>]> {
    return this.#scan(Buffer.alloc(0), undefined);
  }

  range(
    from: Buffer | undefined,
    to: Buffer | undefined,
  ): Iterable<readonly [key: Buffer, stored: Stored<V>]> {
    // The least above `to`, which is in the range itself.
    return this.#scan(from ?? Buffer.alloc(0), to && Buffer.concat([to, Buffer.alloc(1)]));
  }

  prefix(prefix: Buffer): Iterable<readonly [key: Buffer, stored: Stored<V>]> {
    return this.#scan(prefix, endOf(prefix));
  }

  clear(): void {
    this.#entries.clear();
    this.#streamTime = -1;
  }

  close(): void {
    this.#entries.close();
  }

  *#scan(from: Buffer, to: Buffer | undefined): Iterable<readonly [key: Buffer, stored: Stored<V>]> {
    for (const entry of this.#entries.range(from, to)) if (!this.#isOver(entry[1])) yield entry;
  }

  #isOver({ timestamp }: Stored<V>): boolean {
    return this.#expiry?.isOver(timestamp, this.#streamTime) === true;
  }

  /** Deletes what has outlived its time. */
  #expire(expiry: Expiry): void {
    if (!this.#expiryFilled) {
      // What was on disk when it was opened.
      this.#expiryFilled = true;
      for (const [key, { timestamp }] of this.#entries.range(Buffer.alloc(0), undefined))
        expiry.add(key, timestamp);
    }
    for (const key of expiry.take(this.#streamTime)) {
      const stored = this.#entries.get(key);
      if (stored === undefined || !expiry.isOver(stored.timestamp, this.#streamTime)) continue;
      const goOnKey = this.#options.key.deserialize(this.#options.changelogTopic, key, []);
      this.#entries.delete(key, expiry.endOf(stored.timestamp), goOnKey);
    }
  }

  #advance(timestamp: number): void {
    if (timestamp > this.#streamTime) this.#streamTime = timestamp;
  }
}

/** The least above all that begin with these bytes; absent where there is none. */
function endOf(prefix: Buffer): Buffer | undefined {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 0xff) length -= 1;
  if (length === 0) return undefined;
  const end = Buffer.from(prefix.subarray(0, length));
  end[length - 1] = (end[length - 1] ?? 0) + 1;
  return end;
}
