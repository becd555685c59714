import { afterEach, describe, expect, it } from '@jest/globals';
import { RUN_SOURCES } from '@mesh/jest/sources.mjs';
import type { Checkpoint, KeyRange, TaskStorage } from '@mesh/streams';
import fc from 'fast-check';
import { once } from 'node:events';
import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { lmdbStores } from './index.js';
import { temporaryFolder } from './test/temporary-stores.js';

const open: TaskStorage[] = [];
afterEach(async () => {
  for (const storage of open.splice(0)) await storage.close();
});

async function storageIn(directory: string, mapSizeBytes = 16 * 1024 * 1024): Promise<TaskStorage> {
  const storage = await lmdbStores({ directory, mapSizeBytes }).open('app', '0_0');
  open.push(storage);
  return storage;
}

function at(offset: number): Checkpoint {
  const counts = { type: 'key-value', format: 1, offset, streamTime: 5 } as const;
  return { streamTime: offset, committedAt: 1, stores: { counts } };
}

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Keys that are empty, begin with zeros, and are prefixes of each other. */
const keys = fc.string({ unit: fc.constantFrom('\0', '\x01', 'a', '\xff'), maxLength: 4 });
const batches = fc.array(
  fc.record({
    clear: fc.boolean(),
    puts: fc.dictionary(keys, fc.option(fc.string({ maxLength: 3 }), { nil: null })),
    from: fc.option(keys, { nil: undefined }),
    to: fc.option(keys, { nil: undefined }),
  }),
  { minLength: 1, maxLength: 6 },
);

describe('a table in LMDB', () => {
  it('answers as a sorted map of what was committed, also after it was opened again', async () => {
    await fc.assert(
      fc.asyncProperty(batches, async (given) => {
        const directory = temporaryFolder();
        const model = new Map<string, string>();
        for (const [index, { clear, puts, from, to }] of given.entries()) {
          const storage = await lmdbStores({ directory }).open('app', '0_0');
          const table = storage.table('t');
          if (clear) model.clear();
          const entries = Object.entries(puts).map(([key, value]) => [key, value] as const);
          for (const [key, value] of entries) {
            if (value === null) model.delete(key);
            else model.set(key, value);
          }
          const writes = entries.map(
            ([key, value]) => [bytes(key), value === null ? null : bytes(value)] as const,
          );
          storage.commit([{ table: 't', clear, entries: writes }], at(index));
          expect(table.size).toBe(model.size);
          for (const [key] of entries) {
            expect(table.get(bytes(key))?.toString('latin1')).toBe(model.get(key));
          }
          const range: KeyRange = {
            ...(from === undefined ? {} : { from: bytes(from) }),
            ...(to === undefined ? {} : { to: bytes(to) }),
          };
          const wanted = [...model]
            .filter(([key]) => (from === undefined || key >= from) && (to === undefined || key < to))
            .sort(([a], [b]) => (a < b ? -1 : 1));
          const found = (reverse: boolean) =>
            [...table.range({ ...range, reverse })].map((entry) =>
              entry.map((data) => data.toString('latin1')),
            );
          expect(found(false)).toEqual(wanted);
          expect(found(true)).toEqual(wanted.toReversed());
          await storage.close();
        }
      }),
      { numRuns: 60 },
    );
  }, 120_000);

  it('keeps nothing of a commit that fails half-way', async () => {
    const storage = await storageIn(temporaryFolder());
    const table = storage.table('t');
    storage.commit([{ table: 't', clear: false, entries: [[bytes('a'), bytes('1')]] }], at(1));
    const tooLong = Buffer.alloc(3_000);
    expect(() =>
      storage.commit(
        [
          {
            table: 't',
            clear: false,
            entries: [
              [bytes('a'), bytes('2')],
              [tooLong, bytes('2')],
            ],
          },
        ],
        at(2),
      ),
    ).toThrow();
    expect(table.get(bytes('a'))).toEqual(bytes('1'));
    expect(storage.checkpoint).toEqual(at(1));
  });
});

describe('state of a task', () => {
  it('is listed with its checkpoint, whether open or not', async () => {
    const directory = temporaryFolder();
    const stores = lmdbStores({ directory });
    const storage = await stores.open('app', '1_2');
    storage.commit([], at(42));
    const listed = [{ taskId: '1_2', checkpoint: at(42) }];
    expect(await stores.list('app')).toEqual(listed);
    expect(await lmdbStores({ directory }).list('app')).toEqual(listed);
    await storage.close();
    expect(await lmdbStores({ directory }).list('app')).toEqual(listed);
    expect(await stores.list('another')).toEqual([]);
  });

  it('has one owner at a time, and goes to the next one also after a kill', async () => {
    const directory = temporaryFolder();
    const first = await storageIn(directory);
    const waiting = lmdbStores({ directory }).open('app', '0_0');
    await first.close();
    const second = await waiting;
    await second.close();
    // As one leaves it that was killed: no process is of this number.
    const owner = { id: 'x', host: hostname(), pid: 2 ** 22 + 1, started: '1' };
    writeFileSync(join(directory, 'app/0_0/owner.lock'), JSON.stringify(owner));
    await expect(storageIn(directory)).resolves.toBeDefined();
  });

  it('goes to the next one after a worker has ended without closing it', async () => {
    const directory = temporaryFolder();
    const bystander = lmdbStores({ directory });
    for (let round = 0; round < 5; round++) {
      const worker = new Worker(new URL('./test/committing-worker.ts', import.meta.url), {
        workerData: { directory },
        execArgv: [...RUN_SOURCES],
      });
      let told = 0;
      worker.on('message', (offset: number) => (told = offset));
      await once(worker, 'message');
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await bystander.list('app')).toMatchObject([{ taskId: '0_0' }]);
      expect(await bystander.clean('app', 0)).toEqual([]);
      worker.postMessage('exit');
      await once(worker, 'exit');
      const storage = await storageIn(directory);
      const streamTime = storage.checkpoint?.streamTime ?? 0;
      expect(streamTime).toBeGreaterThanOrEqual(told);
      const table = storage.table('t');
      for (const key of ['k0', 'k49']) expect(table.get(bytes(key))).toEqual(bytes(String(streamTime)));
      await storage.close();
    }
  });

  it('is deleted once nobody has used it for so long, and not while somebody does', async () => {
    const directory = temporaryFolder();
    const stores = lmdbStores({ directory });
    const storage = await stores.open('app', '0_0');
    storage.commit([], at(1));
    const data = join(directory, 'app/0_0/data.mdb');
    const age = () => utimesSync(data, new Date(0), new Date(0));
    age();
    expect(await stores.clean('app', 1_000)).toEqual([]);
    expect(await lmdbStores({ directory }).clean('app', 1_000)).toEqual([]);
    await storage.close();
    age();
    expect(await stores.clean('app', 1_000)).toEqual(['0_0']);
    expect(existsSync(data)).toBe(false);
  });

  it('that was not flushed when the machine stopped is not read', async () => {
    const directory = temporaryFolder();
    const storage = await storageIn(directory);
    storage.commit([], at(1));
    await storage.close();
    writeFileSync(join(directory, 'app/0_0/boot'), 'another run of the machine');
    expect((await storageIn(directory)).checkpoint).toBeUndefined();
  });

  it('says where it cannot be, and what to do', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    await expect(lmdbStores({ directory: join(file, 'state') }).open('app', '0_0')).rejects.toMatchObject({
      code: 'STATE_UNREADABLE',
      message: expect.stringMatching(/task 0_0 of app in .*ENOTDIR.*Give a directory/),
    });
    expect(() => lmdbStores({ directory: '' })).toThrow('directory is "": it takes a path');
  });

  it('says that it is full, and what to do', async () => {
    const storage = await storageIn(temporaryFolder(), 1024 * 1024);
    const fill = (): void => {
      for (let key = 0; key < 100; key += 1) {
        const entries = [[Buffer.from(`key-${key}`), Buffer.alloc(50_000)] as const];
        storage.commit([{ table: 't', clear: false, entries }], at(key));
      }
    };
    expect(fill).toThrow(/MAP_FULL.*mapSizeBytes is 1048576: raise it/);
  });
});
