import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Header } from '@mesh/kafka';
import {
  type KafkaStreams,
  stringSerde,
  StreamsBuilder,
  type ProcessingGuarantee,
  type Topology,
} from '../index.js';
import { until } from '@mesh/jest/until.mjs';
import { TestCluster, text } from '../test/cluster.js';
import { copyingTopology } from '../test/topologies.js';

const strings = { key: stringSerde, value: stringSerde };
const DAY = 86_400_000;

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await TestCluster.start();
});

afterAll(() => cluster.stop());

async function start(
  topology: Topology,
  applicationId: string,
  processingGuarantee: ProcessingGuarantee,
): Promise<KafkaStreams> {
  const app = cluster.application(topology, { applicationId, processingGuarantee });
  await app.start();
  return app;
}

async function createTopic(name: string, config: Readonly<Record<string, string>>): Promise<void> {
  const admin = cluster.client.admin();
  await admin.createTopics([{ name, partitions: 1, replicationFactor: 1, config }]);
  await admin.close();
}

function headersOf(headers: readonly Header[]): Map<string, string> {
  return new Map(headers.map(([name, data]) => [name, text(data)]));
}

describe('records that the broker refuses', () => {
  it.each(['exactly_once_v2', 'at_least_once'] as const)(
    'become dead letters, however many they are, and the rest goes on (%s)',
    async (guarantee) => {
      const name = `refused-${guarantee}`;
      // What it reads may be of any time; what it writes may not.
      await createTopic(`${name}-in`, { 'message.timestamp.after.max.ms': String(10 * DAY) });
      await createTopic(`${name}-copies`, { 'message.timestamp.after.max.ms': '3600000' });
      const now = Date.now();
      const app = await start(copyingTopology(name), name, guarantee);
      // Large enough for several sends within one commit, so that several are refused one after the other.
      const padding = 'x'.repeat(60_000);
      const records = Array.from({ length: 60 }, (_, index) => ({
        key: Buffer.from('k'),
        value: Buffer.from(`group:${index}${index % 10 === 3 ? padding : ''}`),
        timestamp: index % 3 === 0 ? now + 2 * DAY : now,
      }));
      await cluster.produce(`${name}-in`, records);
      const letters = async () =>
        (await cluster.readAll(`${name}-in.dlq`)).map(({ offset: _, ...rest }) => rest);
      await until('all that is refused is there', async () => (await letters()).length >= 20);
      await until(
        'the rest is copied',
        async () =>
          new Set((await cluster.readAll(`${name}-copies`)).map(({ value }) => text(value))).size === 40,
      );
      await until('it runs on', () => app.ready);
      const refused = new Set((await letters()).map(({ value }) => text(value)));
      expect(refused.size).toBe(20);
      const [letter] = await letters();
      expect(letter?.timestamp).toBe(now + 2 * DAY);
      expect(headersOf(letter?.headers ?? []).get('__connect.errors.stage')).toBe('KAFKA_PRODUCE');
      expect(headersOf(letter?.headers ?? []).get('__connect.errors.exception.message')).toContain(
        'INVALID_TIMESTAMP',
      );
      if (guarantee === 'exactly_once_v2') {
        expect(await letters()).toHaveLength(20);
        expect(await cluster.readAll(`${name}-copies`)).toHaveLength(40);
      }
      await app.close();
      expect(app.state).toBe('NOT_RUNNING');
    },
    120_000,
  );

  it.each(['exactly_once_v2', 'at_least_once'] as const)(
    'for the topic that they chose, as there is none, become dead letters, and the rest goes on (%s)',
    async (guarantee) => {
      const name = `chosen-${guarantee}`;
      await cluster.createTopics(1, `${name}-in`, `${name}-there`);
      const builder = new StreamsBuilder();
      builder.stream(`${name}-in`, strings).to((_key, value) => `${name}-${value}`);
      const app = await start(builder.build(), name, guarantee);
      const values = ['there', 'missing', 'missing', 'there', 'missing', 'there'];
      await cluster.produce(
        `${name}-in`,
        values.map((value) => ({ key: null, value: Buffer.from(value) })),
      );
      await until('the rest is there', async () => (await cluster.readAll(`${name}-there`)).length === 3);
      const letters = await cluster.readAll(`${name}-in.dlq`);
      expect(letters.map(({ value }) => text(value))).toEqual(['missing', 'missing', 'missing']);
      const headers = headersOf(letters[0]?.headers ?? []);
      expect(headers.get('__connect.errors.stage')).toBe('KAFKA_PRODUCE');
      expect(headers.get('__connect.errors.exception.message')).toContain('create the topic first');
      expect(app.state).toBe('RUNNING');
      await app.close();
    },
    60_000,
  );

  it('are none of those in topics of ours, which take any time', async () => {
    const name = 'any-time';
    await createTopic(`${name}-in`, { 'message.timestamp.after.max.ms': String(2_000_000 * DAY) });
    const builder = new StreamsBuilder();
    builder
      .stream(`${name}-in`, { ...strings, timestampExtractor: (value) => Number(value) })
      .groupBy((_key, value) => value, { name: 'by-time', ...strings })
      .count({ store: 'times' });
    const app = await start(builder.build(), name, 'exactly_once_v2');
    const times = [0, Date.now() + 400 * DAY, Date.UTC(200_000, 0)];
    await cluster.produce(
      `${name}-in`,
      times.map((time) => ({ key: Buffer.from('k'), value: Buffer.from(String(time)) })),
    );
    const counted = async () =>
      (await cluster.readAll(`${name}-times-changelog`)).map(({ timestamp }) => timestamp);
    await until('all is counted', async () => (await counted()).length === 3);
    expect((await counted()).sort((a, b) => a - b)).toEqual(times);
    expect(await cluster.readAll(`${name}-in.dlq`)).toEqual([]);
    await app.close();

    const admin = cluster.client.admin();
    await admin.deleteTopics([`${name}-times-changelog`]);
    await createTopic(`${name}-times-changelog`, { 'cleanup.policy': 'compact' });
    await admin.close();
    const again = cluster.application(builder.build(), { applicationId: name });
    await expect(again.start()).rejects.toMatchObject({
      code: 'INTERNAL_TOPIC_MISMATCH',
      message: expect.stringContaining('message.timestamp.after.max.ms is 3600000'),
    });
    await again.close();
  }, 60_000);
});

describe('dead letters', () => {
  it('of the largest records that their topic takes have room for why', async () => {
    const name = 'largest';
    await createTopic(`${name}-in`, { 'max.message.bytes': '3000000' });
    const builder = new StreamsBuilder();
    builder.stream(`${name}-in`, strings).forEach((_key, value) => {
      throw new Error(`cannot use ${value}`);
    });
    const app = await start(builder.build(), name, 'exactly_once_v2');
    const value = Buffer.alloc(2_999_900, 'x');
    await cluster.produce(`${name}-in`, [{ key: null, value }]);
    await until('the letter is there', async () => (await cluster.readAll(`${name}-in.dlq`)).length === 1);
    const [letter] = await cluster.readAll(`${name}-in.dlq`);
    expect(letter?.value?.equals(value)).toBe(true);
    expect(headersOf(letter?.headers ?? []).get('__connect.errors.exception.message')).toMatch(
      /^cannot use x/,
    );
    await app.close();
  }, 60_000);

  it('leave out why where a topic made by others takes no more, and stop the application where it takes less', async () => {
    const name = 'narrow';
    await createTopic(`${name}-in`, {});
    await createTopic(`${name}-in.dlq`, { 'max.message.bytes': '3000' });
    const builder = new StreamsBuilder();
    builder.stream(`${name}-in`, strings).forEach(() => {
      throw new Error('y'.repeat(5_000));
    });
    const app = await start(builder.build(), name, 'at_least_once');
    await cluster.produce(`${name}-in`, [{ key: null, value: Buffer.alloc(1_000, 'x') }]);
    await until('the letter is there', async () => (await cluster.readAll(`${name}-in.dlq`)).length === 1);
    const [letter] = await cluster.readAll(`${name}-in.dlq`);
    const names = [...headersOf(letter?.headers ?? []).keys()];
    expect(names).toContain('__connect.errors.offset');
    expect(names).not.toContain('__connect.errors.exception.message');

    await cluster.produce(`${name}-in`, [{ key: null, value: Buffer.alloc(4_000, 'x') }]);
    await until('it stops', () => app.state === 'ERROR');
    expect(app.error).toMatchObject({
      code: 'RECORD_FAILED',
      message: expect.stringMatching(/narrow-in-0@1.*raise max.message.bytes of narrow-in.dlq/s),
    });
    expect(app.notReady).toContain('raise max.message.bytes of narrow-in.dlq');
  }, 60_000);
});
