import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../test/eventually.js';
import { DeliveryLane, type Deliver } from './lane.js';
import { encodeFrames } from './segments.js';

let dir: string;
let lanes: DeliveryLane[];
let delivered: string[][];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lane-'));
  lanes = [];
  delivered = [];
});
afterEach(async () => {
  await Promise.all(lanes.map((lane) => lane.close()));
  rmSync(dir, { recursive: true });
});

const collect: Deliver = async (_, { data }) => void delivered.push(data.map(String));

function lane(hints: { sizeBytes: number; intervalMs: number }, deliver = collect): DeliveryLane {
  const made = new DeliveryLane({ dir, ...hints, deliver, log: () => undefined });
  lanes.push(made);
  return made;
}

function put(to: DeliveryLane, ...records: string[]): void {
  to.journal(
    encodeFrames(
      records.map((record) => Buffer.from(record)),
      1,
    ),
    records.length,
  );
  to.accepted();
}

const hour = 3_600_000;

describe('a delivery lane', () => {
  it('delivers when the size is reached, and not before', async () => {
    const under = lane({ sizeBytes: 100, intervalMs: hour });
    put(under, 'a'.repeat(40));
    await new Promise(setImmediate);
    expect(delivered).toEqual([]);
    put(under, 'b'.repeat(40));
    await eventually(
      () => delivered.length,
      (n) => n === 1,
    );
    expect(delivered[0]).toHaveLength(2);
    expect(under.pending).toBe(0);
  });

  it('delivers when the interval is over', async () => {
    const under = lane({ sizeBytes: 1_000_000, intervalMs: 30 });
    put(under, 'a');
    put(under, 'b');
    expect(delivered).toEqual([]);
    await eventually(
      () => delivered.length,
      (n) => n === 1,
    );
    put(under, 'c');
    await eventually(
      () => delivered.length,
      (n) => n === 2,
    );
    expect(delivered).toEqual([['a', 'b'], ['c']]);
  });

  it('lets the buffer grow while a delivery is under way, and delivers it next', async () => {
    const gate = Promise.withResolvers<void>();
    const under = lane({ sizeBytes: 50, intervalMs: 0 }, async (segment, content, signal) => {
      await gate.promise;
      return collect(segment, content, signal);
    });
    put(under, 'first');
    for (let i = 0; i < 5; i++) put(under, `later ${i}`);
    expect(under.pending).toBe(6);
    gate.resolve();
    await eventually(
      () => delivered.length,
      (n) => n === 2,
    );
    expect(delivered).toEqual([['first'], ['later 0', 'later 1', 'later 2', 'later 3', 'later 4']]);
  });

  it('delivers at once when flushed', async () => {
    const under = lane({ sizeBytes: 1_000_000, intervalMs: hour });
    put(under, 'a');
    await under.flush();
    expect(delivered).toEqual([['a']]);
  });

  it('delivers again after a restart what was not delivered, under the same id', async () => {
    const ids: string[] = [];
    const stuck = lane({ sizeBytes: 1, intervalMs: hour }, async ({ id }, _, signal) => {
      ids.push(id);
      await new Promise((__, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
    });
    put(stuck, 'a');
    await stuck.close();
    const next = lane({ sizeBytes: 1, intervalMs: hour }, async (segment, content, signal) => {
      ids.push(segment.id);
      return collect(segment, content, signal);
    });
    await next.flush();
    expect(delivered).toEqual([['a']]);
    expect(new Set(ids).size).toBe(1);
  });
});
