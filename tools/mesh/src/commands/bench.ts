import type { Command } from 'commander';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { measureEntities, type EntitiesRun } from '../bench/entities.js';
import { benchLog, lingerMs, measure, type Run } from '../bench/e2e.js';
import { Progress } from '../progress.js';
import { startMesh } from '../supervisor/mesh.js';
import { positive } from './options.js';

interface Flags {
  readonly events: number;
  readonly rate: number;
  readonly seconds: number;
  readonly json?: string;
}

/** `mesh bench`: the whole path under load, on data of its own that each run starts without. */
export function register(program: Command): void {
  program
    .command('bench')
    .description(
      'measure events a second, latency of each hop, AWS calls and memory, from HTTP to the stores',
    )
    .option('--events <count>', 'events of the run that goes as fast as it can', positive, 100_000)
    .option('--rate <per second>', 'events a second of the run at a steady rate', positive, 1_000)
    .option('--seconds <count>', 'how long that run takes', positive, 30)
    .option('--json <file>', 'leave the figures here')
    .action(async ({ events, rate, seconds, json }: Flags) => {
      const progress = new Progress(process.stdout);
      const print = (line: string) => progress.print(line);
      const mesh = await startMesh({
        onProgress: print,
        data: 'bench',
        fresh: true,
      });
      try {
        const entities = await measureEntities(mesh, progress);
        await measure(mesh, benchLog('warm-up', 10_000), undefined, progress);
        const steady = await measure(mesh, benchLog('steady', rate * seconds), rate, progress);
        const fast = await measure(mesh, benchLog('fast', events), undefined, progress);
        print(`\n${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.versions.node}`);
        describeEntities(entities).forEach(print);
        describe(`${rate}/s for ${seconds} s`, steady).forEach(print);
        describe('as fast as it goes', fast).forEach(print);
        if (json !== undefined) writeFileSync(json, JSON.stringify({ entities, steady, fast }, undefined, 2));
      } finally {
        await mesh.stop();
      }
    });
}

const row = (name: string, ...cells: string[]) =>
  `  ${name.padEnd(34)}${cells.map((cell) => cell.padStart(12)).join('')}`;

function describeEntities({ entities, seconds, calls }: EntitiesRun): readonly string[] {
  return [
    `\nusers and catalogue: ${entities.toLocaleString('en-GB')} entities`,
    row('created by the APIs', `${seconds.created.toFixed(1)} s`),
    row('all in Personalize', `${seconds.inPersonalize.toFixed(1)} s`),
    row('calls', 'made', 'fewest', 'ratio'),
    ...Object.entries(calls).map(([name, { made, fewest }]) =>
      row(name, String(made), String(fewest), (made / fewest).toFixed(2)),
    ),
  ];
}

function describe(title: string, run: Run): readonly string[] {
  const ms = ([p50, p99]: readonly [number, number]) => [`${p50.toFixed(0)} ms`, `${p99.toFixed(0)} ms`];
  const per1000 = ({ made, fewest }: { made: number; fewest: number }) => [
    ((made / run.events) * 1000).toFixed(1),
    ((fewest / run.events) * 1000).toFixed(1),
    (made / fewest).toFixed(2),
  ];
  return [
    `\n${title}: ${run.events.toLocaleString('en-GB')} events`,
    row('events/s accepted by the API', run.rate.accepted.toFixed(0)),
    row('events/s into Personalize', run.rate.personalize.toFixed(0)),
    row('events/s into OpenSearch', run.rate.openSearch.toFixed(0)),
    row('latency', 'p50', 'p99'),
    row('HTTP request to answer', ...ms(run.latency.request)),
    row('answer to PutEvents', ...ms(run.latency.acceptToPutEvents)),
    row('answer to indexed', ...ms(run.latency.acceptToIndexed)),
    row('calls per 1,000 events', 'made', 'fewest', 'ratio'),
    row(`PutEvents, linger ${lingerMs.personalize} ms`, ...per1000(run.calls.personalize)),
    row(`PutRecordBatch, linger ${lingerMs.firehose} ms`, ...per1000(run.calls.firehose)),
    row('process', 'CPU s', 'resident MiB'),
    ...run.usage.map(({ name, cpuSeconds, residentMiB }) =>
      row(name, cpuSeconds.toFixed(1), residentMiB.toFixed(0)),
    ),
  ];
}
