import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createKafkaClient, type Admin, type KafkaClient } from '@mesh/kafka';
import { startKafka, type KafkaServer } from '@mesh/local-cloud';
import { formatLag, lagOf } from './lag.js';
import { executeReset, formatPlan, planReset } from './reset.js';

let kafka: KafkaServer;
let client: KafkaClient;
let admin: Admin;

beforeAll(async () => {
  kafka = await startKafka();
  client = createKafkaClient({ brokers: kafka.bootstrap.split(','), clientId: 'housekeeping-test' });
  admin = client.admin();
}, 600_000);

afterAll(async () => {
  await client.close();
  await kafka.stop();
});

async function topicOf(name: string, partitions: number, timestamps: readonly number[]): Promise<void> {
  await admin.createTopics([{ name, partitions, replicationFactor: 1, config: {} }]);
  const producer = client.producer();
  const partitionsOf = Array.from({ length: partitions }, (_, partition) => partition);
  const value = Buffer.from('x');
  await producer.send([
    {
      topic: name,
      records: partitionsOf.flatMap((partition) =>
        timestamps.map((timestamp) => ({ partition, key: null, value, timestamp, headers: [] })),
      ),
    },
  ]);
  await producer.close();
}

describe('lag', () => {
  it('counts what waits in each partition, and how long its oldest has', async () => {
    const now = Date.now();
    await topicOf('behind', 2, [now - 90_000, now - 60_000, now - 30_000]);
    await admin.setGroupOffsets('slow', [
      { topic: 'behind', partition: 0, offset: 1 },
      { topic: 'behind', partition: 1, offset: 3 },
    ]);
    const lags = await lagOf(client, admin, 'slow', now);
    expect(lags).toEqual([
      { group: 'slow', topic: 'behind', partition: 0, committed: 1, end: 3, behind: 2, oldestMs: 60_000 },
      { group: 'slow', topic: 'behind', partition: 1, committed: 3, end: 3, behind: 0 },
    ]);
    expect(formatLag(lags, false).split('\n')[1]).toBe('slow         behind           2       2  1 min 0 s');
    expect(formatLag(lags, true).split('\n')).toHaveLength(3);
  });

  it('of a group that committed nothing is empty', async () => {
    expect(await lagOf(client, admin, 'nobody')).toEqual([]);
  });
});

describe('reset', () => {
  it('shows what it would do and changes nothing, then does it, keeping what belongs to others', async () => {
    const now = Date.now();
    await topicOf('plays', 1, [now, now, now]);
    await topicOf('count-by-item-repartition', 1, [now]);
    await topicOf('count-plays-changelog', 1, [now]);
    await topicOf('count-artist-subscription-registration-topic', 1, [now]);
    await topicOf('count-artist-subscription-response-topic', 1, [now]);
    await topicOf('count-more-x-changelog', 1, [now]);
    await topicOf('count-output', 1, [now]);
    await admin.setGroupOffsets('count', [
      { topic: 'plays', partition: 0, offset: 3 },
      { topic: 'count-by-item-repartition', partition: 0, offset: 1 },
    ]);

    const plan = await planReset(admin, 'count', 'earliest', ['count-more']);
    expect(plan.inputs).toEqual([{ topic: 'plays', partition: 0, from: 3, offset: 0 }]);
    expect(plan.internalTopics).toEqual([
      'count-artist-subscription-registration-topic',
      'count-artist-subscription-response-topic',
      'count-by-item-repartition',
      'count-plays-changelog',
    ]);
    expect(formatPlan(plan)).toContain('count-plays-changelog');
    expect(await admin.groupOffsets('count')).toHaveLength(2);

    await executeReset(admin, plan);
    expect(await admin.groupOffsets('count')).toEqual([{ topic: 'plays', partition: 0, offset: 0 }]);
    const left = (await admin.listTopics()).filter((topic) => topic.startsWith('count-'));
    expect(left.sort()).toEqual(['count-more-x-changelog', 'count-output']);
  });

  it('can go on with only what comes', async () => {
    await topicOf('later', 1, [1, 2]);
    await admin.setGroupOffsets('late', [{ topic: 'later', partition: 0, offset: 0 }]);
    expect((await planReset(admin, 'late', 'latest')).inputs).toEqual([
      { topic: 'later', partition: 0, from: 0, offset: 2 },
    ]);
  });

  it('is refused while an instance runs, before anything is deleted', async () => {
    await topicOf('busy-input', 1, [1]);
    await topicOf('busy-store-changelog', 1, [1]);
    await admin.setGroupOffsets('busy', [{ topic: 'busy-input', partition: 0, offset: 1 }]);
    const consumer = client.consumer({
      groupId: 'busy',
      isolation: 'read_committed',
      offsetReset: 'earliest',
    });
    const ignore = (): void => undefined;
    await consumer.subscribe(['busy-input'], { onAssigned: ignore, onRevoked: ignore, onLost: ignore });
    const deadline = Date.now() + 30_000;
    while (consumer.assignment().length === 0 && Date.now() < deadline) await consumer.poll(100);
    try {
      const plan = await planReset(admin, 'busy', 'earliest');
      await expect(executeReset(admin, plan)).rejects.toMatchObject({
        code: 'RUNNING',
        message: expect.stringContaining('stop all its instances first'),
      });
      expect(await admin.listTopics()).toContain('busy-store-changelog');
    } finally {
      await consumer.close();
    }
  });

  it('of an application nobody knows says so', async () => {
    await expect(planReset(admin, 'nobody', 'earliest')).rejects.toMatchObject({ code: 'UNKNOWN' });
  });
});
