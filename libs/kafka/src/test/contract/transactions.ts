import { expect, it } from '@jest/globals';
import { until } from '@mesh/jest/until.mjs';
import type { TransactionalProducer } from '../../port/producer.js';
import { pollUntil, read, record, records, uniqueName, values, type Harness } from './harness.js';
import { refusal } from './records.js';

export function transactionContract(harness: Harness): void {
  const initialised = async (transactionalId = uniqueName('transaction')): Promise<TransactionalProducer> => {
    const producer = harness.client().transactionalProducer({ transactionalId });
    await producer.init();
    return producer;
  };

  it('shows a transaction when it is committed, and an aborted one only to those that do not care', async () => {
    const topic = await harness.topic();
    const producer = await initialised();
    const committed = await harness.subscribed([topic]);
    const uncommitted = await harness.subscribed([topic], { isolation: 'read_uncommitted' });

    await producer.begin();
    await producer.send([{ topic, records: records('open', 3) }]);
    expect(values(await read(uncommitted, 3))).toEqual(['open0', 'open1', 'open2']);
    expect((await committed.poll(300)).flatMap((batch) => batch.records)).toEqual([]);
    await producer.commit();
    expect(values(await read(committed, 3))).toEqual(['open0', 'open1', 'open2']);

    await producer.begin();
    await producer.send([{ topic, records: records('aborted', 3) }]);
    await producer.abort();
    await producer.begin();
    await producer.send([{ topic, records: records('last', 2) }]);
    await producer.commit();
    expect(values(await read(committed, 2))).toEqual(['last0', 'last1']);
    expect(values(await read(uncommitted, 5))).toEqual([
      'aborted0',
      'aborted1',
      'aborted2',
      'last0',
      'last1',
    ]);
  });

  it('tells the transactions of several producers in one partition apart', async () => {
    const topic = await harness.topic();
    const [keep, drop] = [await initialised(), await initialised()];
    const plain = harness.client().producer();
    await keep.begin();
    await drop.begin();
    for (let round = 0; round < 5; round++) {
      await keep.send([{ topic, records: [record(`keep-${round}`)] }]);
      await drop.send([{ topic, records: [record(`drop-${round}`)] }]);
      await plain.send([{ topic, records: [record(`plain-${round}`)] }]);
    }
    await drop.abort();
    await drop.begin();
    await drop.send([{ topic, records: [record('kept after all')] }]);
    await drop.commit();
    await keep.commit();
    const found = values(await read(await harness.subscribed([topic]), 11));
    const rounds = [0, 1, 2, 3, 4].flatMap((round) => [`keep-${round}`, `plain-${round}`]);
    expect(found).toEqual([...rounds, 'kept after all']);
  });

  it('hands out positions past the markers of transactions, so that the end can be reached', async () => {
    const topic = await harness.topic();
    const producer = await initialised();
    for (const how of ['commit', 'abort'] as const) {
      await producer.begin();
      await producer.send([{ topic, records: [record(how)] }]);
      await producer[how]();
    }
    const admin = harness.client().admin();
    // An end of a transaction is acknowledged before its markers are written.
    await until(
      'the markers are written',
      async () => (await admin.endOffsets([{ topic, partition: 0 }]))[0]?.offset === 4,
    );
    const consumer = await harness.subscribed([topic]);
    let position = 0;
    const found: (string | null)[] = [];
    await pollUntil(consumer, (batches) => {
      for (const batch of batches) {
        found.push(...values(batch.records));
        position = batch.nextOffset;
      }
      return position === 4;
    });
    expect(found).toEqual(['commit']);
  });

  it('commits consumed offsets with the records, in either order, and neither when aborted', async () => {
    const source = await harness.topic();
    const target = await harness.topic();
    const groupId = uniqueName('group');
    const partition = { topic: source, partition: 0 };
    await harness
      .client()
      .producer()
      .send([{ topic: source, records: records('r', 3) }]);
    const consumer = await harness.subscribed([source], { groupId });
    await read(consumer, 3);
    const producer = await initialised();

    await producer.begin();
    await producer.sendOffsets([{ ...partition, offset: 1 }], consumer.groupMetadata());
    await producer.send([{ topic: target, records: [record('one')] }]);
    await producer.commit();
    expect(await consumer.committed([partition])).toEqual([1]);

    await producer.begin();
    await producer.send([{ topic: target, records: [record('two')] }]);
    await producer.sendOffsets([{ ...partition, offset: 2 }], consumer.groupMetadata());
    await producer.abort();
    expect(await consumer.committed([partition])).toEqual([1]);

    // Straight after the last transaction, while its markers may still be on their way.
    for (let offset = 2; offset <= 20; offset++) {
      await producer.begin();
      await producer.sendOffsets([{ ...partition, offset }], consumer.groupMetadata());
      await producer.commit();
    }
    expect(await consumer.committed([partition])).toEqual([20]);
    expect(values(await read(await harness.subscribed([target]), 1))).toEqual(['one']);
  });

  it('tells nobody an offset that a transaction has not decided', async () => {
    const source = await harness.topic();
    const groupId = uniqueName('group');
    const partition = { topic: source, partition: 0 };
    const consumer = await harness.subscribed([source], { groupId });
    await pollUntil(consumer, () => consumer.assignment().length === 1);
    await consumer.commit([{ ...partition, offset: 0 }]);
    const producer = await initialised();
    await producer.begin();
    await producer.sendOffsets([{ ...partition, offset: 5 }], consumer.groupMetadata());
    let answered = false;
    const asked = consumer.committed([partition]).finally(() => (answered = true));
    await consumer.poll(300);
    expect(answered).toBe(false);
    await producer.commit();
    expect(await asked).toEqual([5]);
  });

  it('fences the earlier producer of a transactional id and ends its transaction', async () => {
    const topic = await harness.topic();
    const transactionalId = uniqueName('transaction');
    const zombie = await initialised(transactionalId);
    await zombie.begin();
    await zombie.send([{ topic, records: [record('of the zombie')] }]);

    const heir = await initialised(transactionalId);
    await heir.begin();
    await heir.send([{ topic, records: [record('of the heir')] }]);
    await heir.commit();

    const error = await refusal(zombie.commit());
    expect(error).toMatchObject({ name: 'KafkaError', code: 'FENCED', retriable: false });
    expect(await refusal(zombie.abort())).toMatchObject({ code: 'FENCED' });
    expect(await refusal(zombie.begin())).toMatchObject({ code: 'FENCED' });

    const idle = await initialised(transactionalId);
    await heir.begin();
    expect(await refusal(heir.send([{ topic, records: [record('late')] }]))).toMatchObject({
      code: 'FENCED',
    });
    await idle.begin();
    await idle.send([{ topic, records: [record('of the last')] }]);
    await idle.commit();
    const found = values(await read(await harness.subscribed([topic]), 2));
    expect(found).toEqual(['of the heir', 'of the last']);
  });

  harness.where('fencesByMember', 'fences offsets by member and generation', async () => {
    const source = await harness.topic({ partitions: 2 });
    const groupId = uniqueName('group');
    const first = await harness.subscribed([source], { groupId });
    await pollUntil(first, () => first.assignment().length === 2);
    const old = first.groupMetadata();
    const second = await harness.subscribed([source], { groupId });
    await pollUntil({ poll: async () => [...(await first.poll(20)), ...(await second.poll(20))] }, () => {
      return first.assignment().length === 1 && second.assignment().length === 1;
    });

    const producer = await initialised();
    await producer.begin();
    const offsets = [{ topic: source, partition: 0, offset: 7 }];
    expect(await refusal(producer.sendOffsets(offsets, old))).toMatchObject({
      name: 'KafkaError',
      code: 'FENCED',
    });
    expect(await first.committed([{ topic: source, partition: 0 }])).toEqual([undefined]);
  });

  it('fails a record that is too large, after which the transaction can only be aborted', async () => {
    const topic = await harness.topic();
    const producer = await initialised();
    await producer.begin();
    const huge = record('', { value: Buffer.alloc(2 * 1024 * 1024) });
    expect(await refusal(producer.send([{ topic, records: [record('x'), huge] }]))).toMatchObject({
      code: 'TOO_LARGE',
      failures: [{ batch: 0, record: 1 }],
    });
    expect(await refusal(producer.commit())).toMatchObject({ name: 'KafkaError' });
    await producer.abort();
    await producer.begin();
    await producer.send([{ topic, records: [record('fine')] }]);
    await producer.commit();
    expect(values(await read(await harness.subscribed([topic]), 1))).toEqual(['fine']);
  });

  it('says which partition keeps a transaction from writing, not what that means for the others', async () => {
    const [kept, deleted] = [await harness.topic(), await harness.topic()];
    const producer = await initialised();
    const batch = [kept, deleted].map((topic) => ({ topic, records: [record('x')] }));
    await producer.begin();
    await producer.send(batch);
    await producer.commit();
    await harness.client().admin().deleteTopics([deleted]);
    await producer.begin();
    const error = await refusal(producer.send(batch));
    expect(error).toMatchObject({ name: 'KafkaError', code: 'UNKNOWN_TOPIC' });
    expect((error as Error).message).toContain(`${deleted}-0`);
    await producer.abort();
  });

  it('refuses calls out of turn', async () => {
    const producer = harness.client().transactionalProducer({ transactionalId: uniqueName('transaction') });
    expect(await refusal(producer.begin())).toMatchObject({ code: 'PROTOCOL' });
    await producer.init();
    expect(await refusal(producer.send([]))).toMatchObject({ code: 'PROTOCOL' });
    expect(await refusal(producer.commit())).toMatchObject({ code: 'PROTOCOL' });
    await producer.begin();
    await producer.commit();
    await producer.close();
    await producer.close();
    expect(await refusal(producer.begin())).toMatchObject({ code: 'CLOSED' });
  });
}
