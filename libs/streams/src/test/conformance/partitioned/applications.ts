import { RUN_SOURCES } from '@mesh/jest/sources.mjs';
import type { ConsumedRecord, KafkaClient, TopicPartition } from '@mesh/kafka';
import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaStreams, type Metric } from '../../../index.js';
import { topicName } from '../../../topology/topology.js';
import { until } from '@mesh/jest/until.mjs';
import { type TestCluster } from '../../cluster.js';
import definitionOf, { partitionedTopology, type PartitionedData, type Prefixed } from './application.js';
import type * as applicationModule from './application.js';
import type { Pieces } from './pieces.js';
import { PARTITIONS, spread, type Placed } from './spread.js';

const MODULE = new URL('./application.ts', import.meta.url);
const INSTANCES = 2;
const THREADS = 2;
/** For all cases of a run together, on a machine that does other work too. */
const PATIENCE_MS = 300_000;
/** Workers tell their metrics twice a second. */
const TOLD_MS = 1_000;

/** How cases are run. */
export interface RunOptions {
  /** With caches, at least once; else without, exactly once. */
  readonly caching: boolean;
  /** Whether each stream thread is a worker; else both of an instance are on one event loop. */
  readonly workers: boolean;
}

export interface Run {
  /** What each case's pieces wrote, by case and topic; each partition in order. */
  readonly written: readonly ReadonlyMap<string, readonly Placed[]>[];
  /** Records that each thread of each instance processed. */
  readonly processed: readonly number[];
}

export interface CaseToRun extends Prefixed {
  readonly pieces: Pieces;
}

/**
 * Runs cases on a broker, side by side in one application of two instances with two threads each: all of their input is
 * written before it begins, and it is closed when all is processed and committed.
 *
 * @throws Error where an instance fails, or not all is processed in time
 */
export async function runPartitioned(
  cluster: TestCluster,
  applicationId: string,
  toRun: readonly CaseToRun[],
  options: RunOptions,
): Promise<Run> {
  // Without pieces: workers are given what they need.
  const cases = toRun.map(({ given, prefix }) => ({ given, prefix }));
  const topology = partitionedTopology(cases);
  // By their names in the case, those on the broker.
  const outputs = toRun.map(({ prefix, pieces: { nodes, internal } }) => {
    return new Map(
      nodes.map(({ out }) => [
        out,
        topicName(applicationId, { name: prefix + out, internal: internal.has(out) }),
      ]),
    );
  });
  const written = outputs.flatMap((topics) => [...topics.values()]);
  const sources = topology.subTopologies.flatMap((sub) =>
    sub.sourceTopics.map((ref) => topicName(applicationId, ref)),
  );
  const globals = topology.globalTables.map(({ topic }) => topic);
  const own = [...new Set([...sources, ...globals, ...written])].filter(
    (topic) => !topic.startsWith(`${applicationId}-`),
  );
  await cluster.createTopics(PARTITIONS, ...own);
  await writeInputs(cluster.client, cases);
  const processed = await processAll(cluster, { applicationId, cases, sources }, options);
  const records = Map.groupBy(await readAll(cluster.client, written), ({ topic }) => topic);
  await forget(cluster.client, applicationId, own);
  return {
    processed,
    written: outputs.map(
      (topics) =>
        new Map(
          [...topics].map(([out, topic]) => [
            out,
            (records.get(topic) ?? []).map((record) => ({ ...record, topic: out })),
          ]),
        ),
    ),
  };
}

async function writeInputs(client: KafkaClient, cases: readonly Prefixed[]): Promise<void> {
  const producer = client.producer();
  for (const { given, prefix } of cases) {
    const inputs = spread(given);
    await producer.send(
      [...new Set(inputs.map(({ topic }) => topic))].map((topic) => ({
        topic: prefix + topic,
        records: inputs
          .filter((input) => input.topic === topic)
          .map(({ key, value, ts, headers, partition }) => ({
            key: bytes(key),
            value: bytes(value),
            timestamp: ts,
            headers: Object.entries(headers).map(([name, data]) => [name, Buffer.from(data)] as const),
            partition,
          })),
      })),
    );
  }
  await producer.close();
}

interface Instance {
  readonly app: KafkaStreams;
  readonly close: () => Promise<void>;
}

async function instanceOf(data: PartitionedData, workers: boolean): Promise<Instance> {
  if (workers) {
    const app = await KafkaStreams.fromModule<typeof applicationModule>(MODULE, {
      data,
      numStreamThreads: THREADS,
      execArgv: RUN_SOURCES,
    });
    return { app, close: () => app.close() };
  }
  const { topology, options } = definitionOf(data);
  const app = new KafkaStreams(topology, { ...options, numStreamThreads: THREADS });
  return {
    app,
    close: async () => {
      await app.close();
      await options.client.close();
    },
  };
}

/** @returns what each thread processed */
async function processAll(
  cluster: TestCluster,
  {
    applicationId,
    cases,
    sources,
  }: Pick<PartitionedData, 'applicationId' | 'cases'> & { readonly sources: readonly string[] },
  { caching, workers }: RunOptions,
): Promise<readonly number[]> {
  const data = { brokers: cluster.server.bootstrap, applicationId, cases, caching };
  const instances: Instance[] = [];
  const alive = (): void => {
    for (const { app } of instances) if (app.error !== undefined) throw app.error;
  };
  try {
    for (let index = 0; index < INSTANCES; index += 1) {
      instances.push(await instanceOf({ ...data, clientId: `${applicationId}-${index}` }, workers));
    }
    // Nothing is processed before each thread has its share: none would be left for who comes late.
    await Promise.all(
      instances.map(async ({ app }) => {
        await app.start();
        app.pause();
      }),
    );
    await until(
      'every thread has tasks',
      () => {
        alive();
        return instances.every(({ app }) => app.ready && tasksOf(app.metrics()).size === THREADS);
      },
      PATIENCE_MS,
    );
    for (const { app } of instances) app.resume();
    await cluster.untilProcessed(applicationId, sources, { check: alive, timeoutMs: PATIENCE_MS });
    if (workers) await sleep(TOLD_MS);
    return instances.flatMap(({ app }) =>
      app
        .metrics()
        .filter(({ name }) => name === 'process-total')
        .map(({ value }) => value),
    );
  } finally {
    await Promise.all(instances.map(({ close }) => close()));
  }
}

/** The threads that have tasks. */
function tasksOf(metrics: readonly Metric[]): ReadonlySet<string | undefined> {
  return new Set(
    metrics
      .filter(({ labels }) => 'task-id' in labels && 'thread-id' in labels)
      .map(({ labels }) => labels['thread-id']),
  );
}

/** All committed records of topics, of transactions whose ends are being written, too. */
async function readAll(client: KafkaClient, topics: readonly string[]): Promise<readonly Placed[]> {
  const admin = client.admin();
  const ends = await admin.endOffsets(partitionsOf(topics), 'read_uncommitted');
  await admin.close();
  const left = new Map(
    ends.filter(({ offset }) => offset > 0).map((end) => [`${end.topic} ${end.partition}`, end] as const),
  );
  const records: Placed[] = [];
  if (left.size === 0) return records;
  const reader = await client.reader([...left.values()].map((end) => ({ ...end, offset: 0 })));
  while (left.size > 0) {
    for (const { topic, partition, records: batch, nextOffset } of await reader.poll(1_000)) {
      records.push(...batch.map((record) => placed(topic, partition, record)));
      const end = left.get(`${topic} ${partition}`)?.offset ?? 0;
      if (nextOffset >= end) left.delete(`${topic} ${partition}`);
    }
  }
  await reader.close();
  return records;
}

function placed(topic: string, partition: number, record: ConsumedRecord): Placed {
  const { key, value, offset, timestamp, headers } = record;
  return {
    ...{ topic, partition, offset, ts: timestamp },
    key: key === null ? null : key.toString(),
    value: value === null ? null : value.toString(),
    headers: Object.fromEntries(headers.map(([name, data]) => [name, data?.toString() ?? ''])),
  };
}

/** Deletes what a run has made: the next one is to have the broker for itself. */
async function forget(client: KafkaClient, applicationId: string, topics: readonly string[]): Promise<void> {
  const admin = client.admin();
  const own = (await admin.listTopics()).filter((topic) => topic.startsWith(`${applicationId}-`));
  await admin.deleteTopics([...new Set([...topics, ...own])]);
  await admin.deleteGroup(applicationId);
  await admin.close();
}

function partitionsOf(topics: readonly string[]): readonly TopicPartition[] {
  return [...new Set(topics)].flatMap((topic) =>
    Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition })),
  );
}

function bytes(text: string | null): Buffer | null {
  return text === null ? null : Buffer.from(text);
}
