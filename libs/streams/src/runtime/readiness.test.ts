import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { KafkaClient, PartitionReader } from '@mesh/kafka';
import { type KafkaStreams, stringSerde, StreamsBuilder, type Topology } from '../index.js';
import { until } from '@mesh/jest/until.mjs';
import { TestCluster } from '../test/cluster.js';

const strings = { key: stringSerde, value: stringSerde };
const KEYS = 500;

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await TestCluster.start();
});

afterAll(() => cluster.stop());

function counting(): Topology {
  const builder = new StreamsBuilder();
  builder.stream('ready-in', strings).groupByKey().count({ store: 'counts' });
  return builder.build();
}

function make(client: KafkaClient): KafkaStreams {
  return cluster.application(counting(), { applicationId: 'ready', client });
}

function metric(app: KafkaStreams, name: string): number {
  return app.metrics().find((candidate) => candidate.name === name)?.value ?? 0;
}

/** The same cluster, whose changelogs are read when the test says so. */
function slowToRestore(gate: Promise<void>): KafkaClient {
  const client: KafkaClient = Object.create(cluster.client) as KafkaClient;
  client.reader = async (from): Promise<PartitionReader> => {
    const reader = await cluster.client.reader(from);
    return {
      poll: async (ms) => {
        await gate;
        return reader.poll(ms);
      },
      close: () => reader.close(),
    };
  };
  return client;
}

describe('an application', () => {
  it('is not ready before its state is restored, and says how much of it is missing', async () => {
    await cluster.createTopics(1, 'ready-in');
    const first = make(cluster.client);
    expect(first.notReady).toContain('CREATED');
    await first.start();
    await cluster.produce(
      'ready-in',
      Array.from({ length: KEYS }, (_, index) => ({
        key: Buffer.from(`key-${index}`),
        value: Buffer.from('v'),
      })),
    );
    await until('all is counted', () => metric(first, 'process-total') === KEYS);
    await first.close();
    expect(first.ready).toBe(false);
    expect(first.notReady).toContain('NOT_RUNNING');

    const gate = Promise.withResolvers<void>();
    const second = make(slowToRestore(gate.promise));
    await second.start();
    await until('it knows what to restore', () => metric(second, 'restore-remaining-records-total') > 0);
    expect(metric(second, 'restore-remaining-records-total')).toBeGreaterThanOrEqual(KEYS);
    expect(second.ready).toBe(false);
    expect(second.notReady).toMatch(/^restoring state, \d+ changelog records to read$/);
    await cluster.produce('ready-in', [{ key: Buffer.from('key-0'), value: Buffer.from('v') }]);
    expect(metric(second, 'process-total')).toBe(0);

    gate.resolve();
    await until('it is ready', () => second.ready);
    expect(second.notReady).toBeUndefined();
    expect(metric(second, 'restore-remaining-records-total')).toBe(0);
    await until('it processes', () => metric(second, 'process-total') === 1);
  }, 60_000);
});
