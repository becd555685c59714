import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestCluster } from '../../cluster.js';
import { NODE_KINDS } from '../case-file.js';
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
  const written = ['cases.json', 'extended.json'].flatMap((name) => {
    const file = readFileSync(join(import.meta.dirname, '../fixtures', name), 'utf8');
    return (JSON.parse(file) as CaseFile).cases;
  });
  const cases = [...written, ...randomCases(RANDOM, SEED)];

  it.each([
    ['in workers, with each change going on at once', { workers: true, caching: false }, 1],
    ['on one event loop, with changes that wait in caches', { workers: false, caching: true }, 0],
  ])(
    'answer as Kafka Streams does to each partition, %s',
    async (_name, options, ends) => {
      const { differences, processed, nodes, ended } = await provePartitioned(cluster, cases, options);
      expect(differences).toEqual([]);
      // With a cache, when a buffer is full is up to commits.
      expect(ended).toBe(ends);
      expect(processed).toHaveLength(4);
      expect(Math.min(...processed)).toBeGreaterThan(0);
      expect(Object.keys(nodes).sort()).toEqual(NODE_KINDS);
    },
    600_000,
  );
});
