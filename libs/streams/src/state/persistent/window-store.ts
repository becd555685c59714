import { readLong } from '../../serdes/serdes.js';
import type { RetainingOptions } from '../in-memory-window-store.js';
import type { OrderedBytes } from '../ordered-bytes.js';
import type { ChangeCache } from '../pending-changes.js';
import type { Stored, WindowStore } from '../ports.js';
import { decodeWindowKey, encodeWindowKey } from '../window-key.js';
import { Entries } from './entries.js';
import { longKey, NOTHING, withTime, type Persisted, type PersistentStore } from './persistent-store.js';

/** Expired entries deleted along with a change: an entry took one change at least to make. */
const EXPIRED_PER_PUT = 4;

/**
 * Two tables: `key | start | 0 → timestamp | value`, as the changelog has it, for what is asked of a key; and by time,
 * `start | key`, for what closes and expires.
 */
export class PersistentWindowStore<V> implements WindowStore<V>, PersistentStore {
  readonly name: string;
  readonly type = 'window';
  readonly latest = -1;
  readonly #retentionMs: number;
  readonly #entries: Entries<V>;
  readonly #byTime: OrderedBytes;
  #streamTime: number;
  /** No window starts before. */
  #oldest = 0;

  constructor(options: RetainingOptions<V>, persisted: Persisted) {
    this.name = options.name;
    this.#retentionMs = options.retentionMs;
    this.#entries = new Entries(options, persisted.table(''));
    this.#byTime = persisted.table(':time');
    this.#streamTime = persisted.streamTime;
  }

  get changes(): ChangeCache | undefined {
    return this.#entries.changes;
  }

  get size(): number {
    return this.#byTime.size;
  }

  get streamTime(): number {
    return this.#streamTime;
  }

  advance(time: number): void {
    if (time > this.#streamTime) this.#streamTime = time;
  }

  get(key: Buffer, start: number): Stored<V> | undefined {
    if (start < this.#earliest) return undefined;
    return this.#entries.get(encodeWindowKey(key, start));
  }

  put(key: Buffer, start: number, value: V, timestamp: number, goOnKey?: unknown): void {
    if (timestamp > this.#streamTime) this.#streamTime = timestamp;
    this.#expire();
    if (start < this.#earliest) return;
    const id = encodeWindowKey(key, start);
    if (this.#entries.put(id, value, timestamp, goOnKey)) this.#added(key, start);
  }

  flush(): void {
    this.#entries.flush();
  }

  restore(id: Buffer, data: Buffer | null, timestamp: number): void {
    const { key, start } = decodeWindowKey(id);
    if (timestamp > this.#streamTime) this.#streamTime = timestamp;
    const changed = this.#entries.restore(id, data, timestamp);
    if (data === null) this.#byTime.delete(withTime(start, key));
    else if (changed) this.#added(key, start);
  }

  *fetch(key: Buffer, from: number, to: number): Iterable<readonly [start: number, stored: Stored<V>]> {
    const first = Math.max(from, this.#earliest, 0);
    if (first > to) return;
    const low = Buffer.concat([key, longKey(first)]);
    const high = Buffer.concat([key, longKey(to), Buffer.alloc(5)]);
    for (const [id, stored] of this.#entries.range(low, high)) {
      // A longer key that begins with this one may lie between.
      if (id.length === low.length + 4) yield [readLong(id, key.length), stored];
    }
  }

  *all(): Iterable<readonly [key: Buffer, start: number, stored: Stored<V>]> {
    for (const [time] of this.#byTime.range({ from: longKey(this.#earliest) })) {
      const start = readLong(time, 0);
      const key = time.subarray(8);
      const stored = this.#entries.get(encodeWindowKey(key, start));
      if (stored !== undefined) yield [key, start, stored];
    }
  }

  takeUntil(start: number): readonly (readonly [key: Buffer, start: number, stored: Stored<V>])[] {
    if (this.#oldest > start) return [];
    const taken: (readonly [key: Buffer, start: number, stored: Stored<V>])[] = [];
    const times: Buffer[] = [];
    for (const [time] of this.#byTime.range({ to: longKey(start + 1) })) {
      const of = readLong(time, 0);
      const key = time.subarray(8);
      const stored = this.#entries.get(encodeWindowKey(key, of));
      if (stored !== undefined) taken.push([key, of, stored]);
      times.push(time);
    }
    for (const time of times) this.#remove(time);
    this.#oldest = this.#firstTime();
    return taken;
  }

  clear(): void {
    this.#entries.clear();
    this.#byTime.clear();
    this.#streamTime = -1;
    this.#oldest = 0;
  }

  close(): void {
    this.#entries.close();
  }

  /** No window that starts before is kept: its start lies behind stream time by the retention, or more. */
  get #earliest(): number {
    return this.#streamTime - this.#retentionMs + 1;
  }

  #added(key: Buffer, start: number): void {
    this.#byTime.put(withTime(start, key), NOTHING, true);
    if (start < this.#oldest) this.#oldest = start;
  }

  #expire(): void {
    const earliest = this.#earliest;
    if (this.#oldest >= earliest) return;
    const times: Buffer[] = [];
    for (const [time] of this.#byTime.range({ to: longKey(earliest) })) {
      times.push(time);
      if (times.length === EXPIRED_PER_PUT) break;
    }
    for (const time of times) this.#remove(time);
    if (times.length < EXPIRED_PER_PUT) this.#oldest = this.#firstTime();
  }

  #remove(time: Buffer): void {
    this.#entries.expire(encodeWindowKey(time.subarray(8), readLong(time, 0)), this.#streamTime);
    this.#byTime.delete(time);
  }

  #firstTime(): number {
    for (const [time] of this.#byTime.range({})) return readLong(time, 0);
    return Number.POSITIVE_INFINITY;
  }
}
