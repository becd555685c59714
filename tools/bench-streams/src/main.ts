#!/usr/bin/env node
// `npm run bench:streams -- [--records N] [--rounds N] [--workloads a,b] [--json FILE] …`
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bench } from './bench.js';
import { flowTableOf, jsonOf, shareOfRaw, tableOf } from './report.js';
import { workloadNamed, workloads } from './workloads.js';

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    workloads: { type: 'string' },
    json: { type: 'string' },
    only: { type: 'string' },
    'flow-records': { type: 'string', default: '5000' },
    // Kafka Streams' defaults, of the cache and the commit intervals.
    'cache-bytes': { type: 'string', default: '10485760' },
    'batch-bytes': { type: 'string', default: '262144' },
    threads: { type: 'string', default: '1' },
    'linger-ms': { type: 'string', default: '20' },
    'commit-interval-ms': { type: 'string', default: '30000' },
    'commit-interval-eos-ms': { type: 'string', default: '100' },
    // As the library's README advises; both sides are told what their heap may take.
    'node-args': { type: 'string', default: '--max-semi-space-size=16' },
    'java-args': { type: 'string', default: '-Xmx1g' },
  },
});

const whole = (name: string, text: string, least: number): number => {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  console.error(`bench:streams: --${name} is a whole number from ${least} up, not ${text}`);
  process.exit(64);
};
const words = (text: string): readonly string[] => text.split(' ').filter((word) => word !== '');

const threads = whole('threads', values.threads, 1);
// The raw client and `@kafkats/flow` have one.
const threaded = workloads.filter(({ ours }) => threads === 1 || ours === 'streams');
const asked =
  values.workloads === undefined ? threaded : values.workloads.split(',').map((name) => workloadNamed(name));
const { only } = values;
if (only !== undefined && only !== 'ours' && only !== 'java' && only !== 'flow') {
  console.error('bench:streams: --only is ours, java or flow');
  process.exit(64);
}
const rows = await bench({
  workloads: asked,
  records: whole('records', values.records, 1_000),
  rounds: whole('rounds', values.rounds, 1),
  cacheBytes: whole('cache-bytes', values['cache-bytes'], 0),
  batchBytes: whole('batch-bytes', values['batch-bytes'], 1),
  threads,
  lingerMs: whole('linger-ms', values['linger-ms'], 0),
  commitIntervalMs: whole('commit-interval-ms', values['commit-interval-ms'], 1),
  commitIntervalEosMs: whole('commit-interval-eos-ms', values['commit-interval-eos-ms'], 1),
  program: join(import.meta.dirname, 'child.js'),
  nodeArgs: words(values['node-args']),
  javaArgs: words(values['java-args']),
  only,
  flowRecords: threads === 1 ? whole('flow-records', values['flow-records'], 0) : 0,
  say: (line) => console.error(line),
});
console.log(tableOf(rows));
console.log(shareOfRaw(rows));
console.log(flowTableOf(rows));
if (values.json !== undefined) {
  // Relative to where npm was called, which is not where it runs the script.
  const file = resolve(process.env['INIT_CWD'] ?? '.', values.json);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, jsonOf(rows));
}
