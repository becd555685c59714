import { readLong } from '../../serdes/serdes.js';
import type { StoreType } from '../../topology/nodes.js';
import { decodeHeld, encodeHeld, timeOfHeld, timestampOfHeld, type HeldRecord } from '../held-record.js';
import type { BufferOptions } from '../in-memory-buffer.js';
import type { OrderedBytes } from '../ordered-bytes.js';
import { PendingChanges, type PendingChange } from '../pending-changes.js';
import type { BufferStore, ChangelogWriter, Held } from '../ports.js';
import { longKey, NOTHING, withTime, type Persisted, type PersistentStore } from './persistent-store.js';

/** What is to be written to the changelog of a key. */
interface Unwritten {
  readonly key: Buffer;
  /** As the changelog has it. */
  readonly logged: Buffer | undefined;
}

/**
 * Two tables: `key → record that waits`, as the changelog has it, and by time, `time | key`. Changes are written to the
 * changelog at flush: of what came and went between two, nothing is.
 */
export class PersistentBuffer implements BufferStore, PersistentStore {
  readonly name: string;
  readonly type: StoreType;
  readonly changes = undefined;
  readonly latest = -1;
  readonly #changelog: ChangelogWriter;
  readonly #bytes: OrderedBytes;
  readonly #byTime: OrderedBytes;
  readonly #unwritten: PendingChanges<Unwritten>;
  readonly #dirty = new Map<string, PendingChange<Unwritten>>();
  #streamTime: number;
  /** Nothing waits for an earlier time. */
  #earliest = 0;

  constructor(type: StoreType, { name, changelog, cache }: BufferOptions, persisted: Persisted) {
    this.name = name;
    this.type = type;
    this.#changelog = changelog;
    this.#bytes = persisted.table('');
    this.#byTime = persisted.table(':time');
    this.#unwritten = new PendingChanges<Unwritten>(cache);
    this.#streamTime = persisted.streamTime;
  }

  get size(): number {
    return this.#bytes.size;
  }

  get streamTime(): number {
    return this.#streamTime;
  }

  advance(time: number): void {
    if (time > this.#streamTime) this.#streamTime = time;
  }

  get(key: Buffer): HeldRecord | undefined {
    const data = this.#bytes.get(key);
    return data && decodeHeld(data).held;
  }

  put(given: Buffer, time: number, record: HeldRecord): void {
    const key = Buffer.from(given);
    this.#bytes.check(key);
    const known = this.#bytes.get(key);
    const place = known === undefined ? time : timeOfHeld(known);
    this.#markDirty(key, known);
    this.#set(key, place, encodeHeld(record, place), known);
    if (record.timestamp > this.#streamTime) this.#streamTime = record.timestamp;
  }

  remove({ key }: Held): void {
    const known = this.#bytes.get(key);
    if (known === undefined) return;
    const change = this.#markDirty(key, known);
    this.#delete(key, known);
    if (change.entry.logged !== undefined) return;
    this.#unwritten.drop(change);
    this.#dirty.delete(key.toString('latin1'));
  }

  *due(until: number): Iterable<Held> {
    if (this.#earliest > until) return;
    for (let taken = true; taken;) {
      taken = false;
      for (const [at] of this.#byTime.range({ to: longKey(until + 1) })) {
        const key = at.subarray(8);
        const data = this.#bytes.get(key);
        if (data === undefined) continue;
        yield { id: key.toString('latin1'), key, record: decodeHeld(data).held };
        // Whoever takes them removes them; what is left is not taken.
        if (this.#bytes.get(key) !== undefined) return;
        taken = true;
      }
    }
    this.#earliest = Number.POSITIVE_INFINITY;
    for (const [at] of this.#byTime.range({})) {
      this.#earliest = readLong(at, 0);
      break;
    }
  }

  *keys(): Iterable<Buffer> {
    for (const [at] of this.#byTime.range({})) yield at.subarray(8);
  }

  flush(): void {
    this.#unwritten.flush(
      (change) => this.#write(change.entry),
      () => ({ value: null, timestamp: this.#streamTime }),
    );
  }

  /** A changelog's record of Java has the time of its writing: what counts is the time of the record that waits. */
  restore(given: Buffer, value: Buffer | null): void {
    const key = Buffer.from(given);
    const known = this.#bytes.get(key);
    if (known !== undefined) this.#delete(key, known);
    if (value === null) return;
    this.#streamTime = Math.max(this.#streamTime, timestampOfHeld(value));
    this.#set(key, timeOfHeld(value), Buffer.from(value), undefined);
  }

  clear(): void {
    this.close();
    this.#bytes.clear();
    this.#byTime.clear();
    this.#streamTime = -1;
    this.#earliest = 0;
  }

  close(): void {
    this.#unwritten.close();
    this.#dirty.clear();
  }

  #set(key: Buffer, place: number, data: Buffer, known: Buffer | undefined): void {
    this.#bytes.put(key, data, known === undefined);
    if (known === undefined) this.#byTime.put(withTime(place, key), NOTHING, true);
    if (place < this.#earliest) this.#earliest = place;
  }

  #delete(key: Buffer, known: Buffer): void {
    this.#bytes.delete(key);
    this.#byTime.delete(withTime(timeOfHeld(known), key));
  }

  /** @param known what is there before the change */
  #markDirty(key: Buffer, known: Buffer | undefined): PendingChange<Unwritten> {
    const id = key.toString('latin1');
    const dirty = this.#dirty.get(id);
    if (dirty !== undefined) {
      this.#unwritten.again(dirty, undefined);
      return dirty;
    }
    const change = this.#unwritten.add({ key, logged: known }, undefined, key.length, null, -1);
    this.#dirty.set(id, change);
    return change;
  }

  /** @returns false: nothing of it goes on */
  #write({ key, logged }: Unwritten): boolean {
    this.#dirty.delete(key.toString('latin1'));
    const data = this.#bytes.get(key);
    if (data === undefined) {
      this.#changelog.write(key, null, Math.max(0, this.#streamTime));
      return false;
    }
    try {
      this.#changelog.write(key, data, decodeHeld(data).held.timestamp);
      this.#unwritten.wrote(data.length);
    } catch (error) {
      // What is not in the changelog must not be in the store.
      this.#delete(key, data);
      if (logged !== undefined) this.#set(key, timeOfHeld(logged), logged, undefined);
      throw error;
    }
    return false;
  }
}
