import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { partitionFor } from './partitioner.js';
import type { SendBatch } from './port/producer.js';
import type { ProducerRecord } from './port/records.js';
import { RecordAccumulator } from './record-accumulator.js';

const COUNT = 3;
const known = (topic: string): number | undefined => (topic === 'unknown' ? undefined : COUNT);

const anyAppend = fc.record({
  topic: fc.constantFrom('a', 'b'),
  key: fc.option(
    fc.string({ maxLength: 40 }).map((text) => Buffer.from(text)),
    { nil: null },
  ),
  value: fc.option(
    fc.string({ maxLength: 40 }).map((text) => Buffer.from(text)),
    { nil: null },
  ),
  timestamp: fc.integer({ min: 0, max: 2 ** 50 }),
  partition: fc.option(fc.integer({ min: 0, max: COUNT - 1 }), { nil: undefined }),
});

/** Values of each `topic-partition`, in the order to be sent. */
function valuesOf(batches: readonly SendBatch[]): Map<string, (string | undefined)[]> {
  const found = new Map<string, (string | undefined)[]>();
  for (const sent of batches) {
    const partition = 'batch' in sent ? sent.partition : -1;
    const records: readonly ProducerRecord[] = 'batch' in sent ? sent.batch.decoded() : sent.records;
    const id = `${sent.topic}-${partition}`;
    found.set(id, [...(found.get(id) ?? []), ...records.map(({ value }) => value?.toString())]);
  }
  return found;
}

describe('records that are accumulated', () => {
  it("are each in their key's partition, or the one asked for, in the order they came", () => {
    fc.assert(
      fc.property(fc.array(anyAppend, { maxLength: 60 }), (appends) => {
        const records = new RecordAccumulator(known);
        const expected = new Map<string, (string | undefined)[]>();
        for (const { topic, key, value, timestamp, partition } of appends) {
          const to = partition ?? (key === null ? undefined : partitionFor(key, COUNT));
          if (to === undefined) continue;
          records.append(topic, key, value, [], timestamp, partition);
          const id = `${topic}-${to}`;
          expected.set(id, [...(expected.get(id) ?? []), value?.toString()]);
        }
        expect(valuesOf(records.take())).toEqual(expected);
        expect(records.take()).toEqual([]);
        expect(records.bytes).toBe(0);
      }),
    );
  });

  it('without a key go to one partition until they are taken', () => {
    const records = new RecordAccumulator(known);
    for (const value of ['1', '2', '3']) records.append('a', null, Buffer.from(value), [], 1);
    expect([...valuesOf(records.take()).values()]).toEqual([['1', '2', '3']]);
  });

  it('are kept as they are for a topic that is not known yet', () => {
    const records = new RecordAccumulator(known);
    records.append('unknown', Buffer.from('k'), Buffer.from('v'), [], 5);
    expect(records.bytes).toBeGreaterThan(0);
    expect(records.take()).toEqual([
      {
        topic: 'unknown',
        records: [{ key: Buffer.from('k'), value: Buffer.from('v'), headers: [], timestamp: 5 }],
      },
    ]);
  });

  it('fill batches of less than a broker takes, and never split a record', () => {
    const records = new RecordAccumulator(known);
    const value = Buffer.alloc(300_000, 'x');
    for (let index = 0; index < 8; index++) records.append('a', null, value, [], index, 1);
    records.append('a', null, Buffer.alloc(1_040_000), [], 8, 1);
    const sizes = records.take().map((sent) => ('batch' in sent ? [sent.batch.count, sent.batch.size] : []));
    expect(sizes.map(([count]) => count)).toEqual([3, 3, 2, 1]);
    for (const [, size] of sizes) expect(size).toBeLessThan(1_048_588);
  });
});
