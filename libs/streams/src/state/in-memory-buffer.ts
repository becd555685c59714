import { decodeHeld, encodeHeld, type HeldRecord } from './held-record.js';
import { PendingChanges, type Cache, type PendingChange } from './pending-changes.js';
import type { BufferStore, ChangelogWriter, Held } from './ports.js';
import { TimeQueue } from './time-queue.js';

interface Entry extends Held {
  readonly place: number;
  /** What is in the changelog of its key. */
  logged: boolean;
  removed: boolean;
}

export interface BufferOptions {
  readonly name: string;
  readonly changelog: ChangelogWriter;
  readonly cache: Cache;
}

/** Changes are written to the changelog at flush: of what came and went between two, nothing is. */
export class InMemoryBuffer implements BufferStore {
  readonly name: string;
  readonly changes = undefined;
  readonly #changelog: ChangelogWriter;
  readonly #queue = new TimeQueue<Entry>();
  readonly #unwritten: PendingChanges<string>;
  /** By key, what is to be written of it. */
  readonly #dirty = new Map<string, { readonly change: PendingChange<string>; entry: Entry }>();
  #streamTime = -1;

  constructor({ name, changelog, cache }: BufferOptions) {
    this.name = name;
    this.#changelog = changelog;
    this.#unwritten = new PendingChanges(cache);
  }

  get size(): number {
    return this.#queue.size;
  }

  get streamTime(): number {
    return this.#streamTime;
  }

  advance(time: number): void {
    if (time > this.#streamTime) this.#streamTime = time;
  }

  get(key: Buffer): HeldRecord | undefined {
    return this.#queue.get(key.toString('latin1'))?.record;
  }

  put(key: Buffer, time: number, record: HeldRecord): void {
    const id = key.toString('latin1');
    const known = this.#queue.get(id) ?? this.#dirty.get(id)?.entry;
    const place = this.#queue.timeOf(id) ?? time;
    const logged = known?.logged ?? false;
    const entry: Entry = { id, key: known?.key ?? Buffer.from(key), record, place, logged, removed: false };
    this.#queue.set(id, place, entry);
    this.#markDirty(entry);
    if (record.timestamp > this.#streamTime) this.#streamTime = record.timestamp;
  }

  remove(held: Held): void {
    const entry = held as Entry;
    this.#queue.delete(entry.id);
    entry.removed = true;
    const dirty = this.#dirty.get(entry.id);
    if (entry.logged) {
      this.#markDirty(entry);
    } else if (dirty !== undefined) {
      this.#unwritten.drop(dirty.change);
      this.#dirty.delete(entry.id);
    }
  }

  *due(until: number): Iterable<Held> {
    for (let first = this.#queue.first(until); first.length > 0; first = this.#queue.first(until)) {
      for (const [, held] of first) yield held;
      // Whoever takes them removes them; what is left is not taken.
      if (this.#queue.get(first[0]?.[0] ?? '') !== undefined) return;
    }
  }

  *keys(): Iterable<Buffer> {
    for (const [, held] of this.#queue.all()) yield held.key;
  }

  flush(): void {
    this.#unwritten.flush(
      (change) => this.#write(change.entry),
      () => ({ value: null, timestamp: this.#streamTime }),
    );
  }

  close(): void {
    this.#unwritten.close();
  }

  /** A changelog's record of Java has the time of its writing: what counts is the time of the record that waits. */
  restore(key: Buffer, value: Buffer | null): void {
    const id = key.toString('latin1');
    this.#queue.delete(id);
    if (value === null) return;
    const { held, time } = decodeHeld(value);
    if (held.timestamp > this.#streamTime) this.#streamTime = held.timestamp;
    const entry = { id, key: Buffer.from(key), record: held, place: time, logged: true, removed: false };
    this.#queue.set(id, time, entry);
  }

  #markDirty(entry: Entry): void {
    const dirty = this.#dirty.get(entry.id);
    if (dirty === undefined) {
      const change = this.#unwritten.add(entry.id, undefined, entry.key.length, null, 0);
      this.#dirty.set(entry.id, { change, entry });
    } else {
      dirty.entry = entry;
      this.#unwritten.again(dirty.change, undefined);
    }
  }

  /** @returns false: nothing of it goes on */
  #write(id: string): boolean {
    const entry = this.#dirty.get(id)?.entry;
    this.#dirty.delete(id);
    if (entry === undefined) return false;
    const { key, record, place, removed } = entry;
    if (removed) {
      this.#changelog.write(key, null, Math.max(0, this.#streamTime));
      return false;
    }
    try {
      const data = encodeHeld(record, place);
      this.#changelog.write(key, data, record.timestamp);
      this.#unwritten.wrote(data.length);
      entry.logged = true;
    } catch (error) {
      // What is not in the changelog must not be in the store.
      this.#queue.delete(id);
      throw error;
    }
    return false;
  }
}
