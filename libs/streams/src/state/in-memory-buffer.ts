import { decodeHeld, encodeHeld, type HeldRecord } from './held-record.js';
import type { ChangelogWriter, StateStore } from './ports.js';
import { TimeQueue } from './time-queue.js';

export interface Held {
  readonly id: string;
  readonly key: Buffer;
  readonly record: HeldRecord;
}

/** Records that wait for a time, one for each key, in order of that time. */
export class InMemoryBuffer implements StateStore {
  readonly name: string;
  readonly #changelog: ChangelogWriter;
  readonly #queue = new TimeQueue<Held>();
  #streamTime = -1;

  constructor({ name, changelog }: { readonly name: string; readonly changelog: ChangelogWriter }) {
    this.name = name;
    this.#changelog = changelog;
  }

  get size(): number {
    return this.#queue.size;
  }

  get streamTime(): number {
    return this.#streamTime;
  }

  get(key: Buffer): HeldRecord | undefined {
    return this.#queue.get(key.toString('latin1'))?.record;
  }

  /** Of a key that waits already the new record takes the place. */
  put(key: Buffer, time: number, record: HeldRecord): void {
    const id = key.toString('latin1');
    const place = this.#queue.timeOf(id) ?? time;
    this.#changelog.write(key, encodeHeld(record, place), record.timestamp);
    this.#queue.set(id, place, { id, key: Buffer.from(key), record });
    if (record.timestamp > this.#streamTime) this.#streamTime = record.timestamp;
  }

  remove(held: Held): void {
    this.#queue.delete(held.id);
    this.#changelog.write(held.key, null, Math.max(0, this.#streamTime));
  }

  /** What waits for a time up to this one, inclusive, earliest first; those of one time in order of their keys. */
  *due(until: number): Iterable<Held> {
    for (let first = this.#queue.first(until); first.length > 0; first = this.#queue.first(until)) {
      for (const [, held] of first) yield held;
      // Whoever takes them removes them; what is left is not taken.
      if (this.#queue.get(first[0]?.[0] ?? '') !== undefined) return;
    }
  }

  /** The keys of all that waits. */
  *keys(): Iterable<Buffer> {
    for (const [, held] of this.#queue.all()) yield held.key;
  }

  restore(key: Buffer, value: Buffer | null, timestamp: number): void {
    if (timestamp > this.#streamTime) this.#streamTime = timestamp;
    const id = key.toString('latin1');
    this.#queue.delete(id);
    if (value === null) return;
    const { held, time } = decodeHeld(value);
    this.#queue.set(id, time, { id, key: Buffer.from(key), record: held });
  }
}
