import { describe, expect, it } from '@jest/globals';
import type { ConsumedRecord } from '@mesh/kafka';
import {
  StreamsBuilder,
  stringSerde,
  type Consumed,
  type RecordFailure,
  type Serde,
  type Topology,
} from '../index.js';
import { CacheBudget } from '../state/pending-changes.js';
import { singleTask } from '../test/single-task.js';
import type { FailureDecision } from './failures.js';

const strings = { key: stringSerde, value: stringSerde };
const inValue = { ...strings, timestampExtractor: (value: string) => Number(value) };

/** Reads left and right, merged, into out. */
function merging(
  left: Consumed<string, string> = inValue,
  right: Consumed<string, string> = inValue,
): Topology {
  const builder = new StreamsBuilder();
  builder.stream('left', left).merge(builder.stream('right', right)).to('out', strings);
  return builder.build();
}

interface Sent {
  readonly topic: string;
  readonly value: string | undefined;
  readonly timestamp: number;
}

/** One task over both topics, whose records are there before it begins. */
function taskOf(
  topology: Topology,
  inputs: { readonly left: readonly string[]; readonly right?: readonly string[] },
  decide: (failure: RecordFailure) => FailureDecision = () => 'dead-letter',
) {
  const sent: Sent[] = [];
  const failures: string[] = [];
  const warnings: string[] = [];
  let clock = 0;
  const task = singleTask(topology, {
    budget: new CacheBudget(10_000),
    sources: Object.keys(inputs).map((topic) => ({ topic, partition: 0 })),
    collector: {
      send: (topic, _key, value, _headers, timestamp) =>
        sent.push({ topic, value: value?.toString(), timestamp }),
    },
    onFailure: (failure) => {
      const { stage, topic, partition, record } = failure;
      failures.push(`${stage} ${topic}-${partition}@${record.offset}`);
      return decide(failure);
    },
    onWarning: (message) => warnings.push(message),
    now: () => (clock += 1),
  });
  for (const [topic, values] of Object.entries(inputs)) {
    const records = values.map((value: string, offset: number): ConsumedRecord => {
      return {
        key: Buffer.from('k'),
        value: Buffer.from(value),
        headers: [],
        timestamp: 1_000 - offset,
        offset,
      };
    });
    task.enqueue({ topic, partition: 0, records, nextOffset: records.length, highWatermark: records.length });
  }
  return { task, sent, failures, warnings };
}

const valuesTo = (sent: readonly Sent[], topic: string): (string | undefined)[] =>
  sent.filter((record) => record.topic === topic).map(({ value }) => value);

describe('records of several partitions', () => {
  it('are taken by the times that their extractors give', () => {
    const { task, sent } = taskOf(merging(), { left: ['1', '4', '9'], right: ['2', '3', '10'] });
    expect(task.process(100)).toBe(6);
    expect(valuesTo(sent, 'out')).toEqual(['1', '2', '3', '4', '9', '10']);
    expect(sent.map(({ timestamp }) => timestamp)).toEqual([1, 2, 3, 4, 9, 10]);
    expect(task.streamTime).toBe(10);
  });

  it('are taken by extracted times next to own ones', () => {
    const { task, sent } = taskOf(merging(inValue, strings), { left: ['998', '1001'], right: ['a', 'b'] });
    task.process(100);
    expect(valuesTo(sent, 'out')).toEqual(['998', 'a', 'b', '1001']);
  });

  it('are asked for their times and decoded once each', () => {
    const decoded: string[] = [];
    const extracted: string[] = [];
    const serde: Serde<string> = {
      ...stringSerde,
      deserialize: (...given) => {
        const value = stringSerde.deserialize(...given);
        decoded.push(value);
        return value;
      },
    };
    const builder = new StreamsBuilder();
    const consumed: Consumed<string, string> = {
      key: stringSerde,
      value: serde,
      timestampExtractor: (value, _key, { topic, offset }) => {
        extracted.push(`${topic}@${offset}`);
        return Number(value);
      },
    };
    const seen: string[] = [];
    builder
      .stream('left', consumed)
      .merge(builder.stream('right', consumed))
      .forEach((_key, value) => seen.push(value));
    const { task } = taskOf(builder.build(), { left: ['5', '6'], right: ['7', '8'] });
    // In steps, between which the heads stay.
    while (task.ready) expect(task.process(1)).toBe(1);
    expect(seen).toEqual(['5', '6', '7', '8']);
    expect(decoded.toSorted()).toEqual(['5', '6', '7', '8']);
    expect(extracted.toSorted()).toEqual(['left@0', 'left@1', 'right@0', 'right@1']);
  });

  it('have the time of the clock as they come to the front of their partitions', () => {
    const wallClock = { ...strings, timestampExtractor: 'wall-clock' } as const;
    const { task, sent } = taskOf(merging(wallClock, wallClock), { left: ['a', 'b'], right: ['c', 'd'] });
    task.process(100);
    expect(sent.map(({ value, timestamp }) => [value, timestamp])).toEqual([
      ['a', 1],
      ['c', 2],
      ['b', 3],
      ['d', 4],
    ]);
  });

  it('are passed by where they have no time, and hold nothing up', () => {
    const policy = { ...inValue, onInvalidTimestamp: 'logAndSkip' } as const;
    const { task, sent, failures, warnings } = taskOf(merging(policy, inValue), {
      left: ['x', 'y', '3'],
      right: ['z', '2', '4', '?'],
    });
    expect(task.ready).toBe(true);
    expect(task.process(100)).toBe(7);
    expect(valuesTo(sent, 'out')).toEqual(['2', '3', '4']);
    expect(valuesTo(sent, 'right.dlq')).toEqual(['z', '?']);
    expect(failures).toEqual(['TRANSFORMATION right-0@0', 'TRANSFORMATION right-0@3']);
    expect(warnings).toHaveLength(2);
    expect(task.counters.dropped).toBe(2);
    expect(task.committable()).toEqual([
      { topic: 'left', partition: 0, offset: 3 },
      { topic: 'right', partition: 0, offset: 4 },
    ]);
    expect(task.ready).toBe(false);
  });

  it('are handled as unreadable with their place, before others of their partition are', () => {
    const fragile: Serde<string> = {
      ...stringSerde,
      deserialize: (topic, data, headers) => {
        const value = stringSerde.deserialize(topic, data, headers);
        if (value === '!') throw new Error('not in any format');
        return value;
      },
    };
    const { task, sent, failures } = taskOf(merging({ ...inValue, value: fragile }), {
      left: ['1', '!', '!'],
      right: ['2'],
    });
    task.process(100);
    expect(failures).toEqual(['VALUE_CONVERTER left-0@1', 'VALUE_CONVERTER left-0@2']);
    expect(valuesTo(sent, 'left.dlq')).toEqual(['!', '!']);
    expect(valuesTo(sent, 'out')).toEqual(['1', '2']);
    expect(task.committable()).toContainEqual({ topic: 'left', partition: 0, offset: 3 });
  });

  it('are left where they are from the first that stops the task', () => {
    const { task, sent } = taskOf(merging(), { left: ['1', 'x', '3'], right: ['9'] }, () => 'fail');
    task.process(100);
    expect(task.failure?.message).toMatch(/record left-0@1.* the timestamp extractor answered NaN/);
    expect(valuesTo(sent, 'out')).toEqual(['1']);
    expect(task.committable()).toEqual([{ topic: 'left', partition: 0, offset: 1 }]);
  });

  it('are done with no more at a time than is asked, also where all are left out', () => {
    const policy = { ...inValue, onInvalidTimestamp: 'logAndSkip' } as const;
    const { task } = taskOf(merging(policy, policy), { left: ['a', 'b', 'c'], right: ['d', 'e', 'f'] });
    expect([task.process(2), task.process(2), task.process(2), task.process(2)]).toEqual([2, 2, 2, 0]);
  });

  it('wait for one that may be earlier and cannot be read yet', async () => {
    const schema = Promise.withResolvers<void>();
    let known = false;
    const serde: Serde<string> = {
      ...stringSerde,
      prepare: () => (known ? undefined : schema.promise),
    };
    const { task, sent } = taskOf(merging({ ...inValue, value: serde }), {
      left: ['1', '4'],
      right: ['2', '3'],
    });
    expect(task.process(100)).toBe(0);
    expect(task.ready).toBe(false);
    expect(task.waiting).toBe(true);
    known = true;
    schema.resolve();
    await schema.promise;
    expect(task.ready).toBe(true);
    task.process(100);
    expect(valuesTo(sent, 'out')).toEqual(['1', '2', '3', '4']);
  });

  it('are not to blame, once left out, for a change that waits and fails', () => {
    const builder = new StreamsBuilder();
    const refusing: Serde<string> = {
      ...stringSerde,
      serialize: () => {
        throw new Error('refused');
      },
    };
    builder
      .table('left', { ...inValue, onInvalidTimestamp: 'logAndSkip', store: 'latest' })
      .toStream()
      .to('out', { value: refusing });
    const { task, failures } = taskOf(builder.build(), { left: ['1', 'x'] });
    task.process(100);
    task.flush();
    expect(failures).toEqual(['KAFKA_PRODUCE left-0@0']);
  });
});
