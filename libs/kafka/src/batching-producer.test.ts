import { describe, expect, it, jest } from '@jest/globals';
import { BatchingProducer } from './batching-producer.js';
import { KafkaError, SendError } from './port/errors.js';
import type { Appended, Producer, TopicRecords } from './port/producer.js';
import type { ProducerRecord } from './port/records.js';

/** A producer whose sends are answered by the test. */
class HeldProducer implements Producer {
  readonly sends: {
    readonly batches: readonly TopicRecords[];
    resolve: () => void;
    reject: (error: Error) => void;
  }[] = [];
  readonly close = jest.fn(async () => {});

  send(batches: readonly TopicRecords[]): Promise<readonly Appended[]> {
    return new Promise((resolve, reject) => this.sends.push({ batches, resolve: () => resolve([]), reject }));
  }

  partitionsFor(): Promise<number> {
    return Promise.resolve(1);
  }

  contents(index: number): string[] {
    return (
      this.sends[index]?.batches.flatMap(({ records }) => records.map(({ value }) => String(value))) ?? []
    );
  }
}

function record(value: string): ProducerRecord {
  return { key: null, value: Buffer.from(value) };
}

/** Lets what is due happen: timers of no length and settled promises. */
async function turn(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1));
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('the condition does not come true');
    await turn();
  }
}

function outcome(promise: Promise<void>): { value: string } {
  const result = { value: 'pending' };
  promise.then(
    () => (result.value = 'sent'),
    (error: unknown) => (result.value = error instanceof KafkaError ? error.code : 'error'),
  );
  return result;
}

describe('a batching producer', () => {
  it('collects what comes within the linger, and what comes while a request is under way', async () => {
    const held = new HeldProducer();
    const producer = new BatchingProducer(held, { lingerMs: 1 });
    const first = [producer.send('t', record('a')), producer.send('t', record('b'))];
    await until(() => held.sends.length === 1);
    const second = [
      producer.send('t', record('c')),
      producer.send('u', record('d')),
      producer.send('t', record('e')),
    ];
    await turn();
    expect(held.sends).toHaveLength(1);
    expect(producer.pending).toBe(5);
    held.sends[0]?.resolve();
    await Promise.all(first);
    await until(() => held.sends.length === 2);
    expect(held.contents(0)).toEqual(['a', 'b']);
    expect(held.sends[1]?.batches).toEqual([
      { topic: 't', records: [record('c'), record('e')] },
      { topic: 'u', records: [record('d')] },
    ]);
    held.sends[1]?.resolve();
    await Promise.all(second);
    expect(producer.pending).toBe(0);
  });

  it('settles a record only when the broker has acknowledged it', async () => {
    const held = new HeldProducer();
    const producer = new BatchingProducer(held, { lingerMs: 0 });
    const sent = outcome(producer.send('t', record('a')));
    await until(() => held.sends.length === 1);
    await turn();
    expect(sent.value).toBe('pending');
    held.sends[0]?.resolve();
    await until(() => sent.value === 'sent');
  });

  it('sends a full batch without waiting, and cuts at the limits', async () => {
    const held = new HeldProducer();
    const producer = new BatchingProducer(held, { lingerMs: 60_000, maxBatchRecords: 3 });
    const sent = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((value) => producer.send('t', record(value)));
    await until(() => held.sends.length === 1);
    held.sends[0]?.resolve();
    await until(() => held.sends.length === 2);
    held.sends[1]?.resolve();
    await until(() => held.sends.length === 3);
    held.sends[2]?.resolve();
    await Promise.all(sent);
    expect([0, 1, 2].map((index) => held.contents(index))).toEqual([['a', 'b', 'c'], ['d', 'e', 'f'], ['g']]);

    const bySize = new BatchingProducer(held, { lingerMs: 60_000, maxBatchBytes: 1_000 });
    void bySize.send('t', record('x'.repeat(2_000)));
    await until(() => held.sends.length === 4);
    held.sends[3]?.resolve();
  });

  it('fails the records the broker refused, and no others', async () => {
    const held = new HeldProducer();
    const producer = new BatchingProducer(held, { lingerMs: 0 });
    const outcomes = [
      outcome(producer.send('t', record('a'))),
      outcome(producer.send('u', record('b'))),
      outcome(producer.send('t', record('huge'))),
      outcome(producer.send('t', record('c'))),
    ];
    await until(() => held.sends.length === 1);
    const error = new KafkaError('TOO_LARGE', 'too large');
    held.sends[0]?.reject(new SendError([{ batch: 0, record: 1, error }]));
    await until(() => producer.pending === 0);
    await turn();
    expect(outcomes.map(({ value }) => value)).toEqual(['sent', 'sent', 'TOO_LARGE', 'sent']);
  });

  it('lets a missing topic fail its own records only', async () => {
    const held = new HeldProducer();
    const producer = new BatchingProducer(held, { lingerMs: 0 });
    const outcomes = [
      outcome(producer.send('t', record('a'))),
      outcome(producer.send('missing', record('b'))),
    ];
    await until(() => held.sends.length === 1);
    held.sends[0]?.reject(new KafkaError('UNKNOWN_TOPIC', 'no such topic'));
    await until(() => held.sends.length === 2);
    held.sends[1]?.resolve();
    await until(() => held.sends.length === 3);
    held.sends[2]?.reject(new KafkaError('UNKNOWN_TOPIC', 'no such topic'));
    await until(() => producer.pending === 0);
    await turn();
    expect(outcomes.map(({ value }) => value)).toEqual(['sent', 'UNKNOWN_TOPIC']);
  });

  it('goes on after a batch that failed as a whole', async () => {
    const held = new HeldProducer();
    const producer = new BatchingProducer(held, { lingerMs: 0 });
    const failed = outcome(producer.send('t', record('a')));
    await until(() => held.sends.length === 1);
    held.sends[0]?.reject(new KafkaError('UNAVAILABLE', 'no broker'));
    await until(() => failed.value === 'UNAVAILABLE');
    const sent = outcome(producer.send('t', record('b')));
    await until(() => held.sends.length === 2);
    held.sends[1]?.resolve();
    await until(() => sent.value === 'sent');
  });

  it('makes senders wait while the buffer is full, in order, and refuses those that wait too long', async () => {
    const held = new HeldProducer();
    const producer = new BatchingProducer(held, { lingerMs: 0, maxBufferedBytes: 100, maxBlockMs: 50 });
    const a = outcome(producer.send('t', record('a'.repeat(60))));
    const b = outcome(producer.send('t', record('b'.repeat(60))));
    const c = outcome(producer.send('t', record('c')));
    await until(() => held.sends.length === 1);
    expect(held.contents(0)).toEqual(['a'.repeat(60)]);
    await until(() => b.value === 'UNAVAILABLE' && c.value === 'UNAVAILABLE');
    const d = outcome(producer.send('t', record('d'.repeat(60))));
    const e = outcome(producer.send('t', record('e')));
    held.sends[0]?.resolve();
    await until(() => held.sends.length === 2);
    held.sends[1]?.resolve();
    await until(() => held.sends.length === 3 || e.value === 'sent');
    held.sends[2]?.resolve();
    await until(() => [a, d, e].every(({ value }) => value === 'sent'));
    expect([...held.contents(1), ...held.contents(2)]).toEqual(['d'.repeat(60), 'e']);
  });

  it('sends a record larger than its whole buffer, alone', async () => {
    const held = new HeldProducer();
    const producer = new BatchingProducer(held, { lingerMs: 0, maxBufferedBytes: 10 });
    const sent = outcome(producer.send('t', record('x'.repeat(1_000))));
    await until(() => held.sends.length === 1);
    expect(producer.full).toBe(true);
    held.sends[0]?.resolve();
    await until(() => sent.value === 'sent');
    expect(producer.full).toBe(false);
  });

  it('sends what waits when it is closed, and takes nothing more', async () => {
    const held = new HeldProducer();
    const producer = new BatchingProducer(held, { lingerMs: 60_000 });
    const sent = outcome(producer.send('t', record('a')));
    const closing = producer.close();
    await expect(producer.send('t', record('b'))).rejects.toMatchObject({ code: 'CLOSED' });
    await until(() => held.sends.length === 1);
    expect(held.close).not.toHaveBeenCalled();
    held.sends[0]?.resolve();
    await closing;
    expect(sent.value).toBe('sent');
    expect(held.close).toHaveBeenCalledTimes(1);
  });
});
