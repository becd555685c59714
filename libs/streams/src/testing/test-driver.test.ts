import { describe, expect, it } from '@jest/globals';
import {
  longSerde,
  SessionWindows,
  stringSerde,
  StreamsBuilder,
  StreamsError,
  TimeWindows,
  Windowed,
} from '../index.js';
import { TopologyTestDriver } from './topology-test-driver.js';

const strings = { key: stringSerde, value: stringSerde };

function copying(): TopologyTestDriver {
  const builder = new StreamsBuilder();
  builder
    .stream('in', strings)
    .filter(() => true)
    .to('out');
  return new TopologyTestDriver(builder.build(), { startTimeMs: 100 });
}

describe('an input topic', () => {
  it('takes lists, at times of its own that go on by themselves', () => {
    const driver = copying();
    const input = driver.createInputTopic('in', strings, { startTimestampMs: 10, autoAdvanceMs: 5 });
    input.pipeKeyValueList([
      ['a', '1'],
      ['b', '2'],
    ]);
    input.advanceTime(100);
    input.pipeValueList(['3']);
    input.pipeRecordList([
      { key: 'c', value: '4', timestamp: 7, headers: [['h', null]] },
      { key: 'c', value: '5' },
    ]);
    expect(driver.createOutputTopic('out', strings).readRecords()).toEqual([
      { key: 'a', value: '1', timestamp: 10, headers: [] },
      { key: 'b', value: '2', timestamp: 15, headers: [] },
      { key: null, value: '3', timestamp: 120, headers: [] },
      { key: 'c', value: '4', timestamp: 7, headers: [['h', null]] },
      { key: 'c', value: '5', timestamp: 125, headers: [] },
    ]);
  });

  it("has the driver's clock where it was told of no time", () => {
    const driver = copying();
    const input = driver.createInputTopic('in', strings);
    input.pipeInput('a', '1');
    driver.advanceWallClockTime(50);
    input.pipeInput('a', '2');
    expect(driver.rawRecords('out').map(({ timestamp }) => timestamp)).toEqual([100, 150]);
  });
});

describe('an output topic', () => {
  it('is read record by record, as lists and as a map, each record once', () => {
    const driver = copying();
    const out = driver.createOutputTopic('out', strings);
    expect(out.isEmpty).toBe(true);
    expect(out.readKeyValue()).toBeUndefined();
    const input = driver.createInputTopic('in', strings);
    input.pipeKeyValueList([
      ['a', '1'],
      ['a', '2'],
      ['b', '3'],
      ['a', '4'],
      ['b', '5'],
      ['a', '6'],
    ]);
    expect(out.queueSize).toBe(6);
    expect(out.readValue()).toBe('1');
    expect(out.readKeyValue()).toEqual(['a', '2']);
    expect(out.readKeyValuesToMap()).toEqual(
      new Map([
        ['b', '5'],
        ['a', '6'],
      ]),
    );
    input.pipeKeyValueList([
      ['c', '7'],
      ['c', '8'],
    ]);
    expect(out.readKeyValuesToList()).toEqual([
      ['c', '7'],
      ['c', '8'],
    ]);
    input.pipeInput('c', '9');
    expect(out.readValuesToList()).toEqual(['9']);
    expect(driver.producedTopicNames).toEqual(['out']);
  });
});

describe('the stores of a topology', () => {
  it('are opened by their kind, with keys and values as the topology has them', () => {
    const builder = new StreamsBuilder();
    const grouped = builder.stream('in', strings).groupByKey();
    grouped.count({ store: 'counts' });
    grouped.windowedBy(TimeWindows.of({ sizeMs: 10 })).count({ store: 'windows' });
    grouped.windowedBy(SessionWindows.of({ gapMs: 5 })).count({ store: 'sessions' });
    builder.table('versions', { ...strings, store: 'versioned', historyRetentionMs: 100 });
    builder.globalTable('global', { key: stringSerde, value: longSerde, store: 'global' });
    const driver = new TopologyTestDriver(builder.build());
    driver.createInputTopic('in', strings).pipeInput('k', 'v', { timestamp: 12 });
    driver.createInputTopic('versions', strings).pipeInput('k', 'v', { timestamp: 12 });
    driver.createInputTopic('global', { key: stringSerde, value: longSerde }).pipeInput('k', 7);
    expect(driver.getKeyValueStore<string, number>('counts').get('k')).toBe(1);
    expect([...driver.getWindowStore<string, number>('windows').all()]).toEqual([
      [new Windowed('k', 10, 20), 1],
    ]);
    expect([...driver.getSessionStore<string, number>('sessions').fetch('k')]).toEqual([
      [new Windowed('k', 12, 12), 1],
    ]);
    expect(driver.getVersionedKeyValueStore<string, string>('versioned').getAsOf('k', 50)).toEqual({
      value: 'v',
      timestamp: 12,
    });
    expect(driver.getKeyValueStore<string, number>('global').get('k')).toBe(7);
    expect(() => driver.getKeyValueStore('windows')).toThrow(StreamsError);
    expect(() => driver.getKeyValueStore('none')).toThrow(/keeps no key-value store none/);
  });

  it('may be filled before a test begins', () => {
    const builder = new StreamsBuilder();
    builder.stream('in', strings).groupByKey().count({ store: 'counts' }).toStream().to('out');
    const driver = new TopologyTestDriver(builder.build());
    driver.getKeyValueStore<string, number>('counts').put('k', 41);
    driver.createInputTopic('in', strings).pipeInput('k', 'v');
    const out = driver.createOutputTopic('out', { key: stringSerde, value: longSerde });
    expect(out.readRecords().at(-1)).toMatchObject({ key: 'k', value: 42 });
  });
});
