import { describe, expect, it } from '@jest/globals';
import { NODE_KINDS } from './case-file.js';
import { proveConformance } from './proof.js';

/** Another seed is tried by `npm run proof:conformance`. */
const SEED = 4_300_001;

describe('random cases', () => {
  it('are answered as Kafka Streams answers them', async () => {
    const { cases, nodes } = await proveConformance(2_000, SEED);
    expect(cases).toBe(2_000);
    expect(Object.keys(nodes).sort()).toEqual(NODE_KINDS);
  }, 1_200_000);
});
