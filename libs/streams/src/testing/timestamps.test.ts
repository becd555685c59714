import { describe, expect, it } from '@jest/globals';
import { StreamsBuilder, stringSerde, type Consumed } from '../index.js';
import { TopologyTestDriver } from './topology-test-driver.js';

const strings = { key: stringSerde, value: stringSerde };

/** The times that records with these values, and a time of 5, go on with. */
function times(
  consumed: Partial<Consumed<string, string>>,
  values: readonly string[],
  timestamp = 5,
): { times: number[]; driver: TopologyTestDriver } {
  const builder = new StreamsBuilder();
  builder
    .stream('in', { ...strings, ...consumed })
    .filter(() => true)
    .to('out');
  const driver = new TopologyTestDriver(builder.build(), { startTimeMs: 1_000 });
  const input = driver.createInputTopic('in', strings);
  for (const value of values) input.pipeInput('k', value, { timestamp });
  return { times: driver.rawRecords('out').map((record) => record.timestamp), driver };
}

const inPayload = (value: string): number => Number(value);

describe('the time of a record', () => {
  it('may be in its value', () => {
    expect(times({ timestampExtractor: inPayload }, ['7', '3']).times).toEqual([7, 3]);
  });

  it('may be that of the clock', () => {
    expect(times({ timestampExtractor: 'wall-clock' }, ['a']).times).toEqual([1_000]);
  });

  it('may be made of the times before it in its partition', () => {
    const extractor = (value: string, _key: string, _record: unknown, partitionTime: number): number =>
      value === '' ? partitionTime + 1 : Number(value);
    expect(times({ timestampExtractor: extractor }, ['7', '', '3', '']).times).toEqual([7, 8, 3, 9]);
  });
});

describe('records that wait in several topics', () => {
  it('are processed by the times that their extractors give', () => {
    const builder = new StreamsBuilder();
    builder
      .stream('in', strings)
      .flatMapValues((value) => value.split(' '))
      .to((_key, value) => (value.endsWith('a') ? 'a' : 'b'), strings);
    const seen: string[] = [];
    for (const topic of ['a', 'b']) {
      builder
        .stream(topic, {
          ...strings,
          timestampExtractor: (value) => parseInt(value, 10),
          onInvalidTimestamp: 'logAndSkip',
        })
        .forEach((_key, value) => seen.push(value));
    }
    const driver = new TopologyTestDriver(builder.build());
    const input = driver.createInputTopic('in', strings);
    input.pipeInput('k', '5a 6a ?a 1a 9b !b 2b 7b 8a');
    expect(seen).toEqual(['5a', '6a', '1a', '8a', '9b', '2b', '7b']);
    expect(driver.droppedRecords).toBe(2);
    expect([driver.committedOffset('a'), driver.committedOffset('b')]).toEqual([5, 4]);
  });
});

describe('a time that is none', () => {
  it('is the failure of its record', () => {
    const { times: seen, driver } = times({ timestampExtractor: inPayload }, ['x', '7']);
    expect(seen).toEqual([7]);
    expect(driver.rawRecords('in.dlq')).toHaveLength(1);
  });

  it('has its record left out, where it says so', () => {
    const policy = { timestampExtractor: inPayload, onInvalidTimestamp: 'logAndSkip' } as const;
    const { times: seen, driver } = times(policy, ['x', '7', '-1']);
    expect(seen).toEqual([7]);
    expect(driver.droppedRecords).toBe(2);
    expect(driver.rawRecords('in.dlq')).toEqual([]);
    expect(driver.warnings).toEqual([
      'KSTREAM-SOURCE-0000000000: record in-0@0 is left out: its time is NaN',
      'KSTREAM-SOURCE-0000000000: record in-0@2 is left out: its time is -1',
    ]);
  });

  it('is replaced by the latest one of its partition, where it says so and there is one', () => {
    const policy = { timestampExtractor: inPayload, onInvalidTimestamp: 'usePartitionTime' } as const;
    const { times: seen, driver } = times(policy, ['x', '7', '3', 'y']);
    expect(seen).toEqual([7, 3, 7]);
    expect(driver.rawRecords('in.dlq')).toHaveLength(1);
  });

  it("of the record's own is treated alike", () => {
    expect(times({}, ['a'], -1).driver.rawRecords('in.dlq')).toHaveLength(1);
    const { driver } = times({ onInvalidTimestamp: 'logAndSkip' }, ['a'], -1);
    expect(driver.rawRecords('in.dlq')).toEqual([]);
    expect(driver.droppedRecords).toBe(1);
  });
});
