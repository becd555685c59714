import { expect, it } from '@jest/globals';
import { ScriptedBroker, TOPIC } from '../test/scripted-broker.js';
import { ErrorCode } from '../wire/error-codes.js';
import { Cluster } from './cluster.js';
import { TransactionProducer } from './transactional-producer.js';

it('asks again where the coordinator has not heard of a topic yet', async () => {
  const broker = new ScriptedBroker();
  const cluster = new Cluster(broker.transport, { brokers: ['127.0.0.1:1'], clientId: 'test' });
  const producer = new TransactionProducer(cluster, { transactionalId: 'transaction' });
  await producer.init();
  await producer.begin();
  broker.enrolAnswers = [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, 0];
  await producer.send([{ topic: TOPIC, records: [{ key: null, value: Buffer.from('a') }] }]);
  expect(broker.produced).toHaveLength(1);
  await producer.commit();
  await producer.close();
});
