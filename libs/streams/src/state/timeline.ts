/** Pieces of time that are looked at together when old entries are dropped. */
const BUCKETS = 8;
/** Up to so many entries, a key's list is made anew for each: one that grows by itself has room for 16 more. */
const FEW = 16;

/** For each key its entries in order of their time, those of one time in the order they came. */
export class Timeline<E extends { readonly id: string; readonly time: number }> {
  readonly #bucketMs: number;
  readonly #keys = new Map<string, E[]>();
  /** The keys that have, or had, entries in a piece of time: each once, however often a session of it grows. */
  readonly #buckets = new Map<number, Set<string>>();
  #oldestBucket = Number.POSITIVE_INFINITY;
  #size = 0;

  constructor(retentionMs: number) {
    this.#bucketMs = Math.max(1, Math.ceil(retentionMs / BUCKETS));
  }

  get size(): number {
    return this.#size;
  }

  /** The id of a key as its entries have it: equal, and the same string for all of them. */
  shared(id: string): string {
    return this.#keys.get(id)?.[0]?.id ?? id;
  }

  insert(entry: E): void {
    const entries = this.#keys.get(entry.id) ?? [];
    let at = entries.length;
    while (at > 0 && (entries[at - 1]?.time ?? 0) > entry.time) at -= 1;
    if (entries.length < FEW) this.#keys.set(entry.id, entries.toSpliced(at, 0, entry));
    else if (at === entries.length) entries.push(entry);
    else entries.splice(at, 0, entry);
    this.#size += 1;
    const bucket = Math.floor(entry.time / this.#bucketMs);
    const keys = this.#buckets.get(bucket);
    if (keys === undefined) this.#buckets.set(bucket, new Set([entry.id]));
    else keys.add(entry.id);
    if (bucket < this.#oldestBucket) this.#oldestBucket = bucket;
  }

  remove(entry: E): void {
    const entries = this.#keys.get(entry.id);
    const at = entries?.indexOf(entry) ?? -1;
    if (entries === undefined || at < 0) return;
    entries.splice(at, 1);
    this.#size -= 1;
    if (entries.length === 0) this.#keys.delete(entry.id);
  }

  /** The entries of a key from one time to another, both inclusive. */
  range(id: string, from: number, to: number): readonly E[] {
    const entries = this.#keys.get(id);
    if (entries === undefined) return [];
    const first = firstAtLeast(entries, from);
    const end = firstAtLeast(entries, to + 1);
    return first === 0 && end === entries.length ? [...entries] : entries.slice(first, end);
  }

  /** Takes away what lies before a time; up to a piece of time of it may stay until the next call. */
  expire(before: number): readonly E[] {
    const last = Math.floor(before / this.#bucketMs);
    if (this.#oldestBucket >= last) return [];
    const expired: E[] = [];
    this.#oldestBucket = Number.POSITIVE_INFINITY;
    for (const [bucket, keys] of this.#buckets) {
      if (bucket >= last) {
        if (bucket < this.#oldestBucket) this.#oldestBucket = bucket;
        continue;
      }
      this.#buckets.delete(bucket);
      for (const id of keys) expired.push(...this.#cut(id, before));
    }
    return expired;
  }

  /** All entries from one time to another, both inclusive, in no order between keys. */
  between(from: number, to: number): readonly E[] {
    const first = Math.floor(from / this.#bucketMs);
    const last = Math.floor(to / this.#bucketMs);
    if (this.#oldestBucket > last) return [];
    const found = new Set<E>();
    for (const [bucket, keys] of this.#buckets) {
      if (bucket < first || bucket > last) continue;
      for (const id of keys) for (const entry of this.range(id, from, to)) found.add(entry);
    }
    return [...found];
  }

  *all(): Iterable<E> {
    for (const id of [...this.#keys.keys()].sort()) yield* this.#keys.get(id) ?? [];
  }

  #cut(id: string, before: number): readonly E[] {
    const entries = this.#keys.get(id);
    if (entries === undefined) return [];
    const cut = entries.splice(0, firstAtLeast(entries, before));
    this.#size -= cut.length;
    if (entries.length === 0) this.#keys.delete(id);
    return cut;
  }
}

function firstAtLeast(entries: readonly { readonly time: number }[], time: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle]?.time ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
