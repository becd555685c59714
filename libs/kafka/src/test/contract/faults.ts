import { expect, it } from '@jest/globals';
import { until } from '@mesh/jest/until.mjs';
import type { KafkaServer } from '@mesh/local-cloud';
import type { TransactionalProducer } from '../../port/producer.js';
import { KafkaError } from '../../port/errors.js';
import type { ProducerRecord } from '../../port/records.js';
import { type Harness, Listener, pollUntil, record, records, uniqueName, values } from './harness.js';
import { refusal } from './records.js';

/** Numbers written one by one until told to stop; what is acknowledged counts. */
async function writeNumbers(
  harness: Harness,
  topic: string,
  partitions: number,
  until: (written: number) => boolean,
): Promise<number> {
  const producer = harness.client().producer();
  let written = 0;
  while (!until(written)) {
    const batch: ProducerRecord[] = [];
    for (let partition = 0; partition < partitions; partition++) {
      for (let index = 0; index < 10; index++) batch.push(record(String(written + index), { partition }));
    }
    await producer.send([{ topic, records: batch }]);
    written += 10;
  }
  return written;
}

async function contents(harness: Harness, topic: string, number = 0): Promise<(string | null)[]> {
  const partition = { topic, partition: number };
  const client = harness.client();
  const [end] = await client.admin().endOffsets([partition]);
  const reader = await client.reader([{ ...partition, offset: 0 }]);
  const found: (string | null)[] = [];
  let position = 0;
  await pollUntil(reader, (batches) => {
    for (const batch of batches) {
      found.push(...values(batch.records));
      position = batch.nextOffset;
    }
    return position >= (end?.offset ?? 0);
  });
  return found;
}

/** Consume, copy, commit in one transaction; after any error a new producer and the committed position. */
async function copyExactlyOnce(
  harness: Harness,
  source: string,
  target: string,
  done: () => boolean,
): Promise<void> {
  const transactionalId = uniqueName('copy');
  const partition = { topic: source, partition: 0 };
  const listener = new Listener();
  const consumer = await harness.subscribed([source], {}, listener);
  let producer: TransactionalProducer | undefined;
  while (!done()) {
    try {
      if (producer === undefined) {
        producer = harness.client().transactionalProducer({ transactionalId, deliveryTimeoutMs: 20_000 });
        await producer.init();
        if (consumer.assignment().length > 0) {
          const [offset] = await consumer.committed([partition]);
          consumer.seek({ ...partition, offset: offset ?? 0 });
        }
      }
      for (const batch of await consumer.poll(50)) {
        await producer.begin();
        const copies = batch.records.map(({ key, value }) => ({ key, value }));
        await producer.send([{ topic: target, records: copies }]);
        await producer.sendOffsets([{ ...partition, offset: batch.nextOffset }], consumer.groupMetadata());
        await producer.commit();
      }
    } catch (error) {
      if (!(error instanceof KafkaError) || error.code === 'CLOSED') throw error;
      await producer?.close();
      producer = undefined;
    }
  }
  await consumer.close();
}

export function restartContract(harness: Harness, kafka: () => KafkaServer): void {
  it('goes on where it was when the broker is killed and comes back', async () => {
    const source = await harness.topic();
    const target = await harness.topic();
    let stopping = false;
    let written = 0;
    let copied = false;
    // Known once the last batch is acknowledged: what is written may be ahead of what was last counted.
    let total = Infinity;
    const consumed = new Set<string | null>();
    const writing = writeNumbers(harness, source, 1, (count) => {
      written = count;
      return stopping;
    });
    const copying = copyExactlyOnce(harness, source, target, () => copied);
    const consumer = await harness.subscribed([source]);
    const consuming = pollUntil(consumer, (batches) => {
      for (const batch of batches) for (const value of values(batch.records)) consumed.add(value);
      return consumed.size >= total;
    });

    const before = written;
    await until('some are consumed', () => written > before + 500 && consumed.size > 500);
    await kafka().kill();
    await kafka().restart();
    const after = written;
    await until('some are written after', () => written > after + 500);
    stopping = true;
    total = await writing;
    await consuming;
    const numbers = Array.from({ length: total }, (_, index) => String(index));
    expect(await contents(harness, source)).toEqual(numbers);
    expect([...consumed]).toEqual(numbers);

    await until('all are copied', async () => (await contents(harness, target)).length >= numbers.length);
    copied = true;
    await copying;
    expect(await contents(harness, target)).toEqual(numbers);
  }, 240_000);

  it('says that no broker answers, goes on trying for as long as it may, and closes all the same', async () => {
    const topic = await harness.topic();
    const client = harness.client();
    const patient = client.producer();
    const impatient = client.producer({ deliveryTimeoutMs: 500 });
    const consumer = await harness.subscribed([topic]);
    await pollUntil(consumer, () => consumer.assignment().length === 1);
    await patient.send([{ topic, records: [record('before')] }]);
    await impatient.send([{ topic, records: [record('before')] }]);
    await kafka().kill();

    expect(await refusal(impatient.send([{ topic, records: [record('lost')] }]))).toMatchObject({
      name: 'KafkaError',
      code: 'UNAVAILABLE',
      retriable: true,
    });
    const waiting = patient.send([{ topic, records: [record('waited')] }]);
    expect(await consumer.poll(200)).toEqual(expect.any(Array));
    await consumer.close();
    await kafka().restart();
    await waiting;
    expect(await contents(harness, topic)).toEqual(expect.arrayContaining(['before', 'waited']));

    await kafka().kill();
    const given = patient.send([{ topic, records: records('given up', 3) }]);
    const error = refusal(given);
    await client.close();
    expect(await error).toMatchObject({ name: 'KafkaError' });
    await kafka().restart();
  }, 240_000);
}

export function failoverContract(harness: Harness, kafka: () => KafkaServer): void {
  it('follows the partition to its next leader, in order and without a gap or a repetition', async () => {
    // So many that each broker leads some.
    const partitions = 6;
    const topic = await harness.topic({
      partitions,
      replicationFactor: 3,
      config: { 'min.insync.replicas': '2' },
    });
    let stopping = false;
    let written = 0;
    const writing = writeNumbers(harness, topic, partitions, (count) => {
      written = count;
      return stopping;
    });
    await until('some are written', () => written > 200);
    await kafka().brokers[0]?.kill();
    const without = written;
    await until('some are written without the broker', () => written > without + 200);
    stopping = true;
    const total = await writing;
    const numbers = Array.from({ length: total }, (_, index) => String(index));
    for (let partition = 0; partition < partitions; partition++) {
      expect(await contents(harness, topic, partition)).toEqual(numbers);
    }
    await kafka().brokers[0]?.restart();
  }, 240_000);

  it('says so when fewer replicas are in sync than the topic asks for, and waits for them where it may', async () => {
    const topic = await harness.topic({ replicationFactor: 3, config: { 'min.insync.replicas': '3' } });
    const client = harness.client();
    const impatient = client.producer({ deliveryTimeoutMs: 300 });
    const send = [{ topic, records: [record('x')] }];
    await client.producer().send(send);
    await kafka().brokers[1]?.kill();
    let error: unknown;
    // Until the leader has given the replica up a send only times out.
    await until('the brokers have told of it', async () => {
      error = await refusal(impatient.send(send));
      return (error as KafkaError).code !== 'UNAVAILABLE';
    });
    expect(error).toMatchObject({ name: 'KafkaError', code: 'NOT_ENOUGH_REPLICAS', retriable: true });
    const waiting = client.producer().send(send);
    await kafka().brokers[1]?.restart();
    await waiting;
  }, 240_000);
}
