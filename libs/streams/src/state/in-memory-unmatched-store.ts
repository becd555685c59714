import { readLong, writeLong } from '../serdes/serdes.js';
import type { Serde } from '../serde.js';
import type { ChangelogWriter, StateStore } from './ports.js';
import { OrderedKeys } from './ordered-keys.js';

export interface Unmatched {
  readonly id: string;
  readonly storeKey: Buffer;
  readonly key: Buffer;
  readonly timestamp: number;
  readonly isLeft: boolean;
  readonly values: unknown[];
}

interface Serdes {
  readonly left: Serde<unknown>;
  readonly right: Serde<unknown>;
}

/**
 * Records of a stream-stream join that wait for a match, by time, side and key. In the changelog as in Java, the key
 * (`TimestampedKeyAndJoinSideSerializer`) and the list of values (`ListSerializer` of `LeftOrRightValueSerializer`):
 *
 *     timestamp, 8 bytes | 1 for left, 0 for right | key
 *     1 | number of values, 4 bytes | for each: length, 4 bytes | 1 for left, 0 for right | value
 */
export class InMemoryUnmatchedStore implements StateStore {
  readonly name: string;
  readonly #serdes: Serdes;
  readonly #topic: string;
  readonly #changelog: ChangelogWriter;
  readonly #entries = new Map<string, Unmatched>();
  readonly #order = new OrderedKeys([]);
  #streamTime = -1;

  constructor(options: {
    readonly name: string;
    readonly serdes: Serdes;
    readonly changelogTopic: string;
    readonly changelog: ChangelogWriter;
  }) {
    this.name = options.name;
    this.#serdes = options.serdes;
    this.#topic = options.changelogTopic;
    this.#changelog = options.changelog;
  }

  get size(): number {
    return this.#entries.size;
  }

  get streamTime(): number {
    return this.#streamTime;
  }

  /** Adds a value to those of its time, side and key. */
  add(key: Buffer, timestamp: number, isLeft: boolean, value: unknown): void {
    const storeKey = encodeKey(key, timestamp, isLeft);
    const known = this.#entries.get(storeKey.toString('latin1'));
    const values = [...(known?.values ?? []), value];
    this.#changelog.write(storeKey, this.#encode(isLeft, values), timestamp);
    this.#set(storeKey, values);
  }

  /** Forgets what waited, if anything did. */
  delete(key: Buffer, timestamp: number, isLeft: boolean): void {
    const entry = this.#entries.get(encodeKey(key, timestamp, isLeft).toString('latin1'));
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

  restore(storeKey: Buffer, data: Buffer | null, timestamp: number): void {
    if (timestamp > this.#streamTime) this.#streamTime = timestamp;
    if (data === null) {
      const id = storeKey.toString('latin1');
      if (this.#entries.delete(id)) this.#order.delete(id);
    } else {
      this.#set(Buffer.from(storeKey), this.#decode(data));
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

  #encode(isLeft: boolean, values: readonly unknown[]): Buffer {
    const serde = isLeft ? this.#serdes.left : this.#serdes.right;
    const head = Buffer.allocUnsafe(5);
    head[0] = 1;
    head.writeInt32BE(values.length, 1);
    const parts = values.flatMap((value) => {
      const data = serde.serialize(this.#topic, value, []);
      const before = Buffer.allocUnsafe(5);
      before.writeInt32BE(data.length + 1, 0);
      before[4] = isLeft ? 1 : 0;
      return [before, data];
    });
    return Buffer.concat([head, ...parts]);
  }

  #decode(data: Buffer): unknown[] {
    return unmatchedValues(data).map(({ isLeft, data: value }) =>
      (isLeft ? this.#serdes.left : this.#serdes.right).deserialize(this.#topic, value, []),
    );
  }
}

/** The values of a changelog record, still as bytes. */
export function unmatchedValues(data: Buffer): { readonly isLeft: boolean; readonly data: Buffer }[] {
  const values: { isLeft: boolean; data: Buffer }[] = [];
  let at = 5;
  for (let left = data.readInt32BE(1); left > 0; left -= 1) {
    const end = at + 4 + data.readInt32BE(at);
    values.push({ isLeft: data[at + 4] === 1, data: data.subarray(at + 5, end) });
    at = end;
  }
  return values;
}

function encodeKey(key: Buffer, timestamp: number, isLeft: boolean): Buffer {
  const data = Buffer.allocUnsafe(9 + key.length);
  writeLong(data, timestamp, 0);
  data[8] = isLeft ? 1 : 0;
  key.copy(data, 9);
  return data;
}
