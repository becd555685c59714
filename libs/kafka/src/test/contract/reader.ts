import { expect, it } from '@jest/globals';
import type { DriverName } from '../../client.js';
import { drivers } from '../../drivers/index.js';
import { fetchRequest } from '../../wire/fetch.js';
import { pollUntil, read, record, records, uniqueName, values, type Harness } from './harness.js';
import { refusal } from './records.js';

export function readerContract(harness: Harness): void {
  it('reads given partitions from given offsets, committed records only', async () => {
    const topic = await harness.topic({ partitions: 3 });
    const client = harness.client();
    const batch = [...records('a', 5, { partition: 0 }), ...records('b', 5, { partition: 1 })];
    await client.producer().send([{ topic, records: batch }]);
    const transaction = client.transactionalProducer({ transactionalId: uniqueName('transaction') });
    await transaction.init();
    await transaction.begin();
    await transaction.send([{ topic, records: records('aborted', 3, { partition: 1 }) }]);
    await transaction.abort();

    const reader = await client.reader([
      { topic, partition: 0, offset: 3 },
      { topic, partition: 1, offset: 0 },
      { topic, partition: 2, offset: 0 },
    ]);
    const found = new Map<number, (string | null)[]>();
    const positions = new Map<number, number>();
    await pollUntil(reader, (batches) => {
      for (const each of batches) {
        found.set(each.partition, [...(found.get(each.partition) ?? []), ...values(each.records)]);
        positions.set(each.partition, each.nextOffset);
      }
      return positions.get(0) === 5 && positions.get(1) === 9;
    });
    expect(found).toEqual(
      new Map([
        [0, ['a3', 'a4']],
        [1, ['b0', 'b1', 'b2', 'b3', 'b4']],
      ]),
    );
    await reader.close();
    await reader.close();
    expect(await refusal(reader.poll(0))).toMatchObject({ code: 'CLOSED' });
  });

  it('follows a topic that is being written, and disturbs no group', async () => {
    const topic = await harness.topic();
    const client = harness.client();
    const consumer = await harness.subscribed([topic]);
    await pollUntil(consumer, () => consumer.assignment().length === 1);
    const { generationId } = consumer.groupMetadata();
    const reader = await client.reader([{ topic, partition: 0, offset: 0 }]);
    const producer = client.producer();
    for (let round = 0; round < 3; round++) {
      await producer.send([{ topic, records: [record(`round-${round}`)] }]);
      expect(values(await read(reader, 1))).toEqual([`round-${round}`]);
    }
    expect(values(await read(consumer, 3))).toEqual(['round-0', 'round-1', 'round-2']);
    expect(consumer.groupMetadata().generationId).toBe(generationId);
  });

  it('waits for an answer no longer than the request says', async () => {
    const topic = await harness.topic();
    const [end] = await harness
      .client()
      .admin()
      .endOffsets([{ topic, partition: 0 }]);
    const [host = '', port = ''] = harness.address().split(':');
    const connectionTo = await drivers[harness.driver as DriverName].load();
    const connection = connectionTo({
      host,
      port: Number(port),
      clientId: 'contract',
      security: undefined,
      logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
      connectTimeoutMs: 10_000,
      requestTimeoutMs: 60_000,
    });
    await connection.open();
    const poll = { maxWaitMs: 20_000, minBytes: 1, maxBytes: 1, readCommitted: true };
    const fetch = fetchRequest([{ topic, partition: 0, offset: end?.offset ?? 0, maxBytes: 1 }], poll);
    const error = await refusal(connection.send({ ...fetch, waitMs: 0, timeoutMs: 100 }));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', retriable: true });
    connection.destroy(new Error('the end'));
  });

  it('says so when the offset is not there, or the partition', async () => {
    const topic = await harness.topic();
    const client = harness.client();
    await client.producer().send([{ topic, records: records('r', 10) }]);
    await client.admin().deleteRecordsBefore([{ topic, partition: 0, offset: 5 }]);
    const reader = await client.reader([{ topic, partition: 0, offset: 2 }]);
    const error = await refusal(pollUntil(reader, () => false));
    expect(error).toMatchObject({ name: 'KafkaError', code: 'OFFSET_OUT_OF_RANGE', retriable: false });
    expect((error as Error).message).toContain(`${topic}-0`);

    expect(await refusal(client.reader([{ topic, partition: 1, offset: 0 }]))).toMatchObject({
      code: 'UNKNOWN_TOPIC',
    });
    expect(
      await refusal(client.reader([{ topic: uniqueName('missing'), partition: 0, offset: 0 }])),
    ).toMatchObject({
      code: 'UNKNOWN_TOPIC',
    });
  });
}
