import { expect, it } from '@jest/globals';
import { RUN_SOURCES } from '@mesh/jest/sources.mjs';
import { join } from 'node:path';
import { bench, type BenchOptions } from './bench.js';
import { flowTableOf, jsonOf, ratiosOf, tableOf } from './report.js';
import { workloads, workloadNamed } from './workloads.js';

const RECORDS = 4_000;
const options: Omit<BenchOptions, 'workloads' | 'only'> = {
  records: RECORDS,
  rounds: 1,
  cacheBytes: 0,
  batchBytes: 262_144,
  lingerMs: 20,
  commitIntervalMs: 200,
  commitIntervalEosMs: 50,
  program: join(import.meta.dirname, 'child.ts'),
  nodeArgs: RUN_SOURCES,
  javaArgs: ['-Xmx512m'],
  flowRecords: 500,
  threads: 1,
  say: () => undefined,
};

it('runs every workload of ours to its end, and counts what it wrote', async () => {
  const rows = await bench({ ...options, workloads, only: 'ours' });
  expect(rows.map(({ workload }) => workload)).toEqual(workloads.map(({ name }) => name));
  for (const { ours } of rows) {
    expect(ours?.recordsPerSecond).toBeGreaterThan(0);
    expect(ours?.cpuSecondsPerMillion).toBeGreaterThan(0);
    expect(ours?.rssMiB).toBeGreaterThan(0);
  }
}, 180_000);

it('runs stream threads in workers', async () => {
  const asked = [workloadNamed('count-eos')];
  const [row] = await bench({ ...options, workloads: asked, only: 'ours', threads: 2 });
  expect(row?.ours?.recordsPerSecond).toBeGreaterThan(0);
}, 180_000);

it('runs all sides on the same load, and compares them', async () => {
  const rows = await bench({ ...options, workloads: [workloadNamed('count-eos')], only: undefined });
  const [row] = rows;
  if (row === undefined) throw new Error('no row');
  const { ratioWall, ratioCpu } = ratiosOf(row);
  expect(ratioWall).toBeCloseTo((row.ours?.recordsPerSecond ?? 0) / (row.java?.recordsPerSecond ?? 1));
  expect(ratioCpu).toBeCloseTo((row.java?.cpuSecondsPerMillion ?? 0) / (row.ours?.cpuSecondsPerMillion ?? 1));
  expect(JSON.parse(jsonOf(rows))).toEqual([expect.objectContaining({ workload: 'count-eos', ratioWall })]);
  expect(tableOf(rows)).toContain('| count-eos');
  expect(row.flow?.recordsPerSecond).toBeGreaterThan(0);
  expect(flowTableOf(rows)).toContain('| count-eos');
}, 300_000);
