// Runs cases in the oracle's format, and random ones, on a real broker over four partitions, and compares them with Kafka
// Streams: npm run proof:partitioned -- [FILE.json …] [--random CASES] [--seed SEED] [--workers]
// With --workers each stream thread is a worker; else both of an instance share one event loop, as does all.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { TestCluster } from '../../cluster.js';
import type { Case, CaseFile } from '../cases.js';
import { buildOracle } from '../oracle.js';
import { randomCases } from './random.js';
import { provePartitioned } from './proof.js';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    random: { type: 'string' },
    seed: { type: 'string' },
    workers: { type: 'boolean', default: false },
  },
});
// npm runs scripts at the top of the repository, wherever it was called.
const from = (path: string): string => resolve(process.env['INIT_CWD'] ?? '.', path);
const cases: Case[] = [];
for (const file of positionals) {
  cases.push(...(JSON.parse(await readFile(from(file), 'utf8')) as CaseFile).cases);
}
const random = Number(values.random ?? (positionals.length === 0 ? 200 : 0));
const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
cases.push(...randomCases(random, seed));
const { workers } = values;
process.stderr.write(
  `partitioned: ${cases.length} cases, ${random} of them random from seed ${seed}, ${workers ? 'in workers' : 'on one event loop'}\n`,
);

await buildOracle();
const cluster = await TestCluster.start();
let differing = 0;
try {
  for (const caching of [false, true]) {
    const { differences, ...result } = await provePartitioned(cluster, cases, { caching, workers });
    for (const difference of differences) process.stdout.write(`${difference}\n\n`);
    differing += differences.length;
    process.stdout.write(
      `${JSON.stringify({ caching, workers, ...result, differing: differences.length })}\n`,
    );
  }
} finally {
  await cluster.stop();
}
process.exitCode = differing === 0 ? 0 : 1;
