#!/usr/bin/env node
// `npm run proof:chaos -- [--events N] [--seed S] [--minutes M] [--rate R] [--report FILE]`
import type { Admin, KafkaClient } from '@mesh/kafka';
import { longSerde } from '@mesh/streams';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { BROKERS, Cluster } from './cluster.js';
import { openTransactions, readCommitted, untilConsumed } from './committed.js';
import { Faults, faultKinds } from './faults.js';
import { Instance } from './instances.js';
import { Load } from './load.js';
import { Random } from './random.js';
import { APPLICATION_ID, inputs, outputs, PARTITIONS } from './topology.js';
import { verify, type Verdict } from './verify.js';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    minutes: { type: 'string', default: '60' },
    rate: { type: 'string', default: '300' },
    report: { type: 'string' },
  },
});
const [events, seed, minutes, rate] = [values.events, values.seed, values.minutes, values.rate].map(
  Number,
) as [number, number, number, number];
if (!(events >= 1) || !Number.isSafeInteger(seed) || !(minutes > 0) || !(rate >= 10)) {
  console.error(
    'proof:chaos: --events is from 1 up, --seed an integer, --minutes above 0, --rate from 10 up',
  );
  process.exit(64);
}

const INSTANCES = 3;
const SESSION_TIMEOUT_MS = 6_000;
const TRANSACTION_TIMEOUT_MS = 10_000;

const started = Date.now();
const folder = mkdtempSync(join(tmpdir(), 'proof-chaos-'));
const say = (text: string): void => {
  process.stderr.write(`${((Date.now() - started) / 1_000).toFixed(0).padStart(5)} s  ${text}\n`);
};
say(`${events} events from seed ${seed}, ${rate} records/s; the instances' logs are in ${folder}`);

const cluster = await Cluster.start(INSTANCES);
const client = cluster.client('proof');
const admin = client.admin();
await admin.createTopics(
  [...Object.values(inputs), ...Object.values(outputs)].map((name) => ({
    name,
    partitions: PARTITIONS,
    replicationFactor: BROKERS,
    config: { 'retention.ms': '-1' },
  })),
);
const instances = Array.from(
  { length: INSTANCES },
  (_, index) =>
    new Instance(
      {
        name: `instance-${index + 1}`,
        brokers: cluster.bootstrapOf(index),
        sessionTimeoutMs: SESSION_TIMEOUT_MS,
        transactionTimeoutMs: TRANSACTION_TIMEOUT_MS,
        // The last has another after each restart: its open transactions are left to the broker.
        ...(index === INSTANCES - 1 ? {} : { instanceId: `instance-${index + 1}` }),
      },
      join(folder, `instance-${index + 1}.log`),
    ),
);
const load = new Load({ client, random: new Random(seed), rate, say });
const faults = new Faults({
  cluster,
  instances,
  random: new Random(seed + 1),
  sessionTimeoutMs: SESSION_TIMEOUT_MS,
  say,
});

const failures: string[] = [];
let verdict: Verdict | undefined;
let open: readonly string[] = [];
try {
  for (const instance of instances) instance.start();
  load.start();
  await faults.untilAtWork();
  say('three instances are at work');
  while (faults.reports.length < events) {
    if (Date.now() - started > minutes * 60_000) {
      failures.push(`only ${faults.reports.length} of ${events} events fit into ${minutes} minutes`);
      break;
    }
    await faults.next();
  }
  await load.stop();
  say(`${load.total} records were written; waiting until all of them are processed`);
  const internal = await internalTopics(admin);
  const sources = [...Object.values(inputs), ...internal.filter(isSource)];
  await untilConsumed(admin, APPLICATION_ID, sources);
  await load.closeWindows();
  await untilConsumed(admin, APPLICATION_ID, sources);
  for (const instance of instances) await instance.stop();
  const all = [...Object.values(inputs), ...Object.values(outputs), ...internal];
  open = await openTransactions(admin, all, 2 * TRANSACTION_TIMEOUT_MS);
  verdict = await judge(client, admin);
} catch (error) {
  failures.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
} finally {
  for (const instance of instances) await instance.kill();
  await load.stop();
  await load.close();
  await admin.close();
  await client.close();
  await cluster.stop();
}
failures.push(...instances.flatMap((instance) => instance.failures));
report();

async function judge(reader: KafkaClient, asked: Admin): Promise<Verdict> {
  const topics = new Map(
    await Promise.all(
      [...Object.values(inputs), ...Object.values(outputs)].map(async (topic) => {
        const decode =
          topic === outputs.counts || topic === outputs.totals
            ? (data: Buffer) => String(longSerde.deserialize(topic, data, []))
            : (data: Buffer) => data.toString();
        return [topic, await readCommitted(reader, asked, topic, decode)] as const;
      }),
    ),
  );
  return verify(topics);
}

async function internalTopics(asked: Admin): Promise<readonly string[]> {
  return (await asked.listTopics()).filter((name) => name.startsWith(`${APPLICATION_ID}-`));
}

function isSource(topic: string): boolean {
  return !topic.endsWith('-changelog');
}

function report(): never {
  const { reports } = faults;
  const midWork = reports.filter(({ before, after }) => before > 0 && after > 0).length;
  const byKind = Object.fromEntries(
    faultKinds.map((kind) => {
      const of = reports.filter((each) => each.kind === kind);
      const sum = (pick: (each: (typeof of)[number]) => number): number =>
        of.reduce((total, each) => total + pick(each), 0);
      return [
        kind,
        {
          events: of.length,
          processedDuring: sum(({ during }) => during),
          seconds: Math.round(sum(({ seconds }) => seconds)),
          slowestRecoverySeconds: Math.max(0, ...of.map(({ recoverySeconds }) => recoverySeconds)),
        },
      ];
    }),
  );
  const details = {
    seed,
    events: reports.length,
    midWork,
    written: load.total,
    processed: faults.processed,
    faults: byKind,
    compared: verdict?.compared,
    openTransactions: open,
    examples: verdict?.examples,
    failures,
    seconds: Math.round((Date.now() - started) / 1_000),
  };
  console.log(JSON.stringify(details, undefined, 2));
  const found = verdict?.faults ?? { lost: -1, duplicated: -1, unexpected: -1, reordered: -1 };
  const promises = [
    ...Object.values(found).map((count) => count === 0),
    reports.length >= events,
    midWork === reports.length,
    open.length === 0,
    failures.length === 0,
  ];
  const failed = promises.filter((held) => !held).length;
  if (values.report !== undefined) {
    // Relative to where npm was called, which is not where it runs the script.
    const file = resolve(process.env['INIT_CWD'] ?? '.', values.report);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify({ passed: promises.length - failed, failed, skipped: 0 }));
  }
  console.log(
    `proof:chaos: ${reports.length} events (${midWork} mid-work), ${load.total} records, ${found.lost} lost, ` +
      `${found.duplicated} duplicated, ${found.unexpected} unexpected, ${found.reordered} reordered, ` +
      `${open.length} open transactions: ${failed === 0 ? 'ok' : 'FAILED'}`,
  );
  process.exit(failed === 0 ? 0 : 1);
}
