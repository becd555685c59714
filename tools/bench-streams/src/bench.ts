import { startKafka } from '@mesh/local-cloud';
import { createKafkaClient, type KafkaClient } from '@mesh/kafka';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { INPUT, KEYS, load, OUTPUT, PARTITIONS, TABLE } from './input.js';
import { medianOf, type Row } from './report.js';
import { buildJava, runJava, runNode } from './sides.js';
import type { Measurement, RunSettings, Side } from './settings.js';
import type { Workload } from './workloads.js';

export interface BenchOptions {
  readonly workloads: readonly Workload[];
  readonly records: number;
  readonly rounds: number;
  readonly cacheBytes: number;
  readonly batchBytes: number;
  readonly lingerMs: number;
  /** Stream threads of ours, workers where there are several, and of Kafka Streams. */
  readonly threads: number;
  /** Of workloads that are at least once, and of those that are exactly once. */
  readonly commitIntervalMs: number;
  readonly commitIntervalEosMs: number;
  /** The program that runs one workload of ours, and what Node is to be told for it, as `--cpu-prof`. */
  readonly program: string;
  readonly nodeArgs: readonly string[];
  readonly javaArgs: readonly string[];
  /** Leaves the other sides out, for work on one. */
  readonly only: Side | undefined;
  /** For `@kafkats/flow`, which would take hours for those of the others. 0 leaves it out. */
  readonly flowRecords: number;
  readonly say: (line: string) => void;
}

/** How long to wait for the markers of a run's transactions. Milliseconds. */
const MARKERS_MS = 5_000;

/** Runs the sides in turns, each run a process of its own, against one broker with one load. */
export async function bench(options: BenchOptions): Promise<readonly Row[]> {
  const { workloads, records, rounds, only, say } = options;
  if (only === undefined || only === 'java') await buildJava();
  const stateDir = await mkdtemp(join(tmpdir(), 'bench-streams-'));
  const kafka = await startKafka({ heapMb: 1024 });
  const client = createKafkaClient({ brokers: [kafka.bootstrap], clientId: 'bench' });
  const results = new Map<string, Record<Side, Measurement[]>>();
  try {
    say(`loading ${records} records`);
    await load(kafka.bootstrap, records);
    for (let round = 1; round <= rounds; round++) {
      for (const workload of workloads) {
        let taken = results.get(workload.name);
        if (taken === undefined) results.set(workload.name, (taken = { ours: [], java: [], flow: [] }));
        for (const side of orderOf(round)) {
          if (only !== undefined && only !== side) continue;
          if (side === 'flow' && (!workload.flow || options.flowRecords === 0)) continue;
          const settings = settingsOf(workload, side, round, {
            ...options,
            bootstrap: kafka.bootstrap,
            stateDir,
          });
          const before = await written(client);
          const result = await (side === 'java'
            ? runJava(settings, workload, options.javaArgs)
            : runNode(settings, options));
          const outputs = (await written(client)) - before;
          requireOutputs(workload, side, options, outputs);
          taken[side].push(result);
          say(
            `round ${round} ${workload.name} ${side}: ${Math.round(result.recordsPerSecond)} records/s, ` +
              `${result.cpuSecondsPerMillion.toFixed(2)} CPU s per million, ${Math.round(result.rssMiB)} MiB, ${outputs} outputs`,
          );
          await deleteInternal(client, settings.application);
        }
      }
    }
  } finally {
    await client.close();
    await kafka.stop();
    await rm(stateDir, { recursive: true, force: true });
  }
  return workloads.map(({ name }) => ({
    workload: name,
    ours: medianOf(results.get(name)?.ours ?? []),
    java: medianOf(results.get(name)?.java ?? []),
    flow: medianOf(results.get(name)?.flow ?? []),
  }));
}

function orderOf(round: number): readonly Side[] {
  return round % 2 === 1 ? ['ours', 'java', 'flow'] : ['flow', 'java', 'ours'];
}

function recordsOf(side: Side, { records, flowRecords }: BenchOptions): number {
  return side === 'flow' ? Math.min(records, flowRecords) : records;
}

function settingsOf(
  workload: Workload,
  side: Side,
  round: number,
  options: BenchOptions & { readonly bootstrap: string; readonly stateDir: string },
): RunSettings {
  const { stepsPerRecord, readsTable, exactlyOnce, name } = workload;
  return {
    side,
    workload: name,
    bootstrap: options.bootstrap,
    application: `bench-${name}-${side}-${round}`,
    input: INPUT,
    table: TABLE,
    output: OUTPUT,
    steps: recordsOf(side, options) * stepsPerRecord + (readsTable ? KEYS : 0),
    stepsPerRecord,
    commitIntervalMs: exactlyOnce ? options.commitIntervalEosMs : options.commitIntervalMs,
    cacheBytes: options.cacheBytes,
    batchBytes: options.batchBytes,
    lingerMs: options.lingerMs,
    stateDir: options.stateDir,
    threads: options.threads,
  };
}

/** Offsets in the output topic, transaction markers among them: those of the last run come soon after its end. */
async function written(client: KafkaClient): Promise<number> {
  const admin = client.admin();
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: OUTPUT, partition }));
  const sum = async (isolation: 'read_committed' | 'read_uncommitted'): Promise<number> =>
    (await admin.endOffsets(partitions, isolation)).reduce((total, { offset }) => total + offset, 0);
  try {
    const deadline = performance.now() + MARKERS_MS;
    for (;;) {
      const stable = await sum('read_committed');
      const end = await sum('read_uncommitted');
      // What a side left open is aborted by the broker in its own time.
      if (stable === end || performance.now() > deadline) return end;
      await sleep(50);
    }
  } finally {
    await admin.close();
  }
}

/** Fast is only what does the work. */
function requireOutputs(workload: Workload, side: Side, options: BenchOptions, outputs: number): void {
  const records = recordsOf(side, options);
  const [least, most] = workload.outputsPerRecord;
  // Caching leaves changes out; transactions add their markers.
  const right =
    outputs > (options.cacheBytes > 0 && workload.caches ? 0 : records * least - 1) &&
    // It was stopped in the middle of its input.
    (side === 'flow' || workload.exactlyOnce || outputs <= records * most);
  if (right) return;
  throw new Error(`${workload.name} of ${side} wrote ${outputs} records for ${records}: not what was asked`);
}

async function deleteInternal(client: KafkaClient, application: string): Promise<void> {
  const admin = client.admin();
  const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(`${application}-`));
  await admin.deleteTopics(topics);
  await admin.close();
}
