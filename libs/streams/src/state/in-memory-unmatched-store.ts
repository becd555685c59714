import { readLong } from '../serdes/serdes.js';
import type { ChangelogWriter, Unmatched, UnmatchedStore } from './ports.js';
import { OrderedKeys } from './ordered-keys.js';
import { unmatchedKey, type UnmatchedCodec } from './unmatched-codec.js';

interface Entry extends Unmatched {
  readonly values: unknown[];
}

export class InMemoryUnmatchedStore implements UnmatchedStore {
  readonly name: string;
  readonly changes = undefined;
  readonly #codec: UnmatchedCodec;
  readonly #changelog: ChangelogWriter;
  readonly #entries = new Map<string, Entry>();
  readonly #order = new OrderedKeys([]);
  #streamTime = -1;

  constructor(options: {
    readonly name: string;
    readonly codec: UnmatchedCodec;
    readonly changelog: ChangelogWriter;
  }) {
    this.name = options.name;
    this.#codec = options.codec;
    this.#changelog = options.changelog;
  }

  get size(): number {
    return this.#entries.size;
  }

  get streamTime(): number {
    return this.#streamTime;
  }

  add(key: Buffer, timestamp: number, isLeft: boolean, value: unknown): void {
    const storeKey = unmatchedKey(key, timestamp, isLeft);
    const known = this.#entries.get(storeKey.toString('latin1'));
    const values = [...(known?.values ?? []), value];
    this.#changelog.write(storeKey, this.#codec.encode(isLeft, values), timestamp);
    this.#set(storeKey, values);
  }

  delete(key: Buffer, timestamp: number, isLeft: boolean): void {
    const entry = this.#entries.get(unmatchedKey(key, timestamp, isLeft).toString('latin1'));
    if (entry !== undefined) this.remove(entry);
  }

  remove(entry: Unmatched): void {
    this.#changelog.write(entry.storeKey, null, entry.timestamp);
    this.#entries.delete(entry.id);
    this.#order.delete(entry.id);
  }

  *all(): Iterable<Unmatched> {
    for (const id of this.#order.range('', undefined)) {
      const entry = this.#entries.get(id);
      if (entry !== undefined) yield entry;
    }
  }

  flush(): void {
    // Nothing is held back, as in Kafka Streams' stores of joins.
  }

  close(): void {
    // Memory is all it has.
  }

  restore(storeKey: Buffer, data: Buffer | null, timestamp: number): void {
    if (timestamp > this.#streamTime) this.#streamTime = timestamp;
    if (data === null) {
      const id = storeKey.toString('latin1');
      if (this.#entries.delete(id)) this.#order.delete(id);
    } else {
      this.#set(Buffer.from(storeKey), this.#codec.decode(data));
    }
  }

  #set(storeKey: Buffer, values: unknown[]): void {
    const id = storeKey.toString('latin1');
    const timestamp = readLong(storeKey, 0);
    if (timestamp > this.#streamTime) this.#streamTime = timestamp;
    if (!this.#entries.has(id)) this.#order.add(id);
    const entry = { id, storeKey, key: storeKey.subarray(9), timestamp, isLeft: storeKey[8] === 1, values };
    this.#entries.set(id, entry);
  }
}
