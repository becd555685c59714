import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { type KafkaError, SendError } from '../../port/errors.js';
import type { ConsumedRecord, Header, ProducerRecord } from '../../port/records.js';
import { pollUntil, read, record, records, uniqueName, values, type Harness } from './harness.js';

const megabyte = 1024 * 1024;

export function recordContract(harness: Harness): void {
  it('gives keys, values, headers and timestamps back as they were written', async () => {
    const topic = await harness.topic();
    const headers: Header[] = [
      ['b', Buffer.from('1')],
      ['a', null],
      ['10', Buffer.alloc(0)],
      ['b', Buffer.from('2')],
      ['9', Buffer.from('ü')],
      ['a', Buffer.from('3')],
      ['__proto__', Buffer.from('4')],
    ];
    const written: ProducerRecord[] = [
      { key: Buffer.from('k'), value: Buffer.from('v'), headers, timestamp: 1_700_000_000_123 },
      { key: Buffer.from('k'), value: null, headers: [], timestamp: 1_000 },
      { key: null, value: Buffer.alloc(0), headers: [], timestamp: 1_700_000_000_124 },
      { key: Buffer.alloc(0), value: Buffer.from([0, 255, 128]), headers: [], timestamp: 0 },
    ];
    const appended = await harness
      .client()
      .producer()
      .send([{ topic, records: written }]);
    expect(appended).toEqual([{ topic, partition: 0, baseOffset: 0, count: 4 }]);

    const consumer = await harness.subscribed([topic]);
    expect(await read(consumer, 4)).toEqual(written.map((given, offset) => ({ ...given, offset })));
  });

  it('stamps a record without a timestamp with the time of the append', async () => {
    const topic = await harness.topic();
    const before = Date.now();
    await harness
      .client()
      .producer()
      .send([{ topic, records: [record('now')] }]);
    const after = Date.now();
    const [found] = await read(await harness.subscribed([topic]), 1);
    expect(found?.timestamp).toBeGreaterThanOrEqual(before);
    expect(found?.timestamp).toBeLessThanOrEqual(after);
  });

  it('gives the time of the append where the topic says so', async () => {
    const topic = await harness.topic({ config: { 'message.timestamp.type': 'LogAppendTime' } });
    const before = Date.now();
    await harness
      .client()
      .producer()
      .send([{ topic, records: [record('old', { timestamp: 1_000 })] }]);
    const [found] = await read(await harness.subscribed([topic]), 1);
    // The broker's clock is this machine's; a minute covers what they may differ by.
    expect(found?.timestamp).toBeGreaterThan(before - 60_000);
  });

  it('appends the sends of one producer in the order of the calls, awaited or not', async () => {
    const topic = await harness.topic();
    const producer = harness.client().producer();
    const expected = records('value-', 500);
    await Promise.all(expected.map((each) => producer.send([{ topic, records: [each] }])));
    const found = await read(await harness.subscribed([topic]), 500);
    expect(values(found)).toEqual(values(expected));
  });

  it('puts keys where the Java client puts them', async () => {
    const partitions = 7;
    const topic = await harness.topic({ partitions });
    const file = new URL('../murmur2/vectors.json', import.meta.url);
    const vectors = JSON.parse(readFileSync(file, 'utf8')) as { key: string; of7: number }[];
    await harness
      .client()
      .producer()
      .send([{ topic, records: vectors.map(({ key }) => record('', { key: Buffer.from(key, 'hex') })) }]);
    const consumer = await harness.subscribed([topic]);
    const found: [string | undefined, number][] = [];
    await pollUntil(consumer, (batches) => {
      for (const batch of batches) {
        for (const { key } of batch.records) found.push([key?.toString('hex'), batch.partition]);
      }
      return found.length >= vectors.length;
    });
    expect(found.sort()).toEqual(vectors.map(({ key, of7 }) => [key, of7]).sort());
  });

  it('keeps the keyless records of a batch together and spreads batches', async () => {
    const topic = await harness.topic({ partitions: 3 });
    const producer = harness.client().producer();
    const partitions = new Set<number>();
    for (let round = 0; round < 3; round++) {
      const appended = await producer.send([{ topic, records: records('keyless', 10) }]);
      expect(appended).toHaveLength(1);
      for (const { partition } of appended) partitions.add(partition);
    }
    expect(partitions.size).toBeGreaterThan(1);
  });

  it('writes to the partition that is asked for', async () => {
    const topic = await harness.topic({ partitions: 3 });
    const producer = harness.client().producer();
    const appended = await producer.send([
      {
        topic,
        records: [record('a', { partition: 2, key: Buffer.from('k') }), record('b', { partition: 0 })],
      },
    ]);
    expect(appended.map(({ partition }) => partition).sort()).toEqual([0, 2]);
    const error = await refusal(producer.send([{ topic, records: [record('c', { partition: 3 })] }]));
    expect(error).toMatchObject({ name: 'KafkaError', code: 'UNKNOWN_TOPIC', retriable: false });
  });

  it('tells writers how many partitions a topic has before they write', async () => {
    const topic = await harness.topic({ partitions: 3 });
    const client = harness.client();
    const writers = [client.producer(), client.transactionalProducer({ transactionalId: uniqueName('tx') })];
    for (const writer of writers) {
      expect(writer.partitionCount?.(topic)).toBeUndefined();
      expect(await writer.partitionsFor(topic)).toBe(3);
      expect(writer.partitionCount?.(topic)).toBe(3);
    }
  });

  it('reads what it wrote with each compression it has', async () => {
    const client = harness.client();
    for (const compression of client.capabilities.compression) {
      const topic = await harness.topic();
      const written = records(`${compression}-`, 200, { headers: [['h', Buffer.from('v')]] });
      await client.producer({ compression }).send([{ topic, records: written }]);
      const found = await read(await harness.subscribed([topic]), 200);
      expect(values(found)).toEqual(values(written));
      expect(found.map(({ offset }) => offset)).toEqual(written.map((_, index) => index));
    }
  });

  it('splits a send that is larger than a batch may be', async () => {
    const topic = await harness.topic();
    const written = Array.from({ length: 300 }, (_, index) =>
      record('', { value: Buffer.alloc(20_000, index % 256) }),
    );
    await harness
      .client()
      .producer()
      .send([{ topic, records: written }]);
    const found = await read(await harness.subscribed([topic]), 300);
    expect(found.every(({ value }, index) => value?.equals(written[index]?.value as Buffer) === true)).toBe(
      true,
    );
  });

  it('keeps to a topic whose limit is smaller than usual', async () => {
    const topic = await harness.topic({ config: { 'max.message.bytes': '10000' } });
    const written = Array.from({ length: 100 }, (_, index) =>
      record('', { value: Buffer.alloc(900, index) }),
    );
    const producer = harness.client().producer();
    await producer.send([{ topic, records: written }]);
    await producer.send([{ topic, records: written }]);
    const found = await read(await harness.subscribed([topic]), 200);
    expect(found.map(({ value }) => value?.[0])).toEqual(
      [...written, ...written].map(({ value }) => value?.[0]),
    );
  });

  it('fails a record that is too large by itself, and appends those around it', async () => {
    const topic = await harness.topic();
    const producer = harness.client().producer();
    const error = await refusal(
      producer.send([
        { topic, records: [record('before')] },
        {
          topic,
          records: [record('between'), record('', { value: Buffer.alloc(2 * megabyte) }), record('after')],
        },
      ]),
    );
    expect(error).toBeInstanceOf(SendError);
    expect(error).toMatchObject({ code: 'TOO_LARGE', retriable: false });
    expect((error as SendError).message).toContain(`${topic}-0`);
    expect((error as SendError).failures).toEqual([
      { batch: 1, record: 1, error: expect.objectContaining({ code: 'TOO_LARGE' }) },
    ]);
    await producer.send([{ topic, records: [record('later')] }]);
    const found = await read(await harness.subscribed([topic]), 4);
    expect(values(found)).toEqual(['before', 'between', 'after', 'later']);
  });

  it('fails records that the broker refuses by themselves, and appends those around them', async () => {
    // A compacted topic takes no record without a key.
    const topic = await harness.topic({ config: { 'cleanup.policy': 'compact' } });
    const key = Buffer.from('k');
    const given = [
      record('a', { key }),
      record('b'),
      record('c', { key }),
      record('d'),
      record('e', { key }),
    ];
    const error = await refusal(
      harness
        .client()
        .producer()
        .send([{ topic, records: given }]),
    );
    expect(error).toMatchObject({ name: 'KafkaError', code: 'REFUSED', retriable: false });
    expect((error as SendError).message).toContain('without key');
    expect((error as SendError).failures.map((failure) => failure.record)).toEqual([1, 3]);
    expect(values(await read(await harness.subscribed([topic]), 3))).toEqual(['a', 'c', 'e']);
  });

  it('fails records whose time is out of the bounds of their topic by themselves', async () => {
    const topic = await harness.topic({ config: { 'message.timestamp.before.max.ms': '3600000' } });
    const timestamp = Date.now();
    const error = await refusal(
      harness
        .client()
        .producer()
        .send([
          {
            topic,
            records: [
              record('a', { timestamp }),
              record('b', { timestamp: timestamp - 7_200_000 }),
              record('c', { timestamp }),
            ],
          },
        ]),
    );
    expect(error).toMatchObject({ code: 'REFUSED', retriable: false, failures: [{ batch: 0, record: 1 }] });
    expect((error as SendError).message).toContain('INVALID_TIMESTAMP');
    expect(values(await read(await harness.subscribed([topic]), 2))).toEqual(['a', 'c']);
  });

  it('says so when a topic does not exist, to writers and to those that ask', async () => {
    const topic = uniqueName('missing');
    const client = harness.client();
    const error = await refusal(client.producer().send([{ topic, records: [record('x')] }]));
    expect(error).toMatchObject({ name: 'KafkaError', code: 'UNKNOWN_TOPIC', retriable: false });
    expect((error as KafkaError).message).toContain(topic);
    const asked = await refusal(client.producer().partitionsFor(topic));
    expect(asked).toMatchObject({ name: 'KafkaError', code: 'UNKNOWN_TOPIC', retriable: false });
    expect(await client.admin().listTopics()).not.toContain(topic);
  });

  it('hands out nothing of an empty partition', async () => {
    const topic = await harness.topic({ partitions: 3 });
    await harness
      .client()
      .producer()
      .send([{ topic, records: records('r', 5, { partition: 1 }) }]);
    const consumer = await harness.subscribed([topic]);
    const seen: {
      partition: number;
      found: readonly ConsumedRecord[];
      nextOffset: number;
      highWatermark: number;
    }[] = [];
    await pollUntil(consumer, (batches) => {
      for (const { partition, records: found, nextOffset, highWatermark } of batches) {
        seen.push({ partition, found, nextOffset, highWatermark });
      }
      return seen.length > 0;
    });
    expect(await consumer.poll(300)).toEqual([]);
    expect(seen).toEqual([{ partition: 1, found: expect.any(Array), nextOffset: 5, highWatermark: 5 }]);
  });
}

export async function refusal(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('expected a rejection');
    },
    (error: unknown) => error,
  );
}
