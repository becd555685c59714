import type {
  ReadOnlyKeyValueStore,
  ReadOnlyWindowStore,
  StateStore,
  Stored,
  TimedStore,
  VersionedStore,
} from '../../state/ports.js';
import { readLong, writeLong } from '../../serdes/serdes.js';
import type { QueryableStore } from './queryable-store.js';
import type {
  MultiVersionedKeyQuery,
  RangeQuery,
  SessionQuery,
  StateEntry,
  StateQuery,
  WindowKeyQuery,
  WindowRangeQuery,
} from './query.js';

/** An entry that a query finds; nothing of it is made before somebody wants it. */
export interface FoundEntry {
  entry(): StateEntry;
  /** What the query goes on with behind this entry. */
  cursor(): Uint8Array;
}

/**
 * What a query finds in a store, behind a cursor. The store must be of a type that the query is for.
 *
 * A cursor is the place of the last entry in the query's order, so that what comes and goes between two calls does no
 * harm: a key; a time, 8 bytes, and where several keys share it the key behind.
 */
export function entriesOf(
  store: QueryableStore,
  from: StateStore,
  query: StateQuery,
  cursor: Uint8Array | undefined,
): Iterable<FoundEntry> {
  const found = new Found(store);
  switch (query.type) {
    case 'key':
      return found.one(query.key, (from as unknown as Latest).get(Buffer.from(query.key)));
    case 'range':
      return found.range(from as unknown as ReadOnlyKeyValueStore<unknown>, query, cursor);
    case 'windowKey':
      return store.spec.type === 'sliding'
        ? found.slidingOfKey(from as unknown as TimedStore<unknown>, query, cursor)
        : found.windowsOfKey(from as unknown as ReadOnlyWindowStore<unknown>, query, cursor);
    case 'windowRange':
      return found.windows(
        store.spec.type === 'sliding'
          ? slidingWindows(from as unknown as TimedStore<unknown>)
          : (from as unknown as ReadOnlyWindowStore<unknown>).all(),
        query,
        cursor,
      );
    case 'session':
      return found.sessions(from as unknown as TimedStore<unknown>, query, cursor);
    case 'versionedKey': {
      const versions = from as unknown as VersionedStore<unknown>;
      const key = Buffer.from(query.key);
      return found.one(
        query.key,
        query.asOf === undefined ? versions.get(key) : versions.getAsOf(key, query.asOf),
      );
    }
    case 'multiVersionedKey':
      return found.versions(from as unknown as VersionedStore<unknown>, query, cursor);
  }
}

/** What key-value and versioned stores have in common. */
interface Latest {
  get(key: Buffer): Stored<unknown> | undefined;
}

class Found {
  readonly #store: QueryableStore;

  constructor(store: QueryableStore) {
    this.#store = store;
  }

  *one(key: Uint8Array, stored: Stored<unknown> | undefined): Iterable<FoundEntry> {
    if (stored !== undefined) yield this.#found(key, stored, {}, () => own(key));
  }

  *range(
    store: ReadOnlyKeyValueStore<unknown>,
    query: RangeQuery,
    cursor: Uint8Array | undefined,
  ): Iterable<FoundEntry> {
    for (const [key, stored] of scan(store, query, cursor)) {
      yield this.#found(key, stored, {}, () => own(key));
    }
  }

  *windowsOfKey(
    store: ReadOnlyWindowStore<unknown>,
    { key, from = 0, to = Number.MAX_SAFE_INTEGER }: WindowKeyQuery,
    cursor: Uint8Array | undefined,
  ): Iterable<FoundEntry> {
    const first = cursor === undefined ? from : timeOf(cursor) + 1;
    for (const [start, stored] of store.fetch(Buffer.from(key), first, to)) {
      yield this.#window(key, start, stored, () => cursorOf(start));
    }
  }

  *slidingOfKey(
    store: TimedStore<unknown>,
    { key, from = 0, to = Number.MAX_SAFE_INTEGER }: WindowKeyQuery,
    cursor: Uint8Array | undefined,
  ): Iterable<FoundEntry> {
    const first = cursor === undefined ? from : timeOf(cursor) + 1;
    for (const entry of store.fetch(Buffer.from(key), first, to)) {
      yield this.#window(key, entry.start, entry, () => cursorOf(entry.start));
    }
  }

  *windows(
    all: Iterable<readonly [key: Buffer, start: number, stored: Stored<unknown>]>,
    { from = 0, to = Number.MAX_SAFE_INTEGER }: WindowRangeQuery,
    cursor: Uint8Array | undefined,
  ): Iterable<FoundEntry> {
    for (const [key, start, stored] of all) {
      if (start > to) return;
      if (start < from || (cursor !== undefined && !isBehind(cursor, start, key))) continue;
      yield this.#window(key, start, stored, () => cursorOf(start, key));
    }
  }

  *sessions(
    store: TimedStore<unknown>,
    { key, earliestEnd = 0, latestStart = Number.MAX_SAFE_INTEGER }: SessionQuery,
    cursor: Uint8Array | undefined,
  ): Iterable<FoundEntry> {
    // Sessions of a key do not touch: no two have one end.
    const first = cursor === undefined ? earliestEnd : timeOf(cursor) + 1;
    for (const entry of store.fetch(Buffer.from(key), first, Number.MAX_SAFE_INTEGER)) {
      if (entry.start > latestStart) continue;
      const window = { start: entry.start, end: entry.time };
      yield this.#found(key, entry, { window }, () => cursorOf(entry.time));
    }
  }

  *versions(
    store: VersionedStore<unknown>,
    { key, from = 0, to = Number.MAX_SAFE_INTEGER }: MultiVersionedKeyQuery,
    cursor: Uint8Array | undefined,
  ): Iterable<FoundEntry> {
    for (const { value, timestamp, validTo } of store.versions(Buffer.from(key))) {
      if (timestamp > to || (cursor !== undefined && timestamp >= timeOf(cursor))) continue;
      if (validTo !== undefined && validTo <= from) return;
      const until = validTo === undefined ? {} : { validTo };
      yield this.#found(key, { value, timestamp }, until, () => cursorOf(timestamp));
    }
  }

  #window(key: Uint8Array, start: number, stored: Stored<unknown>, cursor: () => Uint8Array): FoundEntry {
    const window = { start, end: start + (this.#store.windowMs ?? 0) };
    return this.#found(key, stored, { window }, cursor);
  }

  #found(
    key: Uint8Array,
    { value, timestamp }: Stored<unknown>,
    rest: Pick<StateEntry, 'window' | 'validTo'>,
    cursor: () => Uint8Array,
  ): FoundEntry {
    const { spec, topic } = this.#store;
    return {
      entry: () => ({
        key: own(key),
        value: own(spec.value.serialize(topic, value, [])),
        timestamp,
        ...rest,
      }),
      cursor,
    };
  }
}

/** Keys within all the bounds there are; the store is asked from the greatest lower one. */
function* scan(
  store: ReadOnlyKeyValueStore<unknown>,
  { from, to, prefix }: RangeQuery,
  cursor: Uint8Array | undefined,
): Iterable<readonly [key: Buffer, stored: Stored<unknown>]> {
  const low = [from, prefix, cursor].reduce<Buffer>(
    (least, bound) => (bound !== undefined && least.compare(bound) < 0 ? Buffer.from(bound) : least),
    Buffer.alloc(0),
  );
  for (const [key, stored] of store.range(low, to && Buffer.from(to))) {
    if (cursor !== undefined && key.compare(cursor) <= 0) continue;
    if (prefix !== undefined && key.compare(prefix, 0, prefix.length, 0, prefix.length) !== 0) return;
    yield [key, stored];
  }
}

function* slidingWindows(
  store: TimedStore<unknown>,
): Iterable<readonly [key: Buffer, start: number, stored: Stored<unknown>]> {
  for (const entry of store.between(0, Number.MAX_SAFE_INTEGER)) {
    if (entry.time >= store.earliest) yield [entry.key, entry.start, entry];
  }
}

/** Time, 8 bytes big-endian, and the key. */
function cursorOf(time: number, key: Uint8Array = new Uint8Array()): Uint8Array {
  const data = Buffer.alloc(8 + key.length);
  writeLong(data, time, 0);
  data.set(key, 8);
  return own(data);
}

function timeOf(cursor: Uint8Array): number {
  return readLong(Buffer.from(cursor), 0);
}

function isBehind(cursor: Uint8Array, time: number, key: Buffer): boolean {
  const at = timeOf(cursor);
  return time > at || (time === at && key.compare(cursor.subarray(8)) > 0);
}

/** A copy with nothing else behind it: a slice would take its whole pool along to another thread. */
function own(data: Uint8Array): Uint8Array {
  return new Uint8Array(data);
}
