import { afterEach, describe, expect, it } from '@jest/globals';
import { ScriptedBroker, TOPIC } from '../test/scripted-broker.js';
import { ErrorCode } from '../wire/error-codes.js';
import { rangeAssignor } from './assignor.js';
import { Cluster } from './cluster.js';
import { GroupMember } from './group-member.js';

let member: GroupMember;
let cluster: Cluster;
afterEach(async () => {
  await member.leave();
  cluster.close();
});

function join(broker: ScriptedBroker): ReturnType<GroupMember['join']> {
  cluster = new Cluster(broker.transport, { brokers: ['127.0.0.1:1'], clientId: 'test' });
  member = new GroupMember(cluster, {
    groupId: 'group',
    instanceId: undefined,
    assignors: [rangeAssignor],
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    onChange: () => {},
  });
  return member.join({ topics: [TOPIC], owned: [], protocols: [{ name: 'range', userData: null }] });
}

describe('the leader of a group', () => {
  it('says so where it may not see a topic, instead of sharing out nothing', async () => {
    const broker = new ScriptedBroker();
    broker.lookup = () => ErrorCode.TOPIC_AUTHORIZATION_FAILED;
    await expect(join(broker)).rejects.toMatchObject({
      code: 'DENIED',
      message: expect.stringMatching(/looking up topic scripted for group group .*permit/),
    });
  });

  it.each([
    ['does not exist', ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
    ['is not told at present', ErrorCode.LEADER_NOT_AVAILABLE],
  ])('joins all the same where a topic %s', async (_, errorCode) => {
    const broker = new ScriptedBroker();
    broker.lookup = () => errorCode;
    expect(await join(broker)).toMatchObject({ assignment: { partitions: [] }, lost: false });
  });
});
