import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileJournals, type FileJournalsOptions } from './file-journals.js';
import type { Journal } from './types.js';

interface Counter {
  readonly journal: Journal<{ key: string; count: number }>;
  readonly counts: Map<string, number>;
  readonly replayed: number;
}

/** A state that a snapshot makes much smaller than its history. */
function openCounter(journals: FileJournals): Counter {
  const counts = new Map<string, number>();
  let replayed = 0;
  const journal = journals.open<{ key: string; count: number }>('counter', {
    replay: ({ key, count }) => {
      counts.set(key, count);
      replayed++;
    },
    snapshot: () => [...counts].map(([key, count]) => ({ key, count })),
  });
  return { journal, counts, replayed };
}

function count({ journal, counts }: Counter, key: string): void {
  const next = (counts.get(key) ?? 0) + 1;
  counts.set(key, next);
  journal.append({ key, count: next });
}

describe('journals in files', () => {
  let dir: string;
  let path: string;
  const open = (options?: FileJournalsOptions) => new FileJournals(dir, options);

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'journals-'));
    path = join(dir, 'counter.jsonl');
  });

  afterEach(() => rmSync(dir, { recursive: true }));

  it('have what was appended in the file when they say it is written, without being closed', async () => {
    const journals = open();
    const counter = openCounter(journals);
    expect(journals.written()).toBeUndefined();
    count(counter, 'a');
    count(counter, 'é');
    const written = journals.written();
    expect(written).toBeDefined();
    await written;
    expect(readFileSync(path, 'utf8')).toBe('{"key":"a","count":1}\n{"key":"é","count":1}\n');
    expect(journals.written()).toBeUndefined();
    // As after kill -9: nobody closed the first.
    const again = openCounter(open());
    expect(again.counts).toEqual(counter.counts);
    journals.close();
  });

  it('drop the half of a last line, and go on after the whole ones', async () => {
    const first = open();
    count(openCounter(first), 'a');
    first.close();
    appendFileSync(path, '{"key":"b","co');
    const second = open();
    const counter = openCounter(second);
    expect(counter.counts).toEqual(new Map([['a', 1]]));
    count(counter, 'c');
    await second.written();
    second.close();
    expect(openCounter(open()).counts).toEqual(new Map(Object.entries({ a: 1, c: 1 })));
  });

  it('refuse a file that something else has changed, saying where', () => {
    writeFileSync(path, '{"key":"a","count":1}\nnot json\n{"key":"b","count":1}\n');
    expect(() => openCounter(open())).toThrow(
      expect.objectContaining({
        code: 'MESH_DOUBLES_JOURNAL_DAMAGED',
        message: expect.stringContaining(`${path} holds no JSON at byte 22`),
      }),
    );
  });

  it('are replaced by a snapshot when they have grown, and stay appendable', async () => {
    const journals = open({ compactionBytes: 2000 });
    const counter = openCounter(journals);
    for (let i = 0; i < 1000; i++) {
      count(counter, `k${i % 3}`);
      if (i % 10 === 0) await journals.written();
    }
    journals.close();
    expect(statSync(path).size).toBeLessThan(5000);
    const again = openCounter(open());
    expect(again.counts).toEqual(new Map(Object.entries({ k0: 334, k1: 333, k2: 333 })));
  });

  it('grow on when a snapshot cannot be written, and say so', async () => {
    const told: string[] = [];
    const journals = open({ compactionBytes: 100, log: (message) => told.push(message) });
    const counter = openCounter(journals);
    // A folder in the place of the new file.
    mkdirSync(`${path}.new`);
    for (let i = 0; i < 20; i++) {
      count(counter, 'a');
      await journals.written();
    }
    journals.close();
    expect(told[0]).toContain(`the journal ${path}.new cannot be written`);
    expect(openCounter(open()).counts).toEqual(new Map([['a', 20]]));
  });
});
