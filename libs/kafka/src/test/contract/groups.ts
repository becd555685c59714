import { expect, it } from '@jest/globals';
import { until } from '@mesh/jest/until.mjs';
import type { Consumer } from '../../port/consumer.js';
import type { TopicPartition } from '../../port/records.js';
import {
  Listener,
  numbers,
  pollUntil,
  read,
  record,
  records,
  uniqueName,
  values,
  type Harness,
} from './harness.js';
import { refusal } from './records.js';

export function groupContract(harness: Harness): void {
  it('moves partitions between members without losing or, with commits on revocation, repeating a record', async () => {
    const partitions = 4;
    const topic = await harness.topic({ partitions });
    const groupId = uniqueName('group');
    const producer = harness.client().producer();
    const seen: string[] = [];
    const total = 2000;
    let written = 0;
    const write = async (count: number): Promise<void> => {
      const batch = Array.from({ length: count }, () => record('', { key: Buffer.from(`key-${written++}`) }));
      await producer.send([{ topic, records: batch }]);
    };

    class Committing extends Listener {
      readonly positions = new Map<number, number>();
      consumer: Consumer | undefined;

      override async onRevoked(revoked: readonly TopicPartition[]): Promise<void> {
        void super.onRevoked(revoked);
        await this.consumer?.commit(
          [...this.positions].map(([partition, offset]) => ({ topic, partition, offset })),
        );
        this.positions.clear();
      }
    }
    const member = async (): Promise<{
      consumer: Consumer;
      listener: Committing;
      step: () => Promise<void>;
    }> => {
      const listener = new Committing();
      const consumer = await harness.subscribed([topic], { groupId }, listener);
      listener.consumer = consumer;
      const step = async (): Promise<void> => {
        for (const batch of await consumer.poll(20)) {
          for (const { key } of batch.records) seen.push(String(key));
          listener.positions.set(batch.partition, batch.nextOffset);
        }
      };
      return { consumer, listener, step };
    };

    const first = await member();
    await write(total / 4);
    await until('the first has its quarter', async () => {
      await first.step();
      return seen.length === total / 4;
    });
    expect(first.consumer.assignment()).toHaveLength(partitions);

    const second = await member();
    await write(total / 4);
    await until('each has two', async () => {
      await Promise.all([first.step(), second.step()]);
      return first.consumer.assignment().length === 2 && second.consumer.assignment().length === 2;
    });
    expect(numbers([...first.consumer.assignment(), ...second.consumer.assignment()])).toBe('0,1,2,3');
    await write(total / 4);
    await until('three quarters are read', async () => {
      await Promise.all([first.step(), second.step()]);
      return seen.length >= (total * 3) / 4;
    });

    await second.listener.onRevoked(second.consumer.assignment());
    await second.consumer.close();
    await write(total / 4);
    await until('all are read', async () => {
      await first.step();
      return seen.length >= total;
    });
    expect(new Set(seen).size).toBe(total);
    expect(seen).toHaveLength(total);
    expect(first.listener.calls).toEqual([
      'assigned 0,1,2,3',
      'revoked 0,1,2,3',
      expect.stringMatching(/^assigned \d,\d$/),
      expect.stringMatching(/^revoked \d,\d$/),
      'assigned 0,1,2,3',
    ]);
  });

  /** One member owns all and does not poll while another asks for its share. */
  const stayingAway = async () => {
    const topic = await harness.topic({ partitions: 2 });
    const groupId = uniqueName('group');
    const listener = new Listener();
    const first = await harness.subscribed([topic], { groupId }, listener);
    await pollUntil(first, () => first.assignment().length === 2);

    const other = new Listener();
    const second = await harness.subscribed([topic], { groupId }, other);
    // Long enough for the first member's heartbeat to hear of it.
    for (let turn = 0; turn < 25; turn++) await second.poll(100);
    return { first, listener, second, other };
  };

  harness.where('awaitsRevoke', 'holds the partitions until the listener has run', async () => {
    const { other } = await stayingAway();
    expect(other.calls).toEqual([]);
  });

  it('calls the listener only within poll', async () => {
    const { first, listener, second, other } = await stayingAway();
    expect(listener.calls).toEqual(['assigned 0,1']);
    await until('the other is assigned', async () => {
      await Promise.all([first.poll(50), second.poll(50)]);
      return other.calls.length > 0 && listener.calls.length >= 3;
    });
    expect(listener.calls[1]).toMatch(/^(revoked|lost) 0,1$/);
  });

  it('tells a member that stayed away for longer than the rebalance may take that its partitions are lost', async () => {
    const topic = await harness.topic({ partitions: 2 });
    const groupId = uniqueName('group');
    const listener = new Listener();
    const options = { groupId, rebalanceTimeoutMs: 1_000, sessionTimeoutMs: 3_000 };
    const first = await harness.subscribed([topic], options, listener);
    await pollUntil(first, () => first.assignment().length === 2);
    const second = await harness.subscribed([topic], options);
    await pollUntil(second, () => second.assignment().length === 2);

    const [taken] = second.assignment();
    const error = await refusal(first.commit([{ topic, partition: taken?.partition ?? 0, offset: 0 }]));
    expect(error).toMatchObject({ name: 'KafkaError', code: 'REBALANCED', retriable: false });
    await until('it is assigned again', async () => {
      await Promise.all([first.poll(20), second.poll(20)]);
      return listener.calls.length >= 3;
    });
    // One partition, or both where the second was itself too slow for so short a time to rejoin.
    expect(listener.calls).toEqual(['assigned 0,1', 'lost 0,1', expect.stringMatching(/^assigned \d/)]);
  });

  it('goes on from the committed offsets', async () => {
    const topic = await harness.topic();
    const groupId = uniqueName('group');
    await harness
      .client()
      .producer()
      .send([{ topic, records: records('r', 10) }]);
    const first = await harness.subscribed([topic], { groupId });
    await read(first, 10);
    expect(await first.committed([{ topic, partition: 0 }])).toEqual([undefined]);
    await first.commit([{ topic, partition: 0, offset: 4 }]);
    expect(await first.committed([{ topic, partition: 0 }])).toEqual([4]);
    await first.close();

    const second = await harness.subscribed([topic], { groupId });
    expect(values(await read(second, 6))).toEqual(['r4', 'r5', 'r6', 'r7', 'r8', 'r9']);
  });

  it('begins where offsetReset says when nothing is committed', async () => {
    const topic = await harness.topic();
    const producer = harness.client().producer();
    await producer.send([{ topic, records: [record('before')] }]);
    const latest = await harness.subscribed([topic], { offsetReset: 'latest' });
    await pollUntil(latest, () => latest.assignment().length === 1);
    // The position is looked up in the background: write until the first arrives.
    let count = 0;
    const found: (string | null)[] = [];
    await until('something is found', async () => {
      await producer.send([{ topic, records: [record(`after-${count++}`)] }]);
      for (const batch of await latest.poll(50)) found.push(...values(batch.records));
      return found.length > 0;
    });
    expect(found).not.toContain('before');

    const none = await harness.subscribed([topic], { offsetReset: 'none' });
    const error = await refusal(pollUntil(none, () => false));
    expect(error).toMatchObject({ name: 'KafkaError', code: 'OFFSET_OUT_OF_RANGE' });
    expect((error as Error).message).toContain(`${topic}-0`);
  });

  it('begins anew where offsetReset says when the committed offset is no longer there', async () => {
    const topic = await harness.topic();
    const admin = harness.client().admin();
    const groupId = uniqueName('group');
    await harness
      .client()
      .producer()
      .send([{ topic, records: records('r', 10) }]);
    await admin.setGroupOffsets(groupId, [{ topic, partition: 0, offset: 2 }]);
    await admin.deleteRecordsBefore([{ topic, partition: 0, offset: 6 }]);
    const consumer = await harness.subscribed([topic], { groupId });
    expect(values(await read(consumer, 4))).toEqual(['r6', 'r7', 'r8', 'r9']);
  });

  it('keeps back what is paused, also what was fetched before, and goes on where it was', async () => {
    const topic = await harness.topic({ partitions: 2 });
    const producer = harness.client().producer();
    const batch = [...records('a', 5, { partition: 0 }), ...records('b', 5, { partition: 1 })];
    await producer.send([{ topic, records: batch }]);
    const consumer = await harness.subscribed(
      [topic],
      {},
      {
        onAssigned: () => consumer.pause([{ topic, partition: 0 }]),
        onRevoked: () => {},
        onLost: () => {},
      },
    );
    expect(values(await read(consumer, 5))).toEqual(['b0', 'b1', 'b2', 'b3', 'b4']);
    expect(await consumer.poll(300)).toEqual([]);
    consumer.resume([{ topic, partition: 0 }]);
    expect(values(await read(consumer, 5))).toEqual(['a0', 'a1', 'a2', 'a3', 'a4']);

    // Now with records that had arrived before the pause.
    await producer.send([{ topic, records: batch }]);
    await until('the second partition is read', async () => {
      const found = await consumer.poll(100);
      return found.some(({ partition }) => partition === 1);
    });
    consumer.pause([{ topic, partition: 0 }]);
    for (let turn = 0; turn < 5; turn++) {
      for (const found of await consumer.poll(50)) expect(found.partition).toBe(1);
    }
  });

  it('fetches the others though what is paused takes all the memory there is', async () => {
    const topic = await harness.topic({ partitions: 2 });
    const producer = harness.client().producer();
    // More than a fetch brings of one partition, so that each is fetched by itself.
    const large = 'x'.repeat(200_000);
    const written = [`${large}0`, `${large}1`, `${large}2`];
    for (const value of written) await producer.send([{ topic, records: [record(value, { partition: 0 })] }]);
    const consumer = await harness.subscribed([topic], { maxBufferedBytes: 1 });
    const first = values(await read(consumer, 1));
    consumer.pause([{ topic, partition: 0 }]);
    // The next of the first partition is under way, or here already.
    expect(await consumer.poll(500)).toEqual([]);
    await producer.send([{ topic, records: [record('small', { partition: 1 })] }]);
    expect(values(await read(consumer, 1))).toEqual(['small']);
    consumer.resume([{ topic, partition: 0 }]);
    expect([...first, ...values(await read(consumer, 2))]).toEqual(written);
  });

  it('goes on from where it was sought to, dropping what was fetched before', async () => {
    const topic = await harness.topic();
    await harness
      .client()
      .producer()
      .send([{ topic, records: records('r', 1000) }]);
    const consumer = await harness.subscribed([topic], { minFetchBytes: 1 });
    await read(consumer, 1);
    consumer.seek({ topic, partition: 0, offset: 990 });
    const [next] = await consumer.poll(5_000);
    expect(next?.records[0]?.offset).toBe(990);
    consumer.seek({ topic, partition: 0, offset: 3 });
    const [again] = await consumer.poll(5_000);
    expect(again?.records[0]?.offset).toBe(3);
  });

  it('takes a position given while being assigned instead of the committed one', async () => {
    const topic = await harness.topic();
    await harness
      .client()
      .producer()
      .send([{ topic, records: records('r', 10) }]);
    const consumer = await harness.subscribed(
      [topic],
      {},
      {
        onAssigned: () => consumer.seek({ topic, partition: 0, offset: 7 }),
        onRevoked: () => {},
        onLost: () => {},
      },
    );
    expect(values(await read(consumer, 3))).toEqual(['r7', 'r8', 'r9']);
  });

  it('knows whether there is more to read, once the broker has said so', async () => {
    const topic = await harness.topic({ partitions: 2 });
    await harness
      .client()
      .producer()
      .send([{ topic, records: records('r', 10, { partition: 0 }) }]);
    const consumer = await harness.subscribed([topic]);
    const [full, empty] = [0, 1].map((partition) => ({ topic, partition }));
    if (full === undefined || empty === undefined) throw new TypeError('there are two');
    expect(consumer.currentLag(empty)).toBeUndefined();
    await read(consumer, 10);
    expect(consumer.currentLag(full)).toBe(0);
    await pollUntil(consumer, () => consumer.currentLag(empty) === 0);
    consumer.seek({ ...full, offset: 4 });
    expect(consumer.currentLag(full)).toBeUndefined();
    await until('the lag is known', () => consumer.currentLag(full) === 6);
    await read(consumer, 6);
    expect(consumer.currentLag(full)).toBe(0);
  });

  it('joins a topic once it exists', async () => {
    const existing = await harness.topic();
    const later = uniqueName('later');
    const consumer = await harness.subscribed([existing, later]);
    await pollUntil(consumer, () => consumer.assignment().length === 1);
    await harness.topic({ name: later, partitions: 2 });
    await harness
      .client()
      .producer()
      .send([{ topic: later, records: [record('at last')] }]);
    expect(values(await read(consumer, 1))).toEqual(['at last']);
    expect(consumer.assignment()).toHaveLength(3);
  });

  it('joins the only topic it was subscribed to once it exists', async () => {
    const later = uniqueName('later');
    const listener = new Listener();
    const consumer = await harness.subscribed([later], {}, listener);
    await pollUntil(consumer, () => listener.calls.length > 0);
    expect(listener.calls).toEqual(['assigned ']);
    expect(consumer.assignment()).toEqual([]);
    await harness.topic({ name: later, partitions: 2 });
    await harness
      .client()
      .producer()
      .send([{ topic: later, records: [record('at last', { partition: 1 })] }]);
    expect(values(await read(consumer, 1))).toEqual(['at last']);
    expect(numbers(consumer.assignment())).toBe('0,1');
    await consumer.commit([{ topic: later, partition: 1, offset: 1 }]);
    expect(await consumer.committed([{ topic: later, partition: 1 }])).toEqual([1]);
  });

  it('acts only on what it owns, and not at all once closed', async () => {
    const topic = await harness.topic();
    const consumer = await harness.subscribed([topic]);
    const position = { topic, partition: 0, offset: 0 };
    expect(() => consumer.seek(position)).toThrow(expect.objectContaining({ code: 'REBALANCED' }));
    expect(await refusal(consumer.commit([position]))).toMatchObject({ code: 'REBALANCED' });
    await pollUntil(consumer, () => consumer.assignment().length === 1);
    await consumer.commit([position]);

    const waiting = consumer.poll(30_000);
    await consumer.close();
    await consumer.close();
    expect(await refusal(waiting)).toMatchObject({ code: 'CLOSED' });
    expect(await refusal(consumer.poll(0))).toMatchObject({ code: 'CLOSED' });
    expect(await refusal(consumer.commit([position]))).toMatchObject({ code: 'CLOSED' });
  });

  it('leaves the group when closed, also before it was a member', async () => {
    const topic = await harness.topic();
    const groupId = uniqueName('group');
    const options = { groupId, sessionTimeoutMs: 60_000, rebalanceTimeoutMs: 60_000 };
    const member = await harness.subscribed([topic], options);
    await pollUntil(member, () => member.assignment().length === 1);
    const early = await harness.subscribed([topic], options);
    await early.close();
    await member.close();
    // Only an empty group can be deleted; a member that had not left would be one for a minute.
    const admin = harness.client().admin();
    await admin.deleteGroup(groupId);
    expect(await admin.groupOffsets(groupId)).toEqual([]);
  });
}
