import type { Serde } from '../serde.js';
import { endOfPrefix, OrderedKeys } from './ordered-keys.js';
import type { ChangelogWriter, KeyValueStore, Stored } from './ports.js';

interface Entry<V> extends Stored<V> {
  key: Buffer;
  value: V;
  timestamp: number;
}

/** Options of the stores in memory. */
export interface InMemoryOptions<V> {
  readonly name: string;
  readonly value: Serde<V>;
  /** The topic's name is what the value serde is told. */
  readonly changelogTopic: string;
  readonly changelog: ChangelogWriter;
}

/** Keys looked up at once in a scan. */
const PORTION = 256;

/** A hash map. Keys are held as Latin-1 strings of their bytes, whose order is the bytes' order. */
export class InMemoryKeyValueStore<V> implements KeyValueStore<V> {
  readonly name: string;
  readonly #value: Serde<V>;
  readonly #topic: string;
  readonly #changelog: ChangelogWriter;
  readonly #entries = new Map<string, Entry<V>>();
  /** Made when it is first asked for: a store that is never scanned pays nothing. */
  #ordered: OrderedKeys | undefined;
  #streamTime = -1;

  constructor(options: InMemoryOptions<V>) {
    this.name = options.name;
    this.#value = options.value;
    this.#topic = options.changelogTopic;
    this.#changelog = options.changelog;
  }

  get size(): number {
    return this.#entries.size;
  }

  get streamTime(): number {
    return this.#streamTime;
  }

  get(key: Buffer): Stored<V> | undefined {
    return this.#entries.get(key.toString('latin1'));
  }

  put(key: Buffer, value: V, timestamp: number): void {
    const data = this.#value.serialize(this.#topic, value, []);
    // First, because it may refuse: what is not in the changelog must not be in the store.
    this.#changelog.write(key, data, timestamp);
    this.#set(key, value, timestamp);
  }

  delete(key: Buffer, timestamp: number): void {
    if (timestamp > this.#streamTime) this.#streamTime = timestamp;
    if (this.#remove(key)) this.#changelog.write(key, null, timestamp);
  }

  restore(key: Buffer, value: Buffer | null, timestamp: number): void {
    if (value === null) {
      this.#remove(key);
      if (timestamp > this.#streamTime) this.#streamTime = timestamp;
    } else {
      this.#set(key, this.#value.deserialize(this.#topic, value, []), timestamp);
    }
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
    this.#ordered ??= new OrderedKeys(this.#entries.keys());
    // In portions: who looks at the first few of millions pays for these.
    for (let ids = this.#ordered.range(from, to, PORTION); ids.length > 0;) {
      for (const id of ids) {
        const entry = this.#entries.get(id);
        if (entry !== undefined) yield [entry.key, entry];
      }
      if (ids.length < PORTION) return;
      ids = this.#ordered.range(`${ids.at(-1) ?? ''}\0`, to, PORTION);
    }
  }

  #remove(key: Buffer): boolean {
    const id = key.toString('latin1');
    this.#ordered?.delete(id);
    return this.#entries.delete(id);
  }

  #set(key: Buffer, value: V, timestamp: number): void {
    if (timestamp > this.#streamTime) this.#streamTime = timestamp;
    const id = key.toString('latin1');
    const entry = this.#entries.get(id);
    if (entry === undefined) {
      // A slice of a fetched batch would keep the whole batch in memory.
      this.#entries.set(id, { key: Buffer.from(key), value, timestamp });
      this.#ordered?.add(id);
    } else {
      entry.value = value;
      entry.timestamp = timestamp;
    }
  }
}
