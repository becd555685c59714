import { createKafkaClient, type ConsumedRecord, type KafkaClient, type TopicPartition } from '@mesh/kafka';
import { KafkaStreams, StreamsBuilder, type Metric, type Topology } from '../../../index.js';
import { topicName } from '../../../topology/topology.js';
import { until, type TestCluster } from '../../cluster.js';
import type { Case } from '../cases.js';
import { drawCase } from '../topology.js';
import { PARTITIONS, spread, type Placed } from './spread.js';

const INSTANCES = 2;
const THREADS = 2;
/** For all cases of a run together, on a machine that does other work too. */
const PATIENCE_MS = 300_000;

export interface Run {
  /** What each case's nodes wrote, by case and topic; each partition in order. */
  readonly written: readonly ReadonlyMap<string, readonly Placed[]>[];
  /** Records that each thread of each instance processed. */
  readonly processed: readonly number[];
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
  cases: readonly Case[],
  caching: boolean,
): Promise<Run> {
  const builder = new StreamsBuilder();
  for (const [index, given] of cases.entries()) drawCase(builder, given, prefixOf(applicationId, index));
  const topology = builder.build();
  const outputs = cases.flatMap(({ nodes }, index) =>
    nodes.map(({ out }) => `${prefixOf(applicationId, index)}${out}`),
  );
  const sources = topology.subTopologies.flatMap((sub) =>
    sub.sourceTopics.map((ref) => topicName(applicationId, ref)),
  );
  const internal = new Set(sources.filter((topic) => topic.startsWith(`${applicationId}-`)));
  await cluster.createTopics(
    PARTITIONS,
    ...new Set([...sources.filter((topic) => !internal.has(topic)), ...outputs]),
  );
  await writeInputs(cluster.client, applicationId, cases);
  const processed = await processAll(cluster, applicationId, topology, sources, caching);
  const records = await readAll(cluster.client, outputs);
  await forget(cluster.client, applicationId, [...sources, ...outputs]);
  return {
    processed,
    written: cases.map(({ nodes }, index) => {
      const prefix = prefixOf(applicationId, index);
      return new Map(
        nodes.map(({ out }) => {
          const of = records.filter(({ topic }) => topic === `${prefix}${out}`);
          return [out, of.map((record) => ({ ...record, topic: out }))];
        }),
      );
    }),
  };
}

/** Not the application's own prefix: that is its internal topics'. */
function prefixOf(applicationId: string, index: number): string {
  return `${index}.${applicationId}.`;
}

async function writeInputs(
  client: KafkaClient,
  applicationId: string,
  cases: readonly Case[],
): Promise<void> {
  const producer = client.producer();
  for (const [index, given] of cases.entries()) {
    const inputs = spread(given);
    await producer.send(
      [...new Set(inputs.map(({ topic }) => topic))].map((topic) => ({
        topic: `${prefixOf(applicationId, index)}${topic}`,
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

/** @returns what each thread processed */
async function processAll(
  cluster: TestCluster,
  applicationId: string,
  topology: Topology,
  sources: readonly string[],
  caching: boolean,
): Promise<readonly number[]> {
  const instances = Array.from({ length: INSTANCES }, (_, index) => {
    const client = createKafkaClient({
      driver: process.env['KAFKA_DRIVER'] ?? 'kafkajs',
      brokers: [cluster.server.bootstrap],
      clientId: `${applicationId}-${index}`,
    });
    const app = new KafkaStreams(topology, {
      applicationId,
      client,
      // With a cache, a commit is what lets changes go on: not so often that each does.
      ...(caching
        ? { processingGuarantee: 'at_least_once', commitIntervalMs: 1_000 }
        : { processingGuarantee: 'exactly_once_v2', cacheMaxBytes: 0 }),
      numStreamThreads: THREADS,
      repartitionPurgeIntervalMs: PATIENCE_MS,
      createDeadLetterTopics: false,
      onFailure: () => 'fail',
    });
    return { app, client };
  });
  const alive = (): void => {
    for (const { app } of instances) if (app.error !== undefined) throw app.error;
  };
  try {
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
    return instances.flatMap(({ app }) =>
      app
        .metrics()
        .filter(({ name }) => name === 'process-total')
        .map(({ value }) => value),
    );
  } finally {
    await Promise.all(instances.map(({ app }) => app.close()));
    await Promise.all(instances.map(({ client }) => client.close()));
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

/** All committed records of topics. */
async function readAll(client: KafkaClient, topics: readonly string[]): Promise<readonly Placed[]> {
  const admin = client.admin();
  const ends = await admin.endOffsets(partitionsOf(topics));
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
