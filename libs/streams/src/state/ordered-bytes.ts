import { StreamsError } from '../errors.js';
import { OrderedKeys } from './ordered-keys.js';
import type { KeyRange, SortedTable, TableWrites } from './provider.js';

type Entry = readonly [key: Buffer, value: Buffer];

/** A store may have a second table, in which a time stands before its keys. */
const BEFORE_KEY_BYTES = 8;
/** What an uncommitted entry costs beside key and value. Bytes, roughly. */
const OVERHEAD_BYTES = 100;

/**
 * A table on disk with the writes on top that are not committed: the one thing that all stores on disk are made of.
 */
export class OrderedBytes {
  readonly name: string;
  readonly #base: SortedTable;
  /** By Latin-1 string of the key; `null` for what was deleted. */
  #writes = new Map<string, Buffer | null>();
  /** The keys of the writes in order; made when a range is first asked for. */
  #ordered: OrderedKeys | undefined;
  /** What is on disk counts no more. */
  #cleared: boolean;
  #size: number;
  #bytes = 0;

  constructor(name: string, base: SortedTable, cleared: boolean) {
    this.name = name;
    this.#base = base;
    this.#cleared = cleared && base.size > 0;
    this.#size = this.#cleared ? 0 : base.size;
  }

  get size(): number {
    return this.#size;
  }

  get isDirty(): boolean {
    return this.#cleared || this.#writes.size > 0;
  }

  /** Of what is not committed. */
  get uncommittedBytes(): number {
    return this.#bytes;
  }

  /** Not to be changed. */
  get(key: Buffer): Buffer | undefined {
    if (this.#writes.size > 0) {
      const written = this.#writes.get(key.toString('latin1'));
      if (written !== undefined) return written ?? undefined;
    }
    return this.#cleared ? undefined : this.#base.get(key);
  }

  /** @throws StreamsError `RECORD_FAILED` for a key that is longer than one on disk may be */
  check(key: Buffer): void {
    const most = this.#base.maxKeyBytes - BEFORE_KEY_BYTES;
    if (key.length <= most) return;
    throw new StreamsError(
      'RECORD_FAILED',
      `a key of ${key.length} bytes for table ${this.name} on disk, which takes ${most}: ` +
        "shorten it, or keep this store in memory (storage: 'memory')",
    );
  }

  /**
   * @param value kept as it is, as the key: the caller's no more
   * @param isNew whether the key has no value now, where the caller knows
   */
  put(key: Buffer, value: Buffer, isNew = this.get(key) === undefined): void {
    if (isNew) this.#size += 1;
    this.#write(key, value);
  }

  /** Passes over what is not there. */
  delete(key: Buffer): void {
    if (this.get(key) === undefined) return;
    this.#size -= 1;
    this.#write(key, null);
  }

  clear(): void {
    this.written();
    this.#cleared = this.#base.size > 0;
    this.#size = 0;
  }

  /** As it is now: later writes are not seen. */
  *range(range: KeyRange): Iterable<Entry> {
    const writes = this.#writesIn(range);
    const base = this.#cleared ? [] : this.#base.range(range);
    if (writes.length === 0) {
      yield* base;
      return;
    }
    let at = 0;
    const sign = range.reverse === true ? -1 : 1;
    for (const entry of base) {
      const id = entry[0].toString('latin1');
      let covered = false;
      for (let write = writes[at]; write !== undefined; write = writes[at]) {
        const order = (write[0] < id ? -1 : write[0] > id ? 1 : 0) * sign;
        if (order > 0) break;
        at += 1;
        if (write[1] !== null) yield [Buffer.from(write[0], 'latin1'), write[1]];
        if (order === 0) {
          covered = true;
          break;
        }
      }
      if (!covered) yield entry;
    }
    for (; at < writes.length; at += 1) {
      const [id, value] = writes[at] ?? ['', null];
      if (value !== null) yield [Buffer.from(id, 'latin1'), value];
    }
  }

  /** What is to be committed. */
  writes(): TableWrites {
    const entries = Array.from(this.#writes, ([id, value]) => [Buffer.from(id, 'latin1'), value] as const);
    // In order, pages are written once each.
    entries.sort(([a], [b]) => Buffer.compare(a, b));
    return { table: this.name, clear: this.#cleared, entries };
  }

  /** It is committed. */
  written(): void {
    this.#writes = new Map();
    this.#ordered = undefined;
    this.#cleared = false;
    this.#bytes = 0;
  }

  #write(key: Buffer, value: Buffer | null): void {
    const id = key.toString('latin1');
    const { size } = this.#writes;
    this.#writes.set(id, value);
    if (this.#writes.size > size) {
      this.#ordered?.add(id);
      this.#bytes += key.length + OVERHEAD_BYTES;
    }
    this.#bytes += value?.length ?? 0;
  }

  #writesIn({ from, to, reverse = false }: KeyRange): readonly (readonly [string, Buffer | null])[] {
    if (this.#writes.size === 0) return [];
    this.#ordered ??= new OrderedKeys(this.#writes.keys());
    const ids = this.#ordered.range(from?.toString('latin1') ?? '', to?.toString('latin1'));
    const found = ids.map((id) => [id, this.#writes.get(id) ?? null] as const);
    return reverse ? found.reverse() : found;
  }
}
