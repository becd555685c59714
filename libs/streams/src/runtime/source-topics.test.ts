import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type KafkaStreams,
  stringSerde,
  StreamsBuilder,
  type KafkaStreamsOptions,
  type ProcessingGuarantee,
  type Topology,
} from '../index.js';
import { until } from '@mesh/jest/until.mjs';
import { TestCluster, text } from '../test/cluster.js';
import { copyingTopology } from '../test/topologies.js';

const strings = { key: stringSerde, value: stringSerde };

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await TestCluster.start();
});

afterAll(() => cluster.stop());

async function start(
  topology: Topology,
  applicationId: string,
  options: Partial<KafkaStreamsOptions> = {},
): Promise<KafkaStreams> {
  const app = cluster.application(topology, { applicationId, topicCheckIntervalMs: 200, ...options });
  await app.start();
  return app;
}

function counting(name: string): Topology {
  const builder = new StreamsBuilder();
  builder.stream(`${name}-in`, strings).groupByKey().count({ store: 'counts' });
  return builder.build();
}

async function feed(topic: string, from: number, count: number): Promise<void> {
  const records = Array.from({ length: count }, (_, index) => ({
    key: Buffer.from(`key-${from + index}`),
    value: Buffer.from(String(from + index)),
  }));
  await cluster.produce(topic, records);
}

async function copies(name: string): Promise<number> {
  return new Set((await cluster.readAll(`${name}-copies`)).map(({ value }) => text(value))).size;
}

/** Processes ten records and closes: the application's offset is 10. */
async function runOnce(name: string, processingGuarantee: ProcessingGuarantee): Promise<void> {
  await cluster.createTopics(1, `${name}-in`, `${name}-copies`);
  const app = await start(copyingTopology(name), name, { processingGuarantee });
  await feed(`${name}-in`, 0, 10);
  await until('ten are copied', async () => (await copies(name)) === 10);
  await app.close();
}

describe('an offset that the log does not hold', () => {
  it.each(['exactly_once_v2', 'at_least_once'] as const)(
    'is an error that tells what was lost where, and not a step to the next record there is (%s)',
    async (guarantee) => {
      const name = `lost-${guarantee}`;
      await runOnce(name, guarantee);
      await feed(`${name}-in`, 10, 10);
      const admin = cluster.client.admin();
      await admin.deleteRecordsBefore([{ topic: `${name}-in`, partition: 0, offset: 15 }]);
      await admin.close();
      const again = await start(copyingTopology(name), name, { processingGuarantee: guarantee });
      await until('it stops', () => again.state === 'ERROR');
      expect(again.error).toMatchObject({ name: 'StreamsError', code: 'OFFSET_OUT_OF_RANGE' });
      expect(again.error?.message).toMatch(
        new RegExp(
          `${name}-in-0 goes on at offset 10, and its log begins at 15: 5 offsets.*mesh reset ${name}`,
          's',
        ),
      );
      expect(await copies(name)).toBe(10);
    },
    60_000,
  );

  it('is one also where the topic was made anew and is shorter now', async () => {
    const name = 'anew';
    await runOnce(name, 'at_least_once');
    const admin = cluster.client.admin();
    await admin.deleteTopics([`${name}-in`]);
    await cluster.createTopics(1, `${name}-in`);
    await feed(`${name}-in`, 0, 3);
    // A broker forgets the offsets of a topic that it deletes; those of a restored or mirrored group stay.
    await admin.setGroupOffsets(name, [{ topic: `${name}-in`, partition: 0, offset: 10 }]);
    await admin.close();
    const again = await start(copyingTopology(name), name);
    await until('it stops', () => again.state === 'ERROR');
    expect(again.error).toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
      message: expect.stringMatching(/anew-in-0 goes on at offset 10, and its log ends at 3/),
    });
  }, 60_000);

  it('is one also where records are deleted in front of an application that lags behind', async () => {
    const name = 'lagging';
    await cluster.createTopics(1, `${name}-in`);
    const blocked = Promise.withResolvers<void>();
    const builder = new StreamsBuilder();
    let calls = 0;
    builder.stream(`${name}-in`, strings).mapValuesAsync(
      async (value) => {
        calls += 1;
        await blocked.promise;
        return value;
      },
      { name: 'slow', concurrency: 1 },
    );
    const app = await start(builder.build(), name, { processingGuarantee: 'at_least_once' });
    // More than is ever fetched ahead of what is processed.
    const large = 'x'.repeat(10_000);
    for (let chunk = 0; chunk < 10; chunk++) {
      await cluster.produce(
        `${name}-in`,
        Array.from({ length: 80 }, () => ({ key: Buffer.from('k'), value: Buffer.from(large) })),
      );
    }
    await until('it works on the first', () => calls > 0);
    const admin = cluster.client.admin();
    await admin.deleteRecordsBefore([{ topic: `${name}-in`, partition: 0, offset: 790 }]);
    await admin.close();
    blocked.resolve();
    await until('it stops', () => app.state === 'ERROR');
    expect(app.error).toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
      message: expect.stringMatching(/lagging-in-0 goes on at offset \d+, and its log begins at 790/),
    });
  }, 60_000);

  it('is none where nothing was committed: then offsetReset says where to begin', async () => {
    const name = 'reset';
    await cluster.createTopics(1, `${name}-in`, `${name}-copies`);
    await feed(`${name}-in`, 0, 10);
    const admin = cluster.client.admin();
    await admin.deleteRecordsBefore([{ topic: `${name}-in`, partition: 0, offset: 4 }]);
    await admin.close();
    const earliest = await start(copyingTopology(name), `${name}-earliest`);
    await until('what is left is copied', async () => (await copies(name)) === 6);
    await earliest.close();

    const latest = await start(copyingTopology(name), `${name}-latest`, { offsetReset: 'latest' });
    await until('it runs', () => latest.ready);
    await feed(`${name}-in`, 10, 5);
    await until('what came after is copied', async () => (await copies(name)) === 11);
    expect(await cluster.readAll(`${name}-copies`)).toHaveLength(11);
    await latest.close();

    const none = await start(copyingTopology(name), `${name}-none`, { offsetReset: 'none' });
    await until('it stops', () => none.state === 'ERROR');
    expect(none.error).toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
      message: expect.stringMatching(/reset-none has committed nothing in reset-in-0/),
    });
  }, 60_000);
});

describe('a topic that is deleted while it is read', () => {
  it('stops the application, which says so', async () => {
    const name = 'deleted';
    await cluster.createTopics(2, `${name}-in`, `${name}-copies`);
    const app = await start(copyingTopology(name), name, { processingGuarantee: 'at_least_once' });
    await feed(`${name}-in`, 0, 10);
    await until('all is copied', async () => (await copies(name)) === 10);
    const admin = cluster.client.admin();
    await admin.deleteTopics([`${name}-in`]);
    await until('it stops', () => app.state === 'ERROR');
    expect(app.error).toMatchObject({
      code: 'MISSING_SOURCE_TOPIC',
      message: expect.stringMatching(
        /application deleted reads deleted-in, which was deleted while it ran.*mesh reset deleted/s,
      ),
    });
    // Nothing brings it back by itself.
    expect(await admin.describeTopics([`${name}-in`])).toEqual([]);
    await admin.close();
  }, 60_000);

  it('does so too where it is one of its own', async () => {
    const name = 'own';
    await cluster.createTopics(1, `${name}-in`);
    const app = await start(counting(name), name);
    await until('it runs', () => app.ready);
    const admin = cluster.client.admin();
    await admin.deleteTopics([`${name}-counts-changelog`]);
    await admin.close();
    await until('it stops', () => app.state === 'ERROR');
    expect(app.error).toMatchObject({
      code: 'MISSING_INTERNAL_TOPIC',
      message: expect.stringContaining('own-counts-changelog'),
    });
  }, 60_000);
});

describe('a topic that is given more partitions while it is read', () => {
  it('stops an application with state, whose keys are elsewhere now, and a restart does not pass over it', async () => {
    const name = 'resized';
    await cluster.createTopics(2, `${name}-in`);
    const app = await start(counting(name), name);
    await until('it runs', () => app.ready);
    await cluster.addPartitions(`${name}-in`, 3);
    await until('it stops', () => app.state === 'ERROR');
    expect(app.error).toMatchObject({
      code: 'PARTITIONS_CHANGED',
      message: expect.stringMatching(/resized-in had 2 partitions and has 3.*mesh reset resized/s),
    });
    await expect(start(counting(name), name)).rejects.toMatchObject({ code: 'INTERNAL_TOPIC_MISMATCH' });
  }, 60_000);

  it('is taken up by one without', async () => {
    const name = 'grown';
    await cluster.createTopics(1, `${name}-in`, `${name}-copies`);
    const app = await start(copyingTopology(name), name);
    await until('it runs', () => app.ready);
    await cluster.addPartitions(`${name}-in`, 3);
    await feed(`${name}-in`, 0, 50);
    // The group looks for new partitions once a minute, and whenever a member comes.
    const other = await start(copyingTopology(name), name);
    await until('all is copied', async () => (await copies(name)) === 50);
    expect([app.error, other.error]).toEqual([undefined, undefined]);
    await Promise.all([app.close(), other.close()]);
  }, 60_000);
});
