import { readLong } from '../../serdes/serdes.js';
import type { RetainingOptions } from '../in-memory-window-store.js';
import type { OrderedBytes } from '../ordered-bytes.js';
import type { Stored, VersionedStore } from '../ports.js';
import { insertVersion, latestOf, validities, versionAsOf, type Version } from '../versions.js';
import { longKey, type Persisted, type PersistentStore } from './persistent-store.js';

const ABSENT = Buffer.from([0]);
const PRESENT = Buffer.from([1]);

/** A table of `key | time, 8 bytes → 1 | value`, or `→ 0` for a version that is a deletion. */
export class PersistentVersionedStore<V> implements VersionedStore<V>, PersistentStore {
  readonly name: string;
  readonly type = 'versioned';
  readonly changes = undefined;
  readonly latest = -1;
  readonly #options: RetainingOptions<V>;
  readonly #bytes: OrderedBytes;
  #streamTime: number;

  constructor(options: RetainingOptions<V>, persisted: Persisted) {
    this.name = options.name;
    this.#options = options;
    this.#bytes = persisted.table('');
    this.#streamTime = persisted.streamTime;
  }

  /** Versions, of all keys. */
  get size(): number {
    return this.#bytes.size;
  }

  get streamTime(): number {
    return this.#streamTime;
  }

  get(key: Buffer): Stored<V> | undefined {
    for (const version of this.#latestFirst(key, Number.MAX_SAFE_INTEGER)) return latestOf([version]);
    return undefined;
  }

  getAsOf(key: Buffer, timestamp: number): Stored<V> | undefined {
    const earliest = this.#earliest;
    if (timestamp < earliest) return versionAsOf({ versions: this.#read(key), earliest }, timestamp);
    for (const version of this.#latestFirst(key, timestamp)) return latestOf([version]);
    return undefined;
  }

  versions(key: Buffer): Iterable<Stored<V> & { readonly validTo: number | undefined }> {
    return validities(this.#read(key));
  }

  put(key: Buffer, value: V | null, timestamp: number): boolean | undefined {
    if (timestamp < this.#earliest) return undefined;
    const { changelog, changelogTopic, value: serde } = this.#options;
    this.#bytes.check(idOf(key, 0));
    const data = value === null ? null : serde.serialize(changelogTopic, value, []);
    changelog.write(key, data, timestamp);
    return this.#insert(key, value, data, timestamp);
  }

  flush(): void {
    // Nothing is held back: each version is a record of its own in the changelog.
  }

  restore(key: Buffer, data: Buffer | null, timestamp: number): void {
    const { changelogTopic, value: serde } = this.#options;
    const value = data === null ? null : serde.deserialize(changelogTopic, data, []);
    this.#insert(key, value, data, timestamp);
  }

  clear(): void {
    this.#bytes.clear();
    this.#streamTime = -1;
  }

  close(): void {
    // Nothing is held back.
  }

  get #earliest(): number {
    return this.#streamTime - this.#options.retentionMs;
  }

  #insert(key: Buffer, value: V | null, data: Buffer | null, from: number): boolean {
    if (from > this.#streamTime) this.#streamTime = from;
    const before = this.#read(key);
    const after = [...before];
    const isLatest = insertVersion({ versions: after, earliest: this.#earliest }, { from, value });
    const kept = new Set(after.map((version) => version.from));
    for (const version of before) if (!kept.has(version.from)) this.#bytes.delete(idOf(key, version.from));
    if (kept.has(from)) {
      this.#bytes.put(idOf(key, from), data === null ? ABSENT : Buffer.concat([PRESENT, data]));
    }
    return isLatest;
  }

  #read(key: Buffer): Version<V>[] {
    return [...this.#latestFirst(key, Number.MAX_SAFE_INTEGER)].reverse();
  }

  *#latestFirst(key: Buffer, until: number): Iterable<Version<V>> {
    const { changelogTopic, value: serde } = this.#options;
    const range = {
      from: idOf(key, 0),
      to: Buffer.concat([idOf(key, until), Buffer.alloc(1)]),
      reverse: true,
    };
    for (const [id, data] of this.#bytes.range(range)) {
      // A longer key that begins with this one may lie between.
      if (id.length !== key.length + 8) continue;
      const value = data[0] === 1 ? serde.deserialize(changelogTopic, data.subarray(1), []) : null;
      yield { from: readLong(id, key.length), value };
    }
  }
}

function idOf(key: Buffer, from: number): Buffer {
  return Buffer.concat([key, longKey(from)]);
}
