import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Admin } from '@mesh/kafka';
import { until } from '@mesh/jest/until.mjs';
import {
  planReset,
  QueryableStoreTypes,
  longSerde,
  resetApplication,
  stringSerde,
  StreamsBuilder,
} from '../index.js';
import { TestCluster } from '../test/cluster.js';

let cluster: TestCluster;
let admin: Admin;

beforeAll(async () => {
  cluster = await TestCluster.start();
  admin = cluster.client.admin();
});

afterAll(() => cluster.stop());

async function topicOf(name: string, records: number): Promise<void> {
  await cluster.createTopics(1, name);
  await cluster.produce(
    name,
    Array.from({ length: records }, (_, index) => ({
      key: Buffer.from(`k${index}`),
      value: Buffer.from('x'),
    })),
  );
}

function counting(applicationId: string, topic: string) {
  const strings = { key: stringSerde, value: stringSerde };
  const builder = new StreamsBuilder();
  builder
    .stream(topic, strings)
    .groupBy((_key, value) => value, { name: 'by-value', ...strings })
    .count({ store: 'counts' });
  return cluster.application(builder.build(), { applicationId });
}

describe('the reset of an application', () => {
  it('shows what it would do and changes nothing, then does it, keeping what belongs to others', async () => {
    await topicOf('plays', 3);
    await topicOf('count-by-item-repartition', 1);
    await topicOf('count-plays-changelog', 1);
    await topicOf('count-artist-subscription-registration-topic', 1);
    await topicOf('count-artist-subscription-response-topic', 1);
    await topicOf('count-more-x-changelog', 1);
    await topicOf('count-output', 1);
    await admin.setGroupOffsets('count', [
      { topic: 'plays', partition: 0, offset: 3 },
      { topic: 'count-by-item-repartition', partition: 0, offset: 1 },
    ]);

    const plan = await planReset(admin, 'count', { otherIds: ['count-more'] });
    expect(plan.inputs).toEqual([{ topic: 'plays', partition: 0, from: 3, offset: 0 }]);
    expect(plan.internalTopics).toEqual([
      'count-artist-subscription-registration-topic',
      'count-artist-subscription-response-topic',
      'count-by-item-repartition',
      'count-plays-changelog',
    ]);
    expect(await admin.groupOffsets('count')).toHaveLength(2);

    await resetApplication(admin, plan);
    expect(await admin.groupOffsets('count')).toEqual([{ topic: 'plays', partition: 0, offset: 0 }]);
    const left = (await admin.listTopics()).filter((topic) => topic.startsWith('count-'));
    expect(left.toSorted()).toEqual(['count-more-x-changelog', 'count-output']);
  });

  it('has it count anew what its inputs hold', async () => {
    await topicOf('anew-in', 5);
    const counted = async (app: ReturnType<typeof counting>) =>
      (await app.store('counts', QueryableStoreTypes.keyValue(stringSerde, longSerde)).get('x'))?.value;
    const first = counting('anew', 'anew-in');
    await first.start();
    await until('all is counted', async () => first.ready && (await counted(first)) === 5);
    await first.close();
    await resetApplication(admin, await planReset(admin, 'anew'));
    await cluster.produce('anew-in', [{ key: null, value: Buffer.from('x') }]);
    const second = counting('anew', 'anew-in');
    await second.start();
    await until('all is counted', async () => second.ready && (await counted(second)) === 6);
    await second.close();
  }, 60_000);

  it('can go on with only what comes', async () => {
    await topicOf('later', 2);
    await admin.setGroupOffsets('late', [{ topic: 'later', partition: 0, offset: 0 }]);
    expect((await planReset(admin, 'late', { to: 'latest' })).inputs).toEqual([
      { topic: 'later', partition: 0, from: 0, offset: 2 },
    ]);
  });

  it.each([0, 2])(
    'is refused while an instance runs, before anything is deleted (%d records)',
    async (records) => {
      const name = `busy-${records}`;
      await topicOf(`${name}-in`, records);
      const app = counting(name, `${name}-in`);
      await app.start();
      await until('it runs', () => app.ready);
      if (records > 0)
        await until('it has committed', async () => (await planReset(admin, name)).inputs.length > 0);
      await expect(resetApplication(admin, await planReset(admin, name))).rejects.toMatchObject({
        code: 'ILLEGAL_STATE',
        message: expect.stringContaining('stop all its instances first'),
      });
      expect(await admin.listTopics()).toContain(`${name}-counts-changelog`);
      await app.close();
    },
    60_000,
  );

  it('of an application nobody knows says so', async () => {
    await expect(planReset(admin, 'nobody')).rejects.toMatchObject({ code: 'UNKNOWN_APPLICATION' });
  });
});
