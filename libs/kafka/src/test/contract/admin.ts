import { expect, it } from '@jest/globals';
import { applyTopics } from '../../topics.js';
import { record, records, uniqueName, type Harness } from './harness.js';
import { refusal } from './records.js';

export function adminContract(harness: Harness): void {
  it('creates topics that can be written at once, and leaves existing ones as they are', async () => {
    const client = harness.client();
    const admin = client.admin();
    const producer = client.producer();
    const config = { 'retention.ms': '12345', 'cleanup.policy': 'compact,delete' };
    const names = Array.from({ length: 5 }, () => uniqueName('topic'));
    const specs = names.map((name) => ({ name, partitions: 3, replicationFactor: 1, config }));
    expect(await admin.createTopics(specs)).toEqual(names);
    await producer.send(
      names.map((topic) => ({ topic, records: [record('at once', { key: Buffer.from('k') })] })),
    );

    expect(await admin.createTopics(specs.map((spec) => ({ ...spec, partitions: 5 })))).toEqual([]);
    expect(await admin.listTopics()).toEqual(expect.arrayContaining(names));
    expect(await admin.describeTopics([names[0] as string, uniqueName('missing')])).toEqual([
      { name: names[0], partitions: 3, replicationFactor: 1 },
    ]);
    expect(await admin.topicConfig(names[0] as string)).toMatchObject(config);

    await admin.deleteTopics([...names, uniqueName('missing')]);
    expect(await admin.describeTopics(names)).toEqual([]);
  });

  it('says why a topic cannot be created', async () => {
    const admin = harness.client().admin();
    const spec = { name: uniqueName('topic'), partitions: 1, replicationFactor: 1, config: {} };
    expect(await refusal(admin.createTopics([{ ...spec, replicationFactor: 99 }]))).toMatchObject({
      name: 'KafkaError',
      message: expect.stringMatching(/INVALID_REPLICATION_FACTOR.*fewer brokers/),
    });
    expect(await refusal(admin.createTopics([{ ...spec, config: { 'no.such': '1' } }]))).toMatchObject({
      name: 'KafkaError',
      message: expect.stringContaining('INVALID_CONFIG'),
    });
  });

  it('tells and moves the beginning of a log', async () => {
    const topic = await harness.topic({ partitions: 2 });
    const admin = harness.client().admin();
    await harness
      .client()
      .producer()
      .send([{ topic, records: records('r', 10, { partition: 1 }) }]);
    const partitions = [1, 0].map((partition) => ({ topic, partition }));
    expect((await admin.endOffsets(partitions)).map(({ offset }) => offset)).toEqual([10, 0]);
    await admin.deleteRecordsBefore([{ topic, partition: 1, offset: 4 }]);
    expect((await admin.beginningOffsets(partitions)).map(({ offset }) => offset)).toEqual([4, 0]);
    expect(await refusal(admin.endOffsets([{ topic, partition: 2 }]))).toMatchObject({
      code: 'UNKNOWN_TOPIC',
    });
  });

  it('tells and sets the offsets of a group without members', async () => {
    const topic = await harness.topic({ partitions: 2 });
    const admin = harness.client().admin();
    const groupId = uniqueName('group');
    expect(await admin.groupOffsets(groupId)).toEqual([]);
    const offsets = [
      { topic, partition: 0, offset: 3 },
      { topic, partition: 1, offset: 9 },
    ];
    await admin.setGroupOffsets(groupId, offsets);
    const found = await admin.groupOffsets(groupId);
    expect([...found].sort((a, b) => a.partition - b.partition)).toEqual(offsets);

    await admin.deleteGroup(groupId);
    await admin.deleteGroup(groupId);
    expect(await admin.groupOffsets(groupId)).toEqual([]);
  });

  it('applies topics as code: creates, verifies, and reports drift without changing anything', async () => {
    const admin = harness.client().admin();
    const brokers = await admin.brokerCount();
    const spec = {
      name: uniqueName('topic'),
      partitions: 4,
      replicationFactor: brokers + 2,
      config: { 'min.insync.replicas': String(brokers + 1), 'retention.ms': '1000' },
    };
    expect(await refusal(applyTopics(admin, [spec]))).toMatchObject({ name: 'KafkaError' });
    const options = { capReplication: true };
    expect(await applyTopics(admin, [spec], { ...options, dryRun: true })).toMatchObject({
      created: [spec.name],
    });
    expect(await applyTopics(admin, [spec], options)).toEqual({
      created: [spec.name],
      unchanged: [],
      drift: [],
    });
    expect(await applyTopics(admin, [spec], options)).toEqual({
      created: [],
      unchanged: [spec.name],
      drift: [],
    });
    expect(await admin.topicConfig(spec.name)).toMatchObject({ 'min.insync.replicas': String(brokers) });

    const changed = { ...spec, partitions: 6, config: { ...spec.config, 'retention.ms': '2000' } };
    const { created, unchanged, drift } = await applyTopics(admin, [changed], options);
    expect([created, unchanged]).toEqual([[], []]);
    expect(drift).toEqual([
      {
        topic: spec.name,
        property: 'partitions',
        wanted: '6',
        found: '4',
        text: expect.stringContaining('moves keys'),
      },
      {
        topic: spec.name,
        property: 'retention.ms',
        wanted: '2000',
        found: '1000',
        text: `topic ${spec.name}: retention.ms is 1000, the manifest says 2000; set it with kafka-configs --alter, or correct the manifest`,
      },
    ]);
    expect(await admin.describeTopics([spec.name])).toMatchObject([{ partitions: 4 }]);
  });
}
