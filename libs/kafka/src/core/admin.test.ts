import { describe, expect, it } from '@jest/globals';
import { ScriptedBroker, TOPIC } from '../test/scripted-broker.js';
import { ErrorCode } from '../wire/error-codes.js';
import { ClusterAdmin } from './admin.js';
import { Cluster } from './cluster.js';
import { ConnectionFault } from './errors.js';

const NOT_CONTROLLER = 41;
const THROTTLING_QUOTA_EXCEEDED = 89;

async function create(broker: ScriptedBroker): Promise<readonly string[]> {
  const admin = new ClusterAdmin(
    new Cluster(broker.transport, { brokers: ['127.0.0.1:1'], clientId: 'test' }),
  );
  try {
    return await admin.createTopics([{ name: TOPIC, partitions: 1, replicationFactor: 1, config: {} }]);
  } finally {
    await admin.close();
  }
}

describe('creating a topic', () => {
  it.each([
    ['the answer was lost', new ConnectionFault('no answer')],
    ['the answer came too early', ErrorCode.REQUEST_TIMED_OUT],
  ])('says that it did where %s', async (_, first) => {
    const broker = new ScriptedBroker();
    broker.createAnswers = [first, ErrorCode.TOPIC_ALREADY_EXISTS];
    broker.lookup = () => (broker.createAnswers.length === 2 ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : 0);
    expect(await create(broker)).toEqual([TOPIC]);
  });

  it('does not take one for its own that was there before', async () => {
    const broker = new ScriptedBroker();
    broker.createAnswers = [new ConnectionFault('no answer'), ErrorCode.TOPIC_ALREADY_EXISTS];
    expect(await create(broker)).toEqual([]);
  });

  it.each([NOT_CONTROLLER, THROTTLING_QUOTA_EXCEEDED])('tries again after answer %d', async (errorCode) => {
    const broker = new ScriptedBroker();
    broker.createAnswers = [errorCode, 0];
    expect(await create(broker)).toEqual([TOPIC]);
    expect(broker.createAnswers).toEqual([]);
  });
});
