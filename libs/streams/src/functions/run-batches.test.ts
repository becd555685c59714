import { describe, expect, it } from '@jest/globals';
import type { ConsumedRecord, RecordBatch, TopicRecords } from '@mesh/kafka';
import {
  RejectedRecordError,
  StreamsBuilder,
  stringSerde,
  type Sink,
  type SinkRecord,
  type Topology,
} from '../index.js';
import { runBatches } from './run-batches.js';

const strings = { key: stringSerde, value: stringSerde };

/** A sink that ends writes when it is told to. */
class HeldSink implements Sink<string, string> {
  readonly writes: { readonly value: string; readonly done: (error?: Error) => void }[] = [];
  flushes = 0;
  closed = false;

  write({ value }: SinkRecord<string, string>, done: (error?: Error) => void): void {
    this.writes.push({ value, done });
  }

  async flush(): Promise<void> {
    this.flushes += 1;
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

function feeding(sink: Sink<string, string>, maxOutstanding = 100): Topology {
  const builder = new StreamsBuilder();
  builder.stream(['in', 'other'], strings).sink(sink, { name: 'held', maxOutstanding });
  return builder.build();
}

function batch(topic: string, partition: number, from: number, ...values: string[]): RecordBatch {
  const records = values.map((value, i): ConsumedRecord => ({
    key: Buffer.from('key'),
    value: Buffer.from(value),
    headers: [],
    timestamp: 1,
    offset: from + i,
  }));
  const nextOffset = from + values.length;
  return { topic, partition, records, nextOffset, highWatermark: nextOffset };
}

const produced: TopicRecords[] = [];
const options = (signal: AbortSignal) => ({
  applicationId: 'app',
  signal,
  produce: async (batches: readonly TopicRecords[]) => void produced.push(...batches),
});
const never = new AbortController().signal;

describe('runBatches', () => {
  it('settles when every record is done, and asks the sink to wait for no more', async () => {
    const sink = new HeldSink();
    const run = runBatches(
      feeding(sink),
      [batch('in', 0, 7, 'a', 'b'), batch('other', 3, 1, 'c')],
      options(never),
    );
    await Promise.resolve();
    expect(sink.writes.map(({ value }) => value)).toEqual(['a', 'b', 'c']);
    expect(sink.flushes).toBeGreaterThan(0);
    for (const { done } of sink.writes) done();
    expect(await run).toEqual({ unfinished: [], error: undefined, processed: 3, deadLettered: 0 });
    expect(sink.closed).toBe(false);
  });

  it('hands on more than a sink takes at once', async () => {
    const sink = new HeldSink();
    const values = Array.from({ length: 50 }, (_, i) => String(i));
    sink.write = ({ value }, done) => {
      sink.writes.push({ value, done });
      setImmediate(done);
    };
    const { processed } = await runBatches(feeding(sink, 4), [batch('in', 0, 0, ...values)], options(never));
    expect(processed).toBe(50);
    expect(sink.writes.map(({ value }) => value)).toEqual(values);
  });

  it('says from where to begin again when its time is over, and closes the sink', async () => {
    const sink = new HeldSink();
    const end = new AbortController();
    const batches = [batch('in', 0, 10, 'a', 'b', 'c'), batch('in', 1, 0, 'd'), batch('other', 0, 5, 'e')];
    const run = runBatches(feeding(sink), batches, options(end.signal));
    await Promise.resolve();
    for (const { value, done } of sink.writes) if (['a', 'c', 'd'].includes(value)) done();
    end.abort();
    expect((await run).unfinished).toEqual([
      { topic: 'in', partition: 0, offset: 11 },
      { topic: 'other', partition: 0, offset: 5 },
    ]);
    expect(sink.closed).toBe(true);
  });

  it('writes what was rejected to the dead letters, and is done with it', async () => {
    const sink = new HeldSink();
    const run = runBatches(feeding(sink), [batch('in', 0, 10, 'a', 'b')], options(never));
    await Promise.resolve();
    sink.writes[0]?.done(new RejectedRecordError('BAD', 'it is bad'));
    sink.writes[1]?.done();
    expect(await run).toMatchObject({ unfinished: [], deadLettered: 1 });
    const [letters] = produced.splice(0);
    expect(letters?.topic).toBe('in.dlq');
    expect(letters?.records.map(({ value }) => value?.toString())).toEqual(['a']);
    const headers = new Map(letters?.records[0]?.headers);
    expect(headers.get('__connect.errors.exception.message')?.toString()).toBe('it is bad');
    expect(headers.get('__connect.errors.offset')?.toString()).toBe('10');
  });

  it('has a partition run again as a whole where the handler says that a record stops it', async () => {
    const sink = new HeldSink();
    sink.write = ({ value }, done) =>
      done(value === 'b' ? new RejectedRecordError('BAD', 'it is bad') : undefined);
    const outcome = await runBatches(feeding(sink), [batch('in', 0, 0, 'a', 'b', 'c')], {
      ...options(never),
      onFailure: () => 'fail',
    });
    expect(outcome.error?.message).toContain('it is bad');
    expect(outcome.unfinished).toEqual([{ topic: 'in', partition: 0, offset: 0 }]);
  });

  it('fails as a whole where the dead letters can not be written', async () => {
    const sink = new HeldSink();
    sink.write = (_, done) => done(new RejectedRecordError('BAD', 'it is bad'));
    const produce = () => Promise.reject(new Error('no broker'));
    const run = runBatches(feeding(sink), [batch('in', 0, 0, 'a')], { ...options(never), produce });
    await expect(run).rejects.toThrow('no broker');
    expect(sink.closed).toBe(true);
  });

  it('refuses what keeps state, and records of a topic that is not read', async () => {
    const builder = new StreamsBuilder();
    builder.stream('in', strings).groupByKey().count({ store: 'counts' });
    await expect(runBatches(builder.build(), [], options(never))).rejects.toThrow(/keeps counts/);
    const run = runBatches(feeding(new HeldSink()), [batch('elsewhere', 0, 0, 'a')], options(never));
    await expect(run).rejects.toThrow(/came from elsewhere/);
  });
});
