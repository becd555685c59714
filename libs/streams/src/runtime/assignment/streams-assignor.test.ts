import { describe, expect, it } from '@jest/globals';
import {
  KafkaError,
  type Admin,
  type MemberSubscription,
  type PartitionOffset,
  type TopicPartition,
} from '@mesh/kafka';
import { stringSerde, StreamsBuilder, type Topology } from '../../index.js';
import { decodeAssigned, encodeSubscription, type Assigned } from './messages.js';
import { StreamsAssignor, type AssignedThread } from './streams-assignor.js';

const strings = { key: stringSerde, value: stringSerde };
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function counting(): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream('in', strings)
    .groupBy((_key, value) => value, { name: 'by-value', ...strings })
    .count({ store: 'counts' });
  return builder.build();
}

const TOPICS = ['in', 'app-by-value-repartition'];

function assignor(end: number | Error, thread: Partial<AssignedThread> = {}): StreamsAssignor {
  const admin = {
    endOffsets: async (partitions: readonly TopicPartition[]): Promise<readonly PartitionOffset[]> => {
      if (end instanceof Error) throw end;
      return partitions.map((partition) => ({ ...partition, offset: end }));
    },
  } as unknown as Admin;
  return new StreamsAssignor({
    topology: counting(),
    applicationId: 'app',
    processId: 'p',
    applicationServer: undefined,
    admin,
    logger: silent,
    thread: {
      activeTasks: () => [],
      offsetSums: () => ({}),
      shutdownRequested: false,
      onAssigned: () => {},
      ...thread,
    },
    numStandbyReplicas: 1,
    maxWarmupReplicas: 2,
    acceptableRecoveryLag: 100,
  });
}

function member(
  memberId: string,
  about: Partial<Parameters<typeof encodeSubscription>[0]> = {},
  topics: readonly string[] = TOPICS,
): MemberSubscription {
  const userData = encodeSubscription({
    version: 1,
    processId: memberId,
    applicationServer: `${memberId}:80`,
    active: [],
    offsetSums: {},
    shutdown: false,
    ...about,
  });
  return { memberId, topics, ownedPartitions: [], userData };
}

const partitionCounts = new Map(TOPICS.map((topic) => [topic, 2]));

async function assigned(by: StreamsAssignor, members: readonly MemberSubscription[]) {
  const shares = await by.assign({ members, partitionCounts });
  return Object.fromEntries(
    Array.from(shares, ([id, { partitions, userData }]) => [
      id,
      {
        reads: partitions.map(({ topic, partition }) => `${topic}-${partition}`).sort(),
        told: decodeAssigned(userData),
      },
    ]),
  );
}

describe('the leader of an application', () => {
  it('gives tasks as the partitions they read, and tells everyone who has what', async () => {
    const { a, b } = await assigned(assignor(0), [member('a'), member('b')]);
    expect(a?.reads).toEqual(['app-by-value-repartition-0', 'in-0']);
    expect(b?.reads).toEqual(['app-by-value-repartition-1', 'in-1']);
    const clients: Assigned['clients'] = [
      { applicationServer: 'a:80', activeTasks: ['0_0', '1_0'], standbyTasks: ['1_1'] },
      { applicationServer: 'b:80', activeTasks: ['0_1', '1_1'], standbyTasks: ['1_0'] },
    ].map((client) => ({ ...client, activeTasks: client.activeTasks.sort() }));
    const sorted = a?.told?.clients.map((each) => ({ ...each, activeTasks: [...each.activeTasks].sort() }));
    expect(sorted).toEqual(clients);
    expect(a?.told).toMatchObject({ standby: ['1_1'], probe: false, shutdown: false });
  });

  it('has one member look again after a while where tasks wait for stores to catch up', async () => {
    const members = [member('a', { active: ['0_0', '0_1', '1_0', '1_1'] }), member('b')];
    const { a, b } = await assigned(assignor(1_000), members);
    expect(a?.reads.filter((name) => name.startsWith('app-'))).toHaveLength(2);
    expect(b?.reads).toHaveLength(1);
    expect([a?.told?.probe, b?.told?.probe]).toEqual([true, false]);
    expect(b?.told?.standby).toHaveLength(2);
  });

  it('moves no state while it cannot be told how far away it is', async () => {
    const members = [member('a', { active: ['1_0', '1_1'] }), member('b')];
    const { a } = await assigned(assignor(new KafkaError('UNAVAILABLE', 'no broker')), members);
    expect(a?.reads.filter((name) => name.startsWith('app-'))).toHaveLength(2);
  });

  it('has a member keep up to date what it gets once another has let go of it', async () => {
    const owned = (partition: number) => TOPICS.map((topic) => ({ topic, partition }));
    const both = {
      ...member('a', { active: ['0_0', '0_1', '1_0', '1_1'] }),
      ownedPartitions: [...owned(0), ...owned(1)],
    };
    const near = member('b', { offsetSums: { '1_0': 1_000, '1_1': 1_000 } });
    const first = await assigned(assignor(1_000), [both, near]);
    const moving = first['b']?.reads.find((name) => name.startsWith('app-'))?.at(-1);
    expect(first['b']?.told?.standby).toContain(`1_${moving}`);
    expect(first['a']?.told?.clients[0]).toMatchObject({ applicationServer: 'a:80' });
    expect(first['a']?.told?.clients[0]?.activeTasks).toContain(`1_${moving}`);
    expect(first['a']?.told?.clients[1]?.activeTasks).toEqual([]);
  });

  it('passes on to all that one asks for the end', async () => {
    const { a, b } = await assigned(assignor(0), [member('a'), member('b', { shutdown: true })]);
    expect([a?.told?.shutdown, b?.told?.shutdown]).toEqual([true, true]);
  });

  it('gives members with another topology only what nobody else reads', async () => {
    const counts = new Map([...partitionCounts, ['old', 1]]);
    const shares = await assignor(0).assign({
      members: [member('a'), member('b', {}, ['in', 'old'])],
      partitionCounts: counts,
    });
    expect(shares.get('a')?.partitions).toHaveLength(4);
    expect(shares.get('b')?.partitions).toEqual([{ topic: 'old', partition: 0 }]);
  });

  it('takes a member that it does not understand for one that has nothing', async () => {
    const strange = { ...member('b'), userData: Buffer.from([0, 9, 0, 9]) };
    const { a, b } = await assigned(assignor(0), [member('a'), strange]);
    expect(a?.reads).toHaveLength(2);
    expect(b?.reads).toHaveLength(2);
  });
});
