import type { RetainingOptions } from './in-memory-window-store.js';
import type { Stored, VersionedStore } from './ports.js';
import { insertVersion, latestOf, validities, versionAsOf, type Version } from './versions.js';

/**
 * The values of each key as of a time, back to a limit. A version is valid from its time to that of the next one. The
 * changelog has them as Java's versioned stores do: key, value, and the version's time as the record's.
 */
export class InMemoryVersionedStore<V> implements VersionedStore<V> {
  readonly name: string;
  readonly changes = undefined;
  readonly #options: RetainingOptions<V>;
  /** Oldest first; never empty. */
  readonly #versions = new Map<string, Version<V>[]>();
  #streamTime = -1;

  constructor(options: RetainingOptions<V>) {
    this.name = options.name;
    this.#options = options;
  }

  /** Keys, not versions. */
  get size(): number {
    return this.#versions.size;
  }

  get streamTime(): number {
    return this.#streamTime;
  }

  get(key: Buffer): Stored<V> | undefined {
    return latestOf(this.#versions.get(key.toString('latin1')) ?? []);
  }

  getAsOf(key: Buffer, timestamp: number): Stored<V> | undefined {
    const versions = this.#versions.get(key.toString('latin1')) ?? [];
    return versionAsOf({ versions, earliest: this.#earliest }, timestamp);
  }

  versions(key: Buffer): Iterable<Stored<V> & { readonly validTo: number | undefined }> {
    return validities(this.#versions.get(key.toString('latin1')) ?? []);
  }

  put(key: Buffer, value: V | null, timestamp: number): boolean | undefined {
    if (timestamp < this.#earliest) return undefined;
    const { changelog, changelogTopic, value: serde } = this.#options;
    changelog.write(key, value === null ? null : serde.serialize(changelogTopic, value, []), timestamp);
    return this.#insert(key.toString('latin1'), { from: timestamp, value });
  }

  flush(): void {
    // Nothing is held back: each version is a record of its own in the changelog.
  }

  close(): void {
    // Memory is all it has.
  }

  restore(key: Buffer, data: Buffer | null, timestamp: number): void {
    const { changelogTopic, value: serde } = this.#options;
    const value = data === null ? null : serde.deserialize(changelogTopic, data, []);
    this.#insert(key.toString('latin1'), { from: timestamp, value });
  }

  #insert(id: string, version: Version<V>): boolean {
    if (version.from > this.#streamTime) this.#streamTime = version.from;
    const versions = this.#versions.get(id) ?? [];
    if (versions.length === 0) this.#versions.set(id, versions);
    const isLatest = insertVersion({ versions, earliest: this.#earliest }, version);
    if (versions.length === 0) this.#versions.delete(id);
    return isLatest;
  }

  get #earliest(): number {
    return this.#streamTime - this.#options.retentionMs;
  }
}
