import type { InMemoryWindowOptions } from './in-memory-window-store.js';
import type { StateStore, Stored } from './ports.js';

interface Version<V> {
  readonly from: number;
  readonly value: V | null;
}

/**
 * The values of each key as of a time, back to a limit. A version is valid from its time to that of the next one. The
 * changelog has them as Java's versioned stores do: key, value, and the version's time as the record's.
 */
export class InMemoryVersionedStore<V> implements StateStore {
  readonly name: string;
  readonly #options: InMemoryWindowOptions<V>;
  /** Oldest first; never empty. */
  readonly #versions = new Map<string, Version<V>[]>();
  #streamTime = -1;

  constructor(options: InMemoryWindowOptions<V>) {
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

  /** The latest value. */
  get(key: Buffer): Stored<V> | undefined {
    return present(this.#versions.get(key.toString('latin1'))?.at(-1));
  }

  /** The value that was valid at a time, or `undefined` where there was none or it is too long ago to know. */
  getAsOf(key: Buffer, timestamp: number): Stored<V> | undefined {
    const versions = this.#versions.get(key.toString('latin1')) ?? [];
    if (timestamp < this.#streamTime - this.#options.retentionMs) {
      const latest = versions.at(-1);
      return latest !== undefined && latest.from <= timestamp ? present(latest) : undefined;
    }
    return present(versions.findLast(({ from }) => from <= timestamp));
  }

  /** The values of a key that are kept, latest first; `validTo`, exclusive, is when the next version began. */
  *versions(key: Buffer): Iterable<Stored<V> & { readonly validTo: number | undefined }> {
    const versions = this.#versions.get(key.toString('latin1')) ?? [];
    let validTo: number | undefined;
    for (const { from, value } of versions.toReversed()) {
      if (value !== null) yield { value, timestamp: from, validTo };
      validTo = from;
    }
  }

  /** @returns whether this is the key's latest version now; `undefined` for one too old to be kept */
  put(key: Buffer, value: V | null, timestamp: number): boolean | undefined {
    if (timestamp < this.#streamTime - this.#options.retentionMs) return undefined;
    const { changelog, changelogTopic, value: serde } = this.#options;
    changelog.write(key, value === null ? null : serde.serialize(changelogTopic, value, []), timestamp);
    return this.#insert(key.toString('latin1'), { from: timestamp, value });
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
    let at = versions.length;
    while (at > 0 && (versions[at - 1]?.from ?? 0) > version.from) at -= 1;
    const replaces = at > 0 && versions[at - 1]?.from === version.from;
    if (replaces) versions[at - 1] = version;
    else versions.splice(at, 0, version);
    const isLatest = versions.at(-1) === version;
    // As in Kafka Streams: where nothing was before, the deletion of a version at its very time leaves no trace.
    if (replaces && version.value === null && versions[0] === version) versions.shift();
    this.#forget(versions);
    const [only] = versions;
    const deleted = versions.length === 1 && only?.value === null && this.#isOld(only.from);
    if (versions.length === 0 || deleted) this.#versions.delete(id);
    return isLatest;
  }

  /** Drops what was superseded longer ago than is kept. */
  #forget(versions: Version<V>[]): void {
    let drop = 0;
    while (drop + 1 < versions.length && this.#isOld(versions[drop + 1]?.from ?? 0)) drop += 1;
    if (drop > 0) versions.splice(0, drop);
  }

  #isOld(time: number): boolean {
    return time < this.#streamTime - this.#options.retentionMs;
  }
}

function present<V>(version: Version<V> | undefined): Stored<V> | undefined {
  if (version === undefined || version.value === null) return undefined;
  return { value: version.value, timestamp: version.from };
}
