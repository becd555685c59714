import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createKafkaClient, type Admin, type KafkaClient } from '@mesh/kafka';
import { startKafka, type KafkaServer } from '@mesh/local-cloud';
import { formatLag, lagOf } from './lag.js';
import { formatPlan } from './reset.js';

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
  it('is shown with where each input goes on, and what is deleted', () => {
    const inputs = [{ topic: 'plays', partition: 0, from: 3, offset: 0 }];
    const plan = { applicationId: 'count', inputs, internalTopics: ['count-plays-changelog'] };
    expect(formatPlan(plan).split('\n')).toEqual([
      'count: reads again from',
      expect.stringMatching(/topic +partition +committed +new/),
      expect.stringMatching(/plays +0 +3 +0/),
      'deletes its internal topics',
      '  count-plays-changelog',
      'What it wrote elsewhere stays: output topics keep their records, sinks their effects.',
    ]);
  });
});
