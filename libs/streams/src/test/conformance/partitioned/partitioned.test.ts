import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestCluster } from '../../cluster.js';
import type { CaseFile } from '../cases.js';
import { buildOracle } from '../oracle.js';
import { provePartitioned } from './proof.js';
import { randomCases } from './random.js';

/** Another seed is tried by `npm run proof:partitioned`. */
const SEED = 4_300_002;
const RANDOM = 16;

let cluster: TestCluster;

beforeAll(async () => {
  await buildOracle();
  cluster = await TestCluster.start();
}, 180_000);

afterAll(() => cluster.stop());

describe('two instances of two threads over four partitions', () => {
  const file = readFileSync(join(import.meta.dirname, '../fixtures/cases.json'), 'utf8');
  const cases = [...(JSON.parse(file) as CaseFile).cases, ...randomCases(RANDOM, SEED)];

  it.each([
    ['each change going on at once', false],
    ['changes that wait in caches', true],
  ])(
    'answer as Kafka Streams does to each partition, with %s',
    async (_name, caching) => {
      const { differences, processed, nodes } = await provePartitioned(cluster, cases, caching);
      expect(differences).toEqual([]);
      expect(processed).toHaveLength(4);
      expect(Math.min(...processed)).toBeGreaterThan(0);
      expect(Object.keys(nodes).sort()).toEqual([
        'aggregate',
        'foreignKeyJoin',
        'sessionWindow',
        'slidingWindow',
        'streamStreamJoin',
        'streamTableJoin',
        'tableGroupBy',
        'tableTableJoin',
        'timeWindow',
      ]);
    },
    600_000,
  );
});
