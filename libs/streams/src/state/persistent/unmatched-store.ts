import { readLong } from '../../serdes/serdes.js';
import type { OrderedBytes } from '../ordered-bytes.js';
import type { ChangelogWriter, Unmatched, UnmatchedStore } from '../ports.js';
import { unmatchedKey, type UnmatchedCodec } from '../unmatched-codec.js';
import type { Persisted, PersistentStore } from './persistent-store.js';

/** A table of what the changelog has. */
export class PersistentUnmatchedStore implements UnmatchedStore, PersistentStore {
  readonly name: string;
  readonly type = 'unmatched';
  readonly changes = undefined;
  readonly latest = -1;
  readonly #codec: UnmatchedCodec;
  readonly #changelog: ChangelogWriter;
  readonly #bytes: OrderedBytes;
  #streamTime: number;

  constructor(
    options: { readonly name: string; readonly codec: UnmatchedCodec; readonly changelog: ChangelogWriter },
    persisted: Persisted,
  ) {
    this.name = options.name;
    this.#codec = options.codec;
    this.#changelog = options.changelog;
    this.#bytes = persisted.table('');
    this.#streamTime = persisted.streamTime;
  }

  get size(): number {
    return this.#bytes.size;
  }

  get streamTime(): number {
    return this.#streamTime;
  }

  add(key: Buffer, timestamp: number, isLeft: boolean, value: unknown): void {
    const storeKey = unmatchedKey(key, timestamp, isLeft);
    this.#bytes.check(storeKey);
    const known = this.#bytes.get(storeKey);
    const values = known === undefined ? [value] : [...this.#codec.decode(known), value];
    const data = this.#codec.encode(isLeft, values);
    this.#changelog.write(storeKey, data, timestamp);
    this.#bytes.put(storeKey, data, known === undefined);
    if (timestamp > this.#streamTime) this.#streamTime = timestamp;
  }

  delete(key: Buffer, timestamp: number, isLeft: boolean): void {
    const storeKey = unmatchedKey(key, timestamp, isLeft);
    if (this.#bytes.get(storeKey) !== undefined) this.#remove(storeKey, timestamp);
  }

  remove({ storeKey, timestamp }: Unmatched): void {
    this.#remove(storeKey, timestamp);
  }

  *all(): Iterable<Unmatched> {
    for (const [storeKey, data] of this.#bytes.range({})) {
      yield {
        id: storeKey.toString('latin1'),
        storeKey,
        key: storeKey.subarray(9),
        timestamp: readLong(storeKey, 0),
        isLeft: storeKey[8] === 1,
        values: this.#codec.decode(data),
      };
    }
  }

  flush(): void {
    // Nothing is held back, as in Kafka Streams' stores of joins.
  }

  restore(given: Buffer, data: Buffer | null, timestamp: number): void {
    if (timestamp > this.#streamTime) this.#streamTime = timestamp;
    const storeKey = Buffer.from(given);
    if (data === null) this.#bytes.delete(storeKey);
    else this.#bytes.put(storeKey, Buffer.from(data));
  }

  clear(): void {
    this.#bytes.clear();
    this.#streamTime = -1;
  }

  close(): void {
    // Nothing is held back.
  }

  #remove(storeKey: Buffer, timestamp: number): void {
    this.#changelog.write(storeKey, null, timestamp);
    this.#bytes.delete(storeKey);
  }
}
