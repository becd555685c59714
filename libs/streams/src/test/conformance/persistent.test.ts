import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import { MemoryStores } from '../memory-storage.js';
import { anyCase } from './arbitrary.js';
import { runCase, runCaseOn } from './run.js';

describe('random cases with stores of the kind that are on disk', () => {
  it('are answered as with stores in memory', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async (given) => {
        const [memory, disk] = [runCase(given), await runCaseOn(new MemoryStores(), given)];
        if (!isDeepStrictEqual(disk, memory)) {
          throw new Error(`in memory:\n${lines(memory)}\nas on disk:\n${lines(disk)}`);
        }
      }),
      { seed: 4_300_003, numRuns: 500 },
    );
  }, 300_000);
});

function lines(made: readonly object[]): string {
  return made.map((line) => JSON.stringify(line)).join('\n');
}
