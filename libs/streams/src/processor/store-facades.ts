import { Windowed } from '../record.js';
import type { Serde } from '../serde.js';
import type {
  KeyValueStore as KeyValueBytes,
  StateStore,
  TimedEntry,
  TimedStore,
  VersionedStore,
  WindowStore as WindowBytes,
} from '../state/ports.js';
import type { StoreSpec } from '../topology/nodes.js';
import type {
  KeyValueStore,
  SessionStore,
  VersionedKeyValueStore,
  VersionedRecord,
  WindowStore,
} from './stores.js';

/** Where a store stands, and the time of what is written to it. */
export interface StoreSurroundings {
  readonly spec: StoreSpec;
  /** What its serdes are told. */
  readonly topic: string;
  /** Milliseconds since the epoch. */
  readonly time: () => number;
}

/** A task's store as its processors, or a test, see it. `undefined` for one that is an operator's own. */
export function facadeOf(store: StateStore, surroundings: StoreSurroundings): object | undefined {
  const untyped: unknown = store;
  switch (surroundings.spec.type) {
    case 'key-value':
      return new KeyValueFacade(untyped as KeyValueBytes<unknown>, surroundings);
    case 'window':
      return new WindowFacade(untyped as WindowBytes<unknown>, surroundings);
    case 'session':
      return new SessionFacade(untyped as TimedStore<unknown>, surroundings);
    case 'versioned':
      return new VersionedFacade(untyped as VersionedStore<unknown>, surroundings);
    case 'sliding':
    case 'join':
    case 'unmatched':
    case 'suppress':
    case 'buffer':
      return undefined;
  }
}

class Keys {
  readonly name: string;
  readonly #serde: Serde<unknown>;
  readonly #topic: string;

  constructor({ spec, topic }: StoreSurroundings) {
    this.name = spec.name;
    this.#serde = spec.key;
    this.#topic = topic;
  }

  encode(key: unknown): Buffer {
    return this.#serde.serialize(this.#topic, key, []);
  }

  encodeWith<P>(serde: Serde<P>, key: P): Buffer {
    return serde.serialize(this.#topic, key, []);
  }

  decode(data: Buffer): unknown {
    return this.#serde.deserialize(this.#topic, data, []);
  }
}

class KeyValueFacade implements KeyValueStore<unknown, unknown> {
  readonly name: string;
  readonly #keys: Keys;
  readonly #store: KeyValueBytes<unknown>;
  readonly #time: () => number;

  constructor(store: KeyValueBytes<unknown>, surroundings: StoreSurroundings) {
    this.#keys = new Keys(surroundings);
    this.name = this.#keys.name;
    this.#store = store;
    this.#time = surroundings.time;
  }

  get approximateNumEntries(): number {
    return this.#store.size;
  }

  get(key: unknown): unknown {
    return this.#store.get(this.#keys.encode(key))?.value;
  }

  put(key: unknown, value: unknown): void {
    const bytes = this.#keys.encode(key);
    // As in Kafka Streams, for whoever comes from there.
    if (value === null || value === undefined) this.#store.delete(bytes, this.#time());
    else this.#store.put(bytes, value, this.#time());
  }

  putIfAbsent(key: unknown, value: unknown): unknown {
    const before = this.get(key);
    if (before === undefined) this.put(key, value);
    return before;
  }

  delete(key: unknown): unknown {
    const bytes = this.#keys.encode(key);
    const before = this.#store.get(bytes)?.value;
    this.#store.delete(bytes, this.#time());
    return before;
  }

  range(from: unknown, to: unknown): IterableIterator<readonly [key: unknown, value: unknown]> {
    return this.#entries(this.#store.range(this.#keys.encode(from), this.#keys.encode(to)));
  }

  prefixScan<P>(prefix: P, serde: Serde<P>): IterableIterator<readonly [key: unknown, value: unknown]> {
    return this.#entries(this.#store.prefix(this.#keys.encodeWith(serde, prefix)));
  }

  all(): IterableIterator<readonly [key: unknown, value: unknown]> {
    return this.#entries(this.#store.all());
  }

  *#entries(
    entries: ReturnType<KeyValueBytes<unknown>['all']>,
  ): IterableIterator<readonly [key: unknown, value: unknown]> {
    for (const [key, { value }] of entries) yield [this.#keys.decode(key), value];
  }
}

class WindowFacade implements WindowStore<unknown, unknown> {
  readonly name: string;
  readonly #keys: Keys;
  readonly #store: WindowBytes<unknown>;
  readonly #sizeMs: number;

  constructor(store: WindowBytes<unknown>, surroundings: StoreSurroundings) {
    this.#keys = new Keys(surroundings);
    this.name = this.#keys.name;
    this.#store = store;
    this.#sizeMs = surroundings.spec.windowSizeMs ?? 0;
  }

  put(key: unknown, value: unknown, start: number): void {
    // Windows go by each other's starts, whatever the records' times.
    this.#store.put(this.#keys.encode(key), start, value, start);
  }

  get(key: unknown, start: number): unknown {
    return this.#store.get(this.#keys.encode(key), start)?.value;
  }

  *fetch(key: unknown, from: number, to: number): IterableIterator<readonly [start: number, value: unknown]> {
    for (const [start, { value }] of this.#store.fetch(this.#keys.encode(key), from, to))
      yield [start, value];
  }

  *fetchAll(
    from: number,
    to: number,
  ): IterableIterator<readonly [windowed: Windowed<unknown>, value: unknown]> {
    for (const [key, start, { value }] of this.#store.all()) {
      if (start >= from && start <= to) {
        yield [new Windowed(this.#keys.decode(key), start, start + this.#sizeMs), value];
      }
    }
  }

  all(): IterableIterator<readonly [windowed: Windowed<unknown>, value: unknown]> {
    return this.fetchAll(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  }
}

class SessionFacade implements SessionStore<unknown, unknown> {
  readonly name: string;
  readonly #keys: Keys;
  readonly #store: TimedStore<unknown>;
  readonly #time: () => number;

  constructor(store: TimedStore<unknown>, surroundings: StoreSurroundings) {
    this.#keys = new Keys(surroundings);
    this.name = this.#keys.name;
    this.#store = store;
    this.#time = surroundings.time;
  }

  put({ key, start, end }: Windowed<unknown>, value: unknown): void {
    const bytes = this.#keys.encode(key);
    const known = this.#find(bytes, start, end);
    if (known === undefined) this.#store.add(bytes, end, start, value, this.#time());
    else this.#store.update(known, value, this.#time());
  }

  remove({ key, start, end }: Windowed<unknown>): void {
    const known = this.#find(this.#keys.encode(key), start, end);
    if (known !== undefined) this.#store.remove(known, this.#time());
  }

  fetchSession(key: unknown, start: number, end: number): unknown {
    return this.#find(this.#keys.encode(key), start, end)?.value;
  }

  *findSessions(
    key: unknown,
    earliestEnd: number,
    latestStart: number,
  ): IterableIterator<readonly [session: Windowed<unknown>, value: unknown]> {
    const found = this.#store.fetch(this.#keys.encode(key), earliestEnd, LATEST);
    for (const { start, time, value } of found) {
      if (start <= latestStart) yield [new Windowed(key, start, time), value];
    }
  }

  fetch(key: unknown): IterableIterator<readonly [session: Windowed<unknown>, value: unknown]> {
    return this.findSessions(key, 0, LATEST);
  }

  #find(key: Buffer, start: number, end: number): TimedEntry<unknown> | undefined {
    return this.#store.fetch(key, end, end).find((entry) => entry.start === start);
  }
}

/** Above any time, and still one more is a number. */
const LATEST = Number.MAX_SAFE_INTEGER - 1;

class VersionedFacade implements VersionedKeyValueStore<unknown, unknown> {
  readonly name: string;
  readonly #keys: Keys;
  readonly #store: VersionedStore<unknown>;

  constructor(store: VersionedStore<unknown>, surroundings: StoreSurroundings) {
    this.#keys = new Keys(surroundings);
    this.name = this.#keys.name;
    this.#store = store;
  }

  put(key: unknown, value: unknown, timestamp: number): void {
    this.#store.put(this.#keys.encode(key), value ?? null, timestamp);
  }

  delete(key: unknown, timestamp: number): VersionedRecord<unknown> | undefined {
    const before = this.getAsOf(key, timestamp);
    this.put(key, null, timestamp);
    return before;
  }

  get(key: unknown): VersionedRecord<unknown> | undefined {
    return copy(this.#store.get(this.#keys.encode(key)));
  }

  getAsOf(key: unknown, timestamp: number): VersionedRecord<unknown> | undefined {
    return copy(this.#store.getAsOf(this.#keys.encode(key), timestamp));
  }
}

/** What a store gives may be its own, and another value soon. */
function copy(stored: VersionedRecord<unknown> | undefined): VersionedRecord<unknown> | undefined {
  return stored && { value: stored.value, timestamp: stored.timestamp };
}
