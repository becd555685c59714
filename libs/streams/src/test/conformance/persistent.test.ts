import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import { MemoryStores } from '../memory-storage.js';
import { anyCase } from './arbitrary.js';
import type { Case } from './cases.js';
import { runCase, runCaseOn, runCaseRestarting, type Line } from './run.js';

describe('random cases with stores of the kind that are on disk', () => {
  it('are answered as with stores in memory', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async (given) => {
        const [memory, disk] = [runCase(given), await runCaseOn(new MemoryStores(), given)];
        requireSame(disk, memory);
      }),
      { seed: 4_300_003, numRuns: 500 },
    );
  }, 300_000);
});

describe('random cases with tasks that end, and begin anew, all the time', () => {
  it.each([
    ['state on disk', () => new MemoryStores()],
    ['state restored from changelogs', () => undefined],
  ])(
    'are answered as without, with %s',
    async (_name, stores) => {
      await fc.assert(
        fc.asyncProperty(anyCase, fc.integer({ min: 1, max: 6 }), async (given, every) => {
          fc.pre(!letsGoWithoutMatch(given) && !joinsInMemory(given));
          requireSame(await runCaseRestarting(given, every, stores()), runCase(given));
        }),
        { seed: 4_300_004, numRuns: 300 },
      );
    },
    300_000,
  );
});

/**
 * Left and outer joins of streams let what has no match go at some time after it is final: as in Kafka Streams, after a
 * restart not at the same.
 */
function letsGoWithoutMatch({ nodes }: Case): boolean {
  return nodes.some((node) => node.op === 'streamStreamJoin' && (node.type ?? 'inner') !== 'inner');
}

/** A store in memory goes by the time of records without a value, too, of which its changelog does not know. */
function joinsInMemory({ nodes, store }: Case): boolean {
  return store === 'memory' && nodes.some(({ op }) => op === 'streamStreamJoin');
}

/** Of records: tasks that begin anew count from 0 what they drop. */
function requireSame(ours: readonly Line[], expected: readonly Line[]): void {
  const [one, other] = [ours, expected].map((made) => made.filter((line) => 'topic' in line));
  if (isDeepStrictEqual(one, other)) return;
  throw new Error(`expected:\n${lines(expected)}\nthis is:\n${lines(ours)}`);
}

function lines(made: readonly object[]): string {
  return made.map((line) => JSON.stringify(line)).join('\n');
}
