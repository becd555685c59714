import { describe, expect, it } from '@jest/globals';
import { longSerde, stringSerde, StreamsBuilder } from '../index.js';
import { TopologyTestDriver } from './index.js';

const strings = { key: stringSerde, value: stringSerde };
const counts = { key: stringSerde, value: longSerde };

describe('a table whose entries have a time to live', () => {
  function counting() {
    const builder = new StreamsBuilder();
    builder
      .stream('in', strings)
      .groupByKey()
      .count({ store: 'counts', ttlMs: 100 })
      .toStream()
      .to('out', counts);
    const driver = new TopologyTestDriver(builder.build());
    const input = driver.createInputTopic('in', strings);
    const output = driver.createOutputTopic('out', counts);
    const read = () => output.readRecords().map(({ key, value, timestamp }) => [key, value, timestamp]);
    return { driver, input, read };
  }

  it('deletes what has outlived it, downstream and in the changelog, at the end of its time', () => {
    const { driver, input, read } = counting();
    input.pipeInput('old', 'x', { timestamp: 10 });
    input.pipeInput('other', 'x', { timestamp: 90 });
    expect(read()).toEqual([
      ['old', 1, 10],
      ['other', 1, 90],
    ]);
    input.pipeInput('new', 'x', { timestamp: 150 });
    expect(read()).toEqual([
      ['new', 1, 150],
      ['old', null, 110],
    ]);
    const last = driver.rawRecords('test-driver-counts-changelog').at(-1);
    expect([last?.key?.toString(), last?.value]).toEqual(['old', null]);
    expect([...driver.keyValueStore('counts').all()].map(([key]) => key.toString())).toEqual([
      'new',
      'other',
    ]);
    driver.close();
  });

  it('begins anew for a key that comes again, and keeps one that is changed in time', () => {
    const { driver, input, read } = counting();
    input.pipeInput('a', 'x', { timestamp: 0 });
    input.pipeInput('a', 'x', { timestamp: 80 });
    input.pipeInput('b', 'x', { timestamp: 120 });
    input.pipeInput('b', 'x', { timestamp: 300 });
    input.pipeInput('a', 'x', { timestamp: 301 });
    driver.restart();
    input.pipeInput('a', 'x', { timestamp: 302 });
    expect(read().filter(([key, value]) => key === 'a' && value !== null)).toEqual([
      ['a', 1, 0],
      ['a', 2, 80],
      ['a', 1, 301],
      ['a', 2, 302],
    ]);
    driver.close();
  });
});
