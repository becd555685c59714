import { expect, it } from '@jest/globals';
import { until } from '@mesh/jest/until.mjs';
import { rangeAssignor } from '../../core/assignor.js';
import type { Assignor, GroupSubscription, MemberAssignment } from '../../port/assignor.js';
import type { Consumer, ConsumerOptions } from '../../port/consumer.js';
import type { TopicPartition } from '../../port/records.js';
import { Listener, numbers, pollUntil, record, uniqueName, type Harness } from './harness.js';
import { refusal } from './records.js';

/** Leaves partitions with who owns them, as far as the shares come out even; and notes down what it is told. */
class Sticky implements Assignor {
  readonly name = 'test-sticky';
  readonly protocol = 'cooperative';
  readonly saw: GroupSubscription[] = [];
  readonly given: MemberAssignment[] = [];
  private readonly about: string;

  constructor(about: string) {
    this.about = about;
  }

  subscriptionUserData(): Buffer {
    return Buffer.from(this.about);
  }

  assign(group: GroupSubscription): Map<string, MemberAssignment> {
    this.saw.push(group);
    const all: TopicPartition[] = [...group.partitionCounts].flatMap(([topic, count]) =>
      Array.from({ length: count }, (_, partition) => ({ topic, partition })),
    );
    const most = Math.ceil(all.length / group.members.length);
    const shares = new Map(
      group.members.map(({ memberId, ownedPartitions }) => [memberId, ownedPartitions.slice(0, most)]),
    );
    const taken = new Set([...shares.values()].flat().map(({ partition }) => partition));
    for (const partition of all) {
      if (taken.has(partition.partition)) continue;
      const share = [...shares.values()].sort((a, b) => a.length - b.length)[0];
      share?.push(partition);
    }
    return new Map(
      group.members.map(({ memberId, userData }) => [
        memberId,
        { partitions: shares.get(memberId) ?? [], userData: Buffer.from(`for ${String(userData)}`) },
      ]),
    );
  }

  onAssignment(assignment: MemberAssignment): void {
    this.given.push(assignment);
  }
}

export function membershipContract(harness: Harness): void {
  interface Member {
    readonly consumer: Consumer;
    readonly listener: Listener;
    readonly assignor: Sticky;
  }

  const member = async (
    topic: string,
    groupId: string,
    name: string,
    options: Partial<ConsumerOptions> = {},
  ): Promise<Member> => {
    const listener = new Listener();
    const assignor = new Sticky(name);
    const consumer = await harness.subscribed(
      [topic],
      { groupId, assignors: [assignor], ...options },
      listener,
    );
    return { consumer, listener, assignor };
  };

  const together = async (members: readonly Member[], done: () => boolean): Promise<void> =>
    until('it is so', async () => {
      await Promise.all(members.map(({ consumer }) => consumer.poll(20)));
      return done();
    });

  harness.where('cooperativeRebalance', 'lets go only of what moves, and keeps the rest', async () => {
    const topic = await harness.topic({ partitions: 4 });
    const groupId = uniqueName('group');
    const first = await member(topic, groupId, 'first');
    await pollUntil(first.consumer, () => first.consumer.assignment().length === 4);
    const positions = [0, 1].map((partition) => ({ topic, partition, offset: 7 }));
    for (const position of positions) first.consumer.seek(position);

    const second = await member(topic, groupId, 'second');
    await together([first, second], () => second.consumer.assignment().length === 2);
    await together([first, second], () => first.listener.calls.length >= 4);
    expect(first.listener.calls.slice(0, 4)).toEqual([
      'assigned 0,1,2,3',
      'revoked 2,3',
      'assigned ',
      'assigned ',
    ]);
    expect(second.listener.calls.slice(0, 2)).toEqual(['assigned ', 'assigned 2,3']);
    expect(numbers(first.consumer.assignment())).toBe('0,1');
    // What stayed is where it was sought to, and is committed in the newest generation.
    await first.consumer.commit(positions);
    expect(await first.consumer.committed(positions)).toEqual([7, 7]);

    const [leader] = [first, second].filter(({ assignor }) => assignor.saw.length > 0);
    const seen = leader?.assignor.saw.at(-1)?.members.map(({ userData }) => String(userData));
    expect(seen?.sort()).toEqual(['first', 'second']);
    expect(String(second.assignor.given.at(-1)?.userData)).toBe('for second');
  });

  harness.where('cooperativeRebalance', 'reads what it keeps while the group is joining', async () => {
    const topic = await harness.topic({ partitions: 2 });
    const groupId = uniqueName('group');
    const first = await member(topic, groupId, 'first');
    await pollUntil(first.consumer, () => first.consumer.assignment().length === 2);
    const second = await member(topic, groupId, 'second');
    await together([first, second], () => second.consumer.assignment().length === 1);
    // It is not polled any more: the group waits for it.
    const third = await member(topic, groupId, 'third');
    await together([first, third], () => first.consumer.rebalancing);

    const [kept] = first.consumer.assignment();
    const producer = harness.client().producer();
    await producer.send([{ topic, records: [record('meanwhile', { partition: kept?.partition ?? 0 })] }]);
    let found = 0;
    await until('some are read', async () => {
      for (const batch of await first.consumer.poll(50)) found += batch.records.length;
      return found > 0;
    });
    expect(first.consumer.rebalancing).toBe(true);
    expect(third.listener.calls).toEqual([]);
  });

  harness.where(
    'cooperativeRebalance',
    'tells a member that the group went on without that all it kept is lost',
    async () => {
      const topic = await harness.topic({ partitions: 2 });
      const groupId = uniqueName('group');
      const options = { rebalanceTimeoutMs: 1_000, sessionTimeoutMs: 3_000 };
      const first = await member(topic, groupId, 'first', options);
      await pollUntil(first.consumer, () => first.consumer.assignment().length === 2);
      const second = await member(topic, groupId, 'second', options);
      await pollUntil(second.consumer, () => second.consumer.assignment().length === 2);
      const stale = { topic, partition: 0, offset: 0 };
      expect(await refusal(first.consumer.commit([stale]))).toMatchObject({ code: 'REBALANCED' });
      await together([first, second], () => first.listener.calls.length >= 3);
      expect(first.listener.calls.slice(0, 2)).toEqual(['assigned 0,1', 'lost 0,1']);
    },
  );

  harness.where(
    'cooperativeRebalance',
    'shares out by what all members know, while one is of the old way',
    async () => {
      const topic = await harness.topic({ partitions: 2 });
      const groupId = uniqueName('group');
      const old = new Listener();
      const before = await harness.subscribed([topic], { groupId }, old);
      await pollUntil(before, () => before.assignment().length === 2);
      const assignor = new Sticky('new');
      const listener = new Listener();
      const after = await harness.subscribed(
        [topic],
        { groupId, assignors: [assignor, rangeAssignor] },
        listener,
      );
      await until('it is handed over', async () => {
        await Promise.all([before.poll(20), after.poll(20)]);
        return after.assignment().length === 1;
      });
      expect(assignor.given).toEqual([]);
      await before.close();
      await pollUntil(after, () => after.assignment().length === 2);
      expect(assignor.given).toHaveLength(1);
      expect(listener.calls.at(-1)).toBe('assigned 0,1');
    },
  );

  it('has the group share out anew when a member that does not lead asks for it', async () => {
    const topic = await harness.topic({ partitions: 2 });
    const groupId = uniqueName('group');
    const members = [await member(topic, groupId, 'a'), await member(topic, groupId, 'b')];
    await together(members, () => members.every(({ consumer }) => consumer.assignment().length === 1));
    const rounds = (): number => members.reduce((sum, { assignor }) => sum + assignor.saw.length, 0);
    for (const { consumer } of members) {
      await together(members, () => members.every((each) => !each.consumer.rebalancing));
      const before = rounds();
      consumer.enforceRebalance();
      await together(members, () => rounds() > before);
    }
  });

  harness.where('staticMembership', 'gets back what it had without a rebalance', async () => {
    const topic = await harness.topic({ partitions: 2 });
    const groupId = uniqueName('group');
    const options = { groupId, sessionTimeoutMs: 30_000 };
    const [firstListener, secondListener] = [new Listener(), new Listener()];
    const first = await harness.subscribed([topic], { ...options, groupInstanceId: 'one' }, firstListener);
    await pollUntil(first, () => first.assignment().length === 2);
    const second = await harness.subscribed([topic], { ...options, groupInstanceId: 'two' }, secondListener);
    await until('both have one', async () => {
      await Promise.all([first.poll(20), second.poll(20)]);
      return second.assignment().length === 1 && first.assignment().length === 1;
    });
    const calls = [...secondListener.calls];
    const had = numbers(first.assignment());
    const { generationId } = first.groupMetadata();
    await first.close();

    const again = await harness.subscribed([topic], { ...options, groupInstanceId: 'one' });
    await until('the same member is back', async () => {
      await Promise.all([again.poll(20), second.poll(20)]);
      return again.assignment().length === 1;
    });
    expect(numbers(again.assignment())).toBe(had);
    expect(again.groupMetadata()).toMatchObject({ generationId, instanceId: 'one' });
    await again.commit(again.assignment().map((partition) => ({ ...partition, offset: 1 })));
    expect(secondListener.calls).toEqual(calls);

    await again.close({ leaveGroup: true });
    await pollUntil(second, () => second.assignment().length === 2);
  });

  harness.where(
    'staticMembership',
    'says clearly that another has taken its instance id, and never takes it back',
    async () => {
      const topic = await harness.topic();
      const groupId = uniqueName('group');
      const listener = new Listener();
      const first = await harness.subscribed([topic], { groupId, groupInstanceId: 'one' }, listener);
      await pollUntil(first, () => first.assignment().length === 1);
      const second = await harness.subscribed([topic], { groupId, groupInstanceId: 'one' });
      await pollUntil(second, () => second.assignment().length === 1);
      const position = { topic, partition: 0, offset: 0 };
      expect(await refusal(first.commit([position]))).toMatchObject({ code: 'FENCED_INSTANCE' });

      const error = await refusal(pollUntil(first, () => false));
      expect(error).toMatchObject({ name: 'KafkaError', code: 'FENCED_INSTANCE', retriable: false });
      expect((error as Error).message).toMatch(/as one .*give each instance one of its own/);
      expect(listener.calls).toEqual(['assigned 0', 'lost 0']);
      expect(await refusal(first.poll(0))).toMatchObject({ code: 'FENCED_INSTANCE' });
      await first.close();
      await second.commit([position]);
    },
  );

  it('stays a member when closed without leaving, until it is taken out', async () => {
    const topic = await harness.topic();
    const groupId = uniqueName('group');
    const consumer = await harness.subscribed([topic], { groupId, sessionTimeoutMs: 60_000 });
    await pollUntil(consumer, () => consumer.assignment().length === 1);
    const member = consumer.groupMetadata();
    await consumer.close({ leaveGroup: false });
    const admin = harness.client().admin();
    const error = await refusal(admin.deleteGroup(groupId));
    expect((error as Error).message).toContain('NON_EMPTY_GROUP');
    await admin.removeMember(member);
    await admin.removeMember(member);
    await admin.deleteGroup(groupId);
  });
}
