import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { KafkaError, SendError } from '../port/errors.js';
import type { ProducerOptions } from '../port/producer.js';
import { RecordAccumulator } from '../record-accumulator.js';
import { ScriptedBroker, TOPIC } from '../test/scripted-broker.js';
import { ErrorCode } from '../wire/error-codes.js';
import { Cluster } from './cluster.js';
import { IdempotentProducer } from './producer.js';

const UNKNOWN_SERVER_ERROR = -1;
const STORAGE_ERROR = 56;

let producer: IdempotentProducer;
afterEach(async () => {
  await producer.close();
  jest.useRealTimers();
});

function start(options: ProducerOptions = {}): ScriptedBroker {
  const broker = new ScriptedBroker();
  const cluster = new Cluster(broker.transport, { brokers: ['127.0.0.1:1'], clientId: 'test' });
  producer = new IdempotentProducer(cluster, options);
  return broker;
}

function send(...values: readonly string[]) {
  return producer.send([
    { topic: TOPIC, records: values.map((value) => ({ key: null, value: Buffer.from(value) })) },
  ]);
}

async function refusal(promise: Promise<unknown>): Promise<SendError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(SendError);
  return error as SendError;
}

describe('a batch that a broker may have appended without confirming it', () => {
  it('is repeated under its sequence until it is confirmed', async () => {
    const broker = start();
    broker.produceAnswers = [ErrorCode.REQUEST_TIMED_OUT, STORAGE_ERROR, ErrorCode.DUPLICATE_SEQUENCE_NUMBER];
    await send('a', 'b');
    await send('c');
    expect(broker.produced).toEqual([
      { producerId: 0n, sequence: 0, count: 2 },
      { producerId: 0n, sequence: 0, count: 2 },
      { producerId: 0n, sequence: 0, count: 2 },
      { producerId: 0n, sequence: 2, count: 1 },
    ]);
  });

  it.each([
    ['its repetition is refused', [ErrorCode.REQUEST_TIMED_OUT, ErrorCode.INVALID_TIMESTAMP]],
    ['its repetition is too large', [ErrorCode.REQUEST_TIMED_OUT, ErrorCode.MESSAGE_TOO_LARGE]],
    ['its repetition is denied', [ErrorCode.REQUEST_TIMED_OUT, ErrorCode.TOPIC_AUTHORIZATION_FAILED]],
    ['the leader lost the partition meanwhile', [6, ErrorCode.INVALID_RECORD]],
    ['the broker does not know what happened', [UNKNOWN_SERVER_ERROR]],
  ] as const)('takes its sequence along where %s', async (_why, answers) => {
    const broker = start();
    broker.produceAnswers = [0, ...answers];
    await send('before');
    const { failures } = await refusal(send('a', 'b'));
    expect(failures.map(({ record }) => record)).toEqual([0, 1]);
    await send('c');
    // Under the old producer's next sequence it could pass for a repetition of what was given up, and be dropped.
    expect(broker.produced.at(-1)).toEqual({ producerId: 1n, sequence: 0, count: 1 });
  });

  it('is not said to be refused, for it may stand in the log', async () => {
    const broker = start();
    broker.produceAnswers = [ErrorCode.REQUEST_TIMED_OUT, ErrorCode.MESSAGE_TOO_LARGE];
    expect(await refusal(send('a', 'b'))).toMatchObject({
      code: 'UNAVAILABLE',
      retriable: true,
      message: expect.stringMatching(/scripted-0.*MESSAGE_TOO_LARGE.*may have been appended/),
    });
  });

  it('keeps its sequence where the broker refused it at once', async () => {
    const broker = start();
    broker.produceAnswers = [ErrorCode.INVALID_RECORD];
    expect(await refusal(send('a'))).toMatchObject({ code: 'REFUSED' });
    await send('b');
    expect(broker.produced.at(-1)).toEqual({ producerId: 0n, sequence: 0, count: 1 });
  });
});

describe('a topic that is not known', () => {
  const unavailable = (): KafkaError => new KafkaError('UNAVAILABLE', 'no broker');

  it('is waited for from when that was answered first, not from any fault before', async () => {
    jest.useFakeTimers({ advanceTimers: true, doNotFake: ['setTimeout', 'setImmediate', 'nextTick'] });
    const broker = start({ deliveryTimeoutMs: 60_000 });
    let lookups = 0;
    broker.lookup = () => {
      lookups += 1;
      // Ten seconds go by without an answer; then a broker that has not heard of the topic yet.
      if (lookups <= 5) {
        jest.setSystemTime(Date.now() + 2_000);
        return unavailable();
      }
      return lookups === 6 ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : 0;
    };
    await send('a');
    expect(lookups).toBe(7);
  });

  it('is waited for likewise where its partition was being written', async () => {
    jest.useFakeTimers({ advanceTimers: true, doNotFake: ['setTimeout', 'setImmediate', 'nextTick'] });
    const broker = start({ deliveryTimeoutMs: 60_000 });
    await send('a');
    const answers = [ErrorCode.REQUEST_TIMED_OUT, ErrorCode.REQUEST_TIMED_OUT];
    broker.produceAnswers = [...answers, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION];
    const from = broker.produced.length;
    broker.lookup = () => {
      if (broker.produced.length < from + 3) jest.setSystemTime(Date.now() + 5_000);
      return 0;
    };
    await send('b');
    expect(broker.produced).toHaveLength(from + 4);
  });

  it('is given up in the end', async () => {
    const broker = start();
    broker.lookup = () => ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    await expect(send('a')).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' });
  });
});

describe('a batch that was encoded beforehand', () => {
  const accumulated = (...values: readonly string[]) => {
    const records = new RecordAccumulator(() => 1);
    for (const value of values) records.append(TOPIC, null, Buffer.from(value), [], 1);
    return records.take();
  };

  it('goes as it is, and in halves where its topic takes no such batch', async () => {
    const broker = start();
    broker.produceAnswers = [0, ErrorCode.MESSAGE_TOO_LARGE];
    await producer.send(accumulated('a', 'b'));
    const values = ['c', 'd', 'e', 'f'].map((letter) => letter.repeat(50));
    await producer.send(accumulated(...values));
    const counts = broker.produced.map(({ sequence, count }) => [sequence, count]);
    expect(counts.slice(0, 2)).toEqual([
      [0, 2],
      [2, 4],
    ]);
    expect(counts.slice(2).reduce((sum, [, count]) => sum + (count ?? 0), 0)).toBe(4);
    expect(counts.length).toBeGreaterThan(3);
  });

  it('is sent without the record that the broker refused, which is told by its place', async () => {
    const broker = start();
    broker.produceAnswers = [ErrorCode.INVALID_RECORD];
    const { failures } = await refusal(producer.send(accumulated('a', 'b')));
    expect(failures.map(({ batch, record }) => [batch, record])).toEqual([
      [0, 0],
      [0, 1],
    ]);
  });
});
