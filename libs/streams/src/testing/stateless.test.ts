import { describe, expect, it } from '@jest/globals';
import { jsonSerde, longSerde, stringSerde, StreamsBuilder, type Serde } from '../index.js';
import { TopologyTestDriver } from './topology-test-driver.js';

const strings = { key: stringSerde, value: stringSerde };

describe('stateless operators', () => {
  it('filter, map, flat map and branch as their names say', () => {
    const builder = new StreamsBuilder();
    const seen: string[] = [];
    const words = builder
      .stream('lines', strings)
      .filterNot((_key, value) => value === '')
      .flatMapValues((value) => value.split(' '))
      .peek((key, value) => seen.push(`${key}:${value}`))
      .mapValues((value, key) => `${value}/${key}`);
    const { short, long } = words
      .split()
      .branch('short', (_key, value) => value.length < 6)
      .defaultBranch('long');
    short.to('short', { value: stringSerde });
    long
      .map((key, value) => [value.length, key] as const)
      .selectKey((key) => key * 2)
      .to('long', { key: longSerde, value: stringSerde });
    const driver = new TopologyTestDriver(builder.build());
    const lines = driver.createInputTopic('lines', strings);
    lines.pipeInput('k', '', { timestamp: 1 });
    lines.pipeInput('k', 'a wonderful day', { timestamp: 5, headers: [['h', Buffer.from('1')]] });
    expect(seen).toEqual(['k:a', 'k:wonderful', 'k:day']);
    expect(driver.createOutputTopic('short', strings).readRecords()).toEqual([
      { key: 'k', value: 'a/k', timestamp: 5, headers: [['h', Buffer.from('1')]] },
      { key: 'k', value: 'day/k', timestamp: 5, headers: [['h', Buffer.from('1')]] },
    ]);
    expect(
      driver.createOutputTopic('long', { key: longSerde, value: stringSerde }).readRecords(),
    ).toMatchObject([{ key: 22, value: 'k' }]);
  });

  it('merge streams and read several topics at once', () => {
    const builder = new StreamsBuilder();
    const both = builder.stream(['a', 'b'], strings);
    const third = builder.stream('c', strings).mapValues((value) => value.toUpperCase());
    both.merge(third).to('out', strings);
    const driver = new TopologyTestDriver(builder.build());
    driver.createInputTopic('a', strings).pipeInput('1', 'x');
    driver.createInputTopic('b', strings).pipeInput('2', 'y');
    driver.createInputTopic('c', strings).pipeInput('3', 'z');
    const records = driver.createOutputTopic('out', strings).readRecords();
    expect(records.map(({ key, value }) => [key, value])).toEqual([
      ['1', 'x'],
      ['2', 'y'],
      ['3', 'Z'],
    ]);
  });

  it('take the time from the payload where told to', () => {
    const builder = new StreamsBuilder();
    builder
      .stream('in', {
        key: stringSerde,
        value: jsonSerde<{ at: number }>(),
        timestampExtractor: (value) => value.at,
      })
      .to('out');
    const driver = new TopologyTestDriver(builder.build());
    const input = driver.createInputTopic('in', { key: stringSerde, value: jsonSerde<{ at: number }>() });
    input.pipeInput('k', { at: 77 }, { timestamp: 5 });
    input.pipeInput('k', { at: -1 }, { timestamp: 5 });
    const output = driver.createOutputTopic('out', { key: stringSerde, value: stringSerde });
    expect(output.readRecords()).toMatchObject([{ value: '{"at":77}', timestamp: 77 }]);
    expect(driver.rawRecords('in.dlq')).toHaveLength(1);
  });

  it('pass nulls on as nulls', () => {
    const builder = new StreamsBuilder();
    const seen: unknown[] = [];
    builder
      .stream('in', strings)
      .peek((key, value) => seen.push([key, value]))
      .to('out');
    const driver = new TopologyTestDriver(builder.build());
    driver.createInputTopic('in', strings).pipeInput(null, null);
    expect(seen).toEqual([[null, null]]);
    expect(driver.createOutputTopic('out', strings).readRecords()).toMatchObject([
      { key: null, value: null },
    ]);
  });
});

describe('decoding', () => {
  function counting(): { serde: Serde<string>; calls: { decoded: number; encoded: number } } {
    const calls = { decoded: 0, encoded: 0 };
    const serde: Serde<string> = {
      serialize: (...args) => {
        calls.encoded += 1;
        return stringSerde.serialize(...args);
      },
      deserialize: (...args) => {
        calls.decoded += 1;
        return stringSerde.deserialize(...args);
      },
    };
    return { serde, calls };
  }

  it('leaves as bytes what no function looks at, and writes untouched bytes as they are', () => {
    const key = counting();
    const value = counting();
    const builder = new StreamsBuilder();
    builder
      .stream('in', { key: key.serde, value: value.serde })
      .filter((_key, text) => text !== 'no')
      .to('out');
    builder
      .stream('other', { key: key.serde, value: value.serde })
      .mapValues((text) => text.length)
      .to('lengths', { value: longSerde });
    const driver = new TopologyTestDriver(builder.build());
    driver.createInputTopic('in', strings).pipeInput('k', 'yes');
    driver.createInputTopic('other', strings).pipeInput('k', 'yes');
    // The filter declares its first parameter too, so its key is decoded; the mapper's is not.
    expect(key.calls).toEqual({ decoded: 1, encoded: 0 });
    expect(value.calls).toEqual({ decoded: 2, encoded: 0 });
    expect(driver.createOutputTopic('out', strings).readRecords()).toMatchObject([
      { key: 'k', value: 'yes' },
    ]);
    const lengths = driver.createOutputTopic('lengths', { key: stringSerde, value: longSerde });
    expect(lengths.readRecords()).toMatchObject([{ key: 'k', value: 3 }]);
  });

  it('decodes once for several readers', () => {
    const value = counting();
    const builder = new StreamsBuilder();
    const stream = builder.stream('in', { key: stringSerde, value: value.serde });
    stream.mapValues((text) => `${text}1`).to('one', strings);
    stream.mapValues((text) => `${text}2`).to('two', strings);
    const driver = new TopologyTestDriver(builder.build());
    driver.createInputTopic('in', strings).pipeInput('k', 'v');
    expect(value.calls.decoded).toBe(1);
    expect(driver.createOutputTopic('one', strings).readRecord()?.value).toBe('v1');
    expect(driver.createOutputTopic('two', strings).readRecord()?.value).toBe('v2');
  });
});
