import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CaseNode } from './cases.js';
import { buildOracle, describeOracle } from './oracle.js';
import { caseTopology } from './topology.js';

/** Where the oracle and we draw the same operators, and none of them has a name that we require and Java makes up. */
const node = (index: number): fc.Arbitrary<CaseNode> =>
  fc.oneof(
    fc.record({
      op: fc.constant('streamTableJoin' as const),
      left: fc.constantFrom('s0', 's1'),
      right: fc.constantFrom('t0', 't1', 't2'),
      type: fc.constantFrom('inner' as const, 'left' as const),
      out: fc.constant(`out-${index}`),
    }),
    fc.record({
      op: fc.constant('tableTableJoin' as const),
      left: fc.constantFrom('t0', 't1', 't2'),
      right: fc.constantFrom('t3', 't4'),
      type: fc.constantFrom('inner' as const, 'left' as const, 'outer' as const),
      out: fc.constant(`out-${index}`),
    }),
  );

const graphs = fc
  .integer({ min: 1, max: 6 })
  .chain((length) => fc.tuple(...Array.from({ length }, (_, index) => node(index))));

beforeAll(buildOracle, 180_000);

describe('the text form of a topology', () => {
  it("is Kafka Streams' own, to the letter", async () => {
    const cases = fc.sample(graphs, { numRuns: 300, seed: 7 }).map((nodes, index) => {
      return { name: String(index), nodes, inputs: [] };
    });
    const java = await describeOracle(cases);
    expect(java).toHaveLength(cases.length);
    for (const [index, given] of cases.entries()) expect(caseTopology(given).describe()).toBe(java[index]);
  }, 120_000);
});
