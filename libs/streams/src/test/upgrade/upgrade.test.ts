import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { KafkaStreams } from '../../index.js';
import { topicName } from '../../topology/topology.js';
import { until } from '@mesh/jest/until.mjs';
import { TestCluster } from '../cluster.js';
import { contentsOf } from './contents.js';
import { outputTopics } from './record.js';
import {
  fromRecorded,
  loadRecording,
  recordedVersions,
  toRecorded,
  type RecordedTopic,
} from './recording.js';
import { APPLICATION_ID, inputTopics, upgradeTopology } from './topology.js';
import { wave } from './waves.js';

const topology = upgradeTopology();
const outputs = outputTopics({ topology });
const sources = topology.subTopologies.flatMap((sub) =>
  sub.sourceTopics.map((ref) => topicName(APPLICATION_ID, ref)),
);

let cluster: TestCluster;
let apps: KafkaStreams[] = [];

beforeAll(async () => {
  // What is recorded is old by now: versions that a table keeps would be compacted.
  cluster = await TestCluster.start({ 'log.cleaner.backoff.ms': '3600000' });
}, 180_000);

afterEach(async () => {
  await Promise.all(apps.map((app) => app.close()));
  apps = [];
});

afterAll(() => cluster.stop());

/** Makes the cluster what an application of an older version has left behind. */
async function leaveBehind(topics: readonly RecordedTopic[]): Promise<void> {
  const admin = cluster.client.admin();
  const own = topics.filter(({ config }) => config !== undefined);
  await admin.createTopics(
    own.map(({ name, config = {} }) => ({ name, partitions: 1, replicationFactor: 1, config })),
  );
  await cluster.createTopics(1, ...inputTopics, ...outputs);
  const producer = cluster.client.producer();
  for (const { name, records } of topics) {
    if (!outputs.includes(name)) await producer.send([{ topic: name, records: records.map(fromRecorded) }]);
  }
  await producer.close();
  await admin.setGroupOffsets(
    APPLICATION_ID,
    topics.flatMap(({ name, committed }) =>
      committed === undefined ? [] : [{ topic: name, partition: 0, offset: committed }],
    ),
  );
  await admin.close();
}

async function forget(): Promise<void> {
  const admin = cluster.client.admin();
  const all = await admin.listTopics();
  await admin.deleteTopics(all.filter((topic) => !topic.startsWith('__')));
  await admin.deleteGroup(APPLICATION_ID);
  await admin.close();
}

async function start(): Promise<KafkaStreams> {
  const app = new KafkaStreams(topology, {
    applicationId: APPLICATION_ID,
    client: cluster.client,
    processingGuarantee: 'exactly_once_v2',
    commitIntervalMs: 20,
    // Each change goes on, so that a lost or repeated one shows.
    cacheMaxBytes: 0,
    createDeadLetterTopics: false,
    onFailure: () => 'fail',
  });
  apps.push(app);
  await app.start();
  await until('the application runs', () => {
    if (app.error !== undefined) throw app.error;
    return app.ready;
  });
  return app;
}

describe.each(recordedVersions())('an application of version %s', (version) => {
  const recording = loadRecording(version);

  it('is gone on with by this one: its state, what waits in its topics, its offsets', async () => {
    await leaveBehind(recording.topics);
    const app = await start();
    const processed = (): Promise<void> =>
      cluster.untilProcessed(APPLICATION_ID, sources, {
        check: () => {
          if (app.error !== undefined) throw app.error;
        },
      });
    await processed();
    // One after the other, so that what meets in a join does so in one order.
    for (const { topic, key, value, timestamp, headers } of wave(3)) {
      await cluster.produce(topic, [
        { key: Buffer.from(key), value: value === null ? null : Buffer.from(value), timestamp, headers },
      ]);
      await processed();
    }
    for (const [topic, expected] of Object.entries(recording.outputs)) {
      const read = (await cluster.readAll(topic)).map(toRecorded);
      expect([topic, read]).toEqual([topic, expected]);
    }
    expect(await contentsOf(topology, (request) => app.query(request))).toMatchObject(recording.stores);
    await app.close();

    // From what both have written.
    const again = await start();
    expect(await contentsOf(topology, (request) => again.query(request))).toMatchObject(recording.stores);
    await again.close();
    await forget();
  }, 180_000);
});
