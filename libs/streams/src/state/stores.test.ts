import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stringSerde } from '../index.js';
import type { StoreSpec, StoreType } from '../topology/nodes.js';
import { RecordContext } from '../runtime/record-context.js';
import { MemoryStorage } from '../test/memory-storage.js';
import { createStore } from './create-store.js';
import { CacheBudget } from './pending-changes.js';
import { PersistentState } from './persistent-state.js';
import type {
  BufferStore,
  KeyValueStore,
  StateStore,
  TimedStore,
  UnmatchedStore,
  VersionedStore,
  WindowStore,
} from './ports.js';

/*
 * The stores on disk answer as those in memory do, whatever is done to them: values, ranges, what goes on at a flush
 * and what the changelog ends up with. A restart in between loses what was not committed, and nothing else.
 */

interface Logged {
  readonly key: Buffer;
  readonly value: Buffer | null;
  readonly timestamp: number;
}

function specOf(type: StoreType, rest: Partial<StoreSpec>): StoreSpec {
  return { name: 's', type, key: stringSerde, value: stringSerde, retentionMs: 100, ...rest };
}

/** A store, what it wrote, and what went on from it. */
class Subject {
  store!: StateStore;
  log: Logged[] = [];
  wentOn: unknown[] = [];
  readonly context = new RecordContext();
  readonly #spec: StoreSpec;
  readonly #storage: MemoryStorage | undefined;
  #state: PersistentState | undefined;
  #committed = 0;

  constructor(spec: StoreSpec, storage: MemoryStorage | undefined) {
    this.#spec = spec;
    this.#storage = storage;
    this.open();
  }

  /** As after a crash: from what is on disk, and the changelog behind it. */
  open(): void {
    this.log.length = this.#committed;
    const setting = {
      spec: this.#spec,
      changelogTopic: 'app-s-changelog',
      changelog: {
        write: (key: Buffer, value: Buffer | null, timestamp: number): void => {
          this.log.push({ key: Buffer.from(key), value: value && Buffer.from(value), timestamp });
        },
      },
      cache: {
        host: {
          context: this.context,
          failed: (_node: string | undefined, error: unknown): void => {
            throw error;
          },
        },
        // So little that entries are let go of all the time.
        budget: new CacheBudget(1_000),
      },
    };
    this.#state = this.#storage && new PersistentState(this.#storage, [this.#spec]);
    this.store = this.#state?.createStore(setting) ?? createStore(setting);
    this.store.changes?.listen('node', (...change) => this.wentOn.push([...change, this.context.timestamp]));
    const from = this.#state?.position('s') ?? 0;
    for (const { key, value, timestamp } of this.log.slice(from)) this.store.restore(key, value, timestamp);
  }

  commit(): void {
    this.store.flush();
    this.#committed = this.log.length;
    this.#state?.commit(new Map([['s', this.#committed]]), -1);
  }

  /** The changelog as compaction would leave it, tombstones gone. */
  get compacted(): readonly (readonly [string, string])[] {
    const last = new Map<string, Logged>();
    for (const record of this.log) last.set(record.key.toString('latin1'), record);
    return [...last]
      .flatMap(([key, { value }]) => (value === null ? [] : [[key, value.toString('latin1')] as const]))
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

type Op = readonly [kind: number, key: string, value: string, time: number];

/** Keys that are prefixes of each other; times that go on, with some that lie behind. */
const ops = fc.array(
  fc.tuple(
    fc.nat(9),
    fc.constantFrom('a', 'b', 'a\0', 'ab', ''),
    fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom('x', 'y', 'z') }),
    fc.nat(40),
  ),
  { maxLength: 40 },
);

function compare(
  type: StoreType,
  rest: Partial<StoreSpec>,
  act: (store: never, op: Op, time: number, step: number) => unknown,
): void {
  fc.assert(
    fc.property(ops, (given) => {
      const spec = specOf(type, rest);
      const memory = new Subject(spec, undefined);
      const disk = new Subject(spec, new MemoryStorage());
      let clock = 100;
      for (const [step, op] of given.entries()) {
        clock += op[3] % 8;
        const time = clock - op[3];
        const [one, other] = [memory, disk].map((subject) => {
          subject.context.timestamp = time;
          if (op[0] === 0 || (op[0] === 1 && spec.ttlMs !== undefined)) return subject.commit();
          if (op[0] === 1) {
            // What was not committed is lost on both.
            subject.open();
            return undefined;
          }
          return act(subject.store as never, op, time, step);
        });
        expect(other).toEqual(one);
      }
      memory.commit();
      disk.commit();
      expect(disk.wentOn).toEqual(memory.wentOn);
      expect(disk.compacted).toEqual(memory.compacted);
      // On disk is also the time of what left nothing in the changelog.
      expect(disk.store.streamTime).toBeGreaterThanOrEqual(memory.store.streamTime);
    }),
    { numRuns: 200 },
  );
}

const bytes = (key: string): Buffer => Buffer.from(key, 'latin1');
const plain = (entries: Iterable<readonly unknown[]>): unknown[] =>
  [...entries].map((entry) =>
    entry.map((part) => (Buffer.isBuffer(part) ? part.toString('latin1') : copyOf(part))),
  );
function copyOf(stored: unknown): unknown {
  if (typeof stored !== 'object' || stored === null) return stored;
  const { value, timestamp } = stored as { readonly value: unknown; readonly timestamp: number };
  return { value, timestamp };
}

describe.each([
  ['cached', { caching: true }],
  ['not cached', {}],
])('stores on disk and in memory, %s', (_name, caching) => {
  const keyValue = (store: KeyValueStore<string>, [kind, key, value]: Op, time: number): unknown => {
    const id = bytes(key);
    switch (kind % 5) {
      case 0:
        store.delete(id, time, key);
        return store.size;
      case 1:
        return plain(store.all());
      case 2:
        return plain(store.prefix(id));
      case 3:
        return plain(store.range(bytes('a'), id));
      default: {
        const before = copyOf(store.get(id));
        store.put(id, value, time, key);
        return before;
      }
    }
  };

  it('key-value', () => compare('key-value', caching, keyValue));

  it('key-value whose entries end', () => compare('key-value', { ...caching, ttlMs: 20 }, keyValue));

  it('window', () =>
    compare('window', caching, (store: WindowStore<string>, [kind, key, value], time) => {
      const start = time - (time % 10);
      switch (kind % 4) {
        case 0:
          return plain(store.fetch(bytes(key), start - 30, start + 10));
        case 1:
          return plain(store.all());
        default: {
          // As the operators do, which take no record for what has fallen out.
          if (start <= store.streamTime - 100) return undefined;
          const before = copyOf(store.get(bytes(key), start));
          store.put(bytes(key), start, value, time, `${key}@${start}`);
          return before;
        }
      }
    }));

  it.each(['session', 'sliding'] as const)('%s', (type) =>
    compare(type, caching, (store: TimedStore<string>, [kind, key, value], time) => {
      const id = bytes(key);
      const found = store.fetch(id, time, time);
      const [entry] = found;
      if (time <= store.latest - 60) return undefined;
      const start = type === 'session' ? time - 1 : time;
      if (entry === undefined) store.add(id, time, start, value, time, key);
      else if (kind % 3 === 0 && type === 'session') store.remove(entry, time, key);
      else store.update(entry, value, time, key);
      const near = store.fetch(id, time - 30, time + 30);
      return near.map((one) => [one.time, one.start, one.value, one.timestamp]);
    }),
  );
});

describe('stores on disk and in memory that are never cached', () => {
  it('join', () =>
    compare('join', {}, (store: TimedStore<string>, [, key, value], time) => {
      store.add(bytes(key), time, time, value, time);
      return store.fetch(bytes(key), time - 30, time + 30).map((one) => [one.time, one.value]);
    }));

  it('versioned', () =>
    compare('versioned', {}, (store: VersionedStore<string>, [kind, key, value], time) => {
      const id = bytes(key);
      const asOf = copyOf(store.getAsOf(id, time - 5));
      const latest = store.put(id, kind % 3 === 0 ? null : value, time);
      return [asOf, latest, copyOf(store.get(id)), [...store.versions(id)]];
    }));

  it('unmatched', () =>
    compare('unmatched', {}, (store: UnmatchedStore, [kind, key, value], time) => {
      if (kind % 3 === 0) store.delete(bytes(key), time, true);
      else store.add(bytes(key), time, kind % 2 === 0, value);
      return [...store.all()].map((one) => [one.timestamp, one.isLeft, one.key.toString(), one.values]);
    }));

  it.each(['suppress', 'buffer'] as const)('%s', (type) =>
    compare(type, {}, (store: BufferStore, [kind, key, value], time, step) => {
      const held = { timestamp: time, offset: step, topic: 't', partition: 0, headers: [] };
      if (kind % 3 > 0) {
        store.put(bytes(key), time, {
          ...held,
          value: bytes(value),
          oldValue: null,
          priorValue: store.get(bytes(key))?.value ?? null,
        });
        return store.get(bytes(key))?.value;
      }
      const taken: unknown[] = [];
      for (const one of store.due(time)) {
        taken.push([one.key.toString('latin1'), one.record.value]);
        store.remove(one);
      }
      return [taken, store.size, [...store.keys()].map(String)];
    }),
  );
});
