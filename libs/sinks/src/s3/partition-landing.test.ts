import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { setImmediate } from 'node:timers/promises';
import type { LandingPlan } from './landing-plan.js';
import { PartitionLanding, type LandingLimits, type Line } from './partition-landing.js';

/** A bucket that knows what each object holds, and stops writing where a crash is to be. */
class Bucket {
  readonly objects = new Map<string, readonly number[]>();
  readonly plans = new Map<number, LandingPlan>();
  /** Writes until the crash. */
  left = Number.POSITIVE_INFINITY;

  /** What a process that was killed would never come back from. */
  async #write(act: () => void): Promise<void> {
    await setImmediate();
    if (this.left <= 0) await new Promise(() => undefined);
    this.left -= 1;
    act();
  }

  landing(limits: LandingLimits): PartitionLanding {
    return new PartitionLanding(limits, {
      plan: async (plan) => {
        let inForce = plan;
        await this.#write(() => {
          inForce = this.plans.get(plan.from) ?? plan;
          this.plans.set(plan.from, inForce);
        });
        return inForce;
      },
      land: async (from, lines) => {
        for (const [folder, inFolder] of Map.groupBy(lines, (line) => line.folder)) {
          await this.#write(() =>
            this.objects.set(
              `${folder}/${from}`,
              inFolder.map(({ offset }) => offset),
            ),
          );
        }
      },
      afterLinger: () => undefined,
    });
  }

  landed(): number[] {
    return [...this.objects.values()].flat().sort((a, b) => a - b);
  }
}

const unlimited = { maxRecords: 1_000, maxBytes: 1_000_000 };

function line(offset: number, folder: string, done: (error?: Error) => void = () => undefined): Line {
  return { offset, folder, text: 'x'.repeat(10), done, caller: done };
}

describe('the batches of a partition', () => {
  it('are full by records, or by characters', async () => {
    const bucket = new Bucket();
    const byRecords = bucket.landing({ ...unlimited, maxRecords: 3 });
    for (let offset = 0; offset < 7; offset += 1) byRecords.add(line(offset, 'a'));
    await byRecords.flush();
    const byCharacters = bucket.landing({ ...unlimited, maxBytes: 15 });
    for (let offset = 100; offset < 103; offset += 1) byCharacters.add(line(offset, 'a'));
    await byCharacters.flush();
    expect([...bucket.objects]).toEqual([
      ['a/0', [0, 1, 2]],
      ['a/3', [3, 4, 5]],
      ['a/6', [6]],
      ['a/100', [100, 101]],
      ['a/102', [102]],
    ]);
  });

  it('wait for records that the plan of an earlier process names, and a flush does not', async () => {
    const bucket = new Bucket();
    const before = bucket.landing(unlimited);
    for (const offset of [0, 1, 2]) before.add(line(offset, 'a'));
    await before.flush();
    const done: number[] = [];
    const after = bucket.landing({ ...unlimited, maxRecords: 2 });
    for (const offset of [0, 1]) after.add(line(offset, 'a', () => done.push(offset)));
    await after.flush();
    expect(done).toEqual([]);
    for (const offset of [2, 3]) after.add(line(offset, 'a', () => done.push(offset)));
    await after.flush();
    expect(done).toEqual([0, 1, 2, 3]);
    expect([...bucket.objects]).toEqual([
      ['a/0', [0, 1, 2]],
      ['a/3', [3]],
    ]);
  });

  it('are not overwritten by what is left of a partition that was lost and came back', async () => {
    const bucket = new Bucket();
    const ended: (readonly [number, string | undefined])[] = [];
    const add = (landing: PartitionLanding, offset: number): void =>
      landing.add(line(offset, 'a', (error) => ended.push([offset, error?.name])));
    const mine = bucket.landing(unlimited);
    for (const offset of [0, 1]) add(mine, offset);
    const others = bucket.landing(unlimited);
    for (const offset of [0, 1, 2, 3]) add(others, offset);
    await others.flush();
    ended.length = 0;
    for (const offset of [4, 5]) add(mine, offset);
    await mine.flush();
    expect(ended).toEqual([
      [0, 'LandingPlanError'],
      [1, 'LandingPlanError'],
      [4, undefined],
      [5, undefined],
    ]);
    expect(bucket.landed()).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe('whenever the process is killed, and whatever its limits are then', () => {
  const life = fc.record({
    maxRecords: fc.integer({ min: 1, max: 12 }),
    /** Records read until the batches are due for their age; 0 for never. */
    lingerRecords: fc.nat(9),
    reads: fc.integer({ min: 1, max: 40 }),
    writes: fc.nat(20),
  });
  // Offsets have gaps, as transactions leave them; times go to and fro over three hours.
  const log = fc.array(fc.record({ gap: fc.nat(2), hour: fc.nat(2) }), { minLength: 1, maxLength: 60 });

  it('each record is in one object, once', async () => {
    await fc.assert(
      fc.asyncProperty(log, fc.array(life, { maxLength: 8 }), async (steps, lives) => {
        let next = 0;
        const records = steps.map(({ gap, hour }) => {
          const offset = next + gap;
          next = offset + 1;
          return { offset, folder: `hour=${hour}` };
        });
        const bucket = new Bucket();
        let committed = 0;
        const last = { maxRecords: 7, lingerRecords: 0, reads: Infinity, writes: Infinity };
        for (const { maxRecords, lingerRecords, reads, writes } of [...lives, last]) {
          bucket.left = writes;
          const landing = bucket.landing({ ...unlimited, maxRecords });
          const isDone = new Set<number>();
          let read = 0;
          for (const { offset, folder } of records) {
            if (offset < committed) continue;
            if (read === reads) break;
            read += 1;
            landing.add(line(offset, folder, () => isDone.add(offset)));
            if (lingerRecords > 0 && read % lingerRecords === 0) {
              void landing.flush();
              for (let i = 0; i < 6; i += 1) await setImmediate();
            }
          }
          if (reads === Infinity) await landing.flush();
          else for (let i = 0; i < 20; i += 1) await setImmediate();
          // What a group may have committed by then: everything before the first record that is not done, or less.
          const open = records.find(({ offset }) => offset >= committed && !isDone.has(offset));
          const finished = open?.offset ?? next;
          if (writes % 3 !== 0) committed = Math.max(committed, finished);
        }
        expect(bucket.landed()).toEqual(records.map(({ offset }) => offset));
      }),
      { numRuns: 200 },
    );
  });
});
