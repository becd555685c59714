import { describe, expect, it } from '@jest/globals';
import {
  longSerde,
  stringSerde,
  StreamsBuilder,
  timeWindowedSerde,
  TimeWindows,
  type Topology,
} from '../index.js';
import { encodeWindowKey } from '../state/window-key.js';
import { TopologyTestDriver } from './topology-test-driver.js';

const strings = { key: stringSerde, value: stringSerde };

function windowedCount(windows: TimeWindows, name = 'counts'): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream('in', strings)
    .groupByKey()
    .windowedBy(windows)
    .count({ store: name })
    .toStream()
    .map((windowed, count) => [`${windowed.key}@${windowed.start}/${windowed.end}`, String(count)] as const)
    .to('out', strings);
  return builder.build();
}

function run(topology: Topology, inputs: readonly (readonly [key: string | null, timestamp: number])[]) {
  const driver = new TopologyTestDriver(topology);
  const input = driver.createInputTopic('in', strings);
  for (const [key, timestamp] of inputs) input.pipeInput(key, 'v', { timestamp });
  const output = driver.createOutputTopic('out', strings).readRecords();
  return { driver, output: output.map(({ key, value, timestamp }) => `${key}=${value} ts=${timestamp}`) };
}

describe('a windowed count', () => {
  it('takes late records within grace, drops and counts those beyond', () => {
    const { driver, output } = run(windowedCount(TimeWindows.of({ sizeMs: 10, graceMs: 5 })), [
      ['a', 0],
      ['a', 9],
      ['a', 14],
      ['a', 3],
      ['a', 15],
      ['a', 3],
      [null, 16],
    ]);
    expect(output).toEqual([
      'a@0/10=1 ts=0',
      'a@0/10=2 ts=9',
      'a@10/20=1 ts=14',
      'a@0/10=3 ts=9',
      'a@10/20=2 ts=15',
    ]);
    expect(driver.droppedRecords).toBe(2);
  });

  it('counts a record in each hopping window that holds it', () => {
    const { output } = run(windowedCount(TimeWindows.of({ sizeMs: 10, advanceMs: 5 })), [
      ['a', 7],
      ['a', 12],
    ]);
    expect(output).toEqual(['a@0/10=1 ts=7', 'a@5/15=1 ts=7', 'a@5/15=2 ts=12', 'a@10/20=1 ts=12']);
  });

  it('writes its changelog as Java does', () => {
    const { driver } = run(windowedCount(TimeWindows.of({ sizeMs: 10 }), 'plays'), [['song', 25]]);
    const [record] = driver.rawRecords('test-driver-plays-changelog');
    expect(record).toMatchObject({ timestamp: 25, headers: [] });
    expect(record?.key?.toString('hex')).toBe(
      `${Buffer.from('song').toString('hex')}${'00'.repeat(7)}14${'00'.repeat(4)}`,
    );
    expect(record?.value?.toString('hex')).toBe(`${'00'.repeat(7)}01`);
    expect(record?.key).toEqual(encodeWindowKey(Buffer.from('song'), 20));
  });

  it('goes on from its changelog after a restart, and with it its time', () => {
    const { driver } = run(windowedCount(TimeWindows.of({ sizeMs: 10, graceMs: 5 })), [
      ['a', 1],
      ['a', 2],
      ['b', 30],
    ]);
    const output = driver.createOutputTopic('out', strings);
    output.readRecords();
    driver.restart();
    const input = driver.createInputTopic('in', strings);
    input.pipeInput('b', 'v', { timestamp: 31 });
    input.pipeInput('a', 'late', { timestamp: 3 });
    expect(output.readRecords()).toMatchObject([{ key: 'b@30/40', value: '2' }]);
    expect(driver.droppedRecords).toBe(1);
    expect(driver.windowStore<number>('counts').get(Buffer.from('b'), 30)).toMatchObject({
      value: 2,
      timestamp: 31,
    });
  });

  it('drops windows from the store when they fall out of the retention', () => {
    const { driver } = run(windowedCount(TimeWindows.of({ sizeMs: 10, graceMs: 5 })), [
      ['a', 1],
      ['a', 14],
      ['a', 100],
    ]);
    const store = driver.windowStore<number>('counts');
    expect([...store.all()].map(([key, start]) => `${key.toString()}@${start}`)).toEqual(['a@100']);
    // Windows that fall out are deleted from the changelog too, whatever the broker's clock says.
    const buried = driver.rawRecords('test-driver-counts-changelog').filter(({ value }) => value === null);
    expect(buried.map(({ key }) => key)).toEqual([
      encodeWindowKey(Buffer.from('a'), 0),
      encodeWindowKey(Buffer.from('a'), 10),
    ]);
  });

  it('drops after a restart what fell out before it', () => {
    const builder = new StreamsBuilder();
    const stream = builder.stream('in', strings);
    stream
      .groupByKey()
      .windowedBy(TimeWindows.of({ sizeMs: 10 }))
      .count({ store: 'counts' });
    const driver = new TopologyTestDriver(builder.build());
    const input = driver.createInputTopic('in', strings);
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) input.pipeInput(key, 'v', { timestamp: 5 });
    input.pipeInput('a', 'v', { timestamp: 100 });
    driver.restart();
    input.pipeInput('a', 'v', { timestamp: 101 });
    const buried = driver.rawRecords('test-driver-counts-changelog').filter(({ value }) => value === null);
    expect(new Set(buried.map(({ key }) => key?.toString('latin1'))).size).toBe(6);
    expect([...driver.windowStore('counts').all()]).toHaveLength(1);
  });

  it('goes through a repartition topic when grouped by another key', () => {
    const builder = new StreamsBuilder();
    const windows = TimeWindows.of({ sizeMs: 10 });
    builder
      .stream('in', strings)
      .groupBy((_key, value) => value, { name: 'by-value', ...strings })
      .windowedBy(windows)
      .count({ store: 'counts' })
      .toStream()
      .to('out');
    const driver = new TopologyTestDriver(builder.build(), { applicationId: 'app' });
    const input = driver.createInputTopic('in', strings);
    input.pipeInput('1', 'x', { timestamp: 1 });
    input.pipeInput('2', 'y', { timestamp: 2 });
    input.pipeInput('3', 'x', { timestamp: 3 });
    const keys = driver.rawRecords('app-by-value-repartition').map(({ key }) => key?.toString());
    expect(keys).toEqual(['x', 'y', 'x']);
    const output = driver.createOutputTopic('out', {
      key: timeWindowedSerde(stringSerde, 10),
      value: longSerde,
    });
    expect(output.readRecords()).toMatchObject([
      { key: { key: 'x', start: 0, end: 10 }, value: 1, timestamp: 1 },
      { key: { key: 'y', start: 0, end: 10 }, value: 1, timestamp: 2 },
      { key: { key: 'x', start: 0, end: 10 }, value: 2, timestamp: 3 },
    ]);
  });
});

describe('a count', () => {
  it('leaves out records without key or value, and keeps the latest time', () => {
    const builder = new StreamsBuilder();
    builder.stream('in', strings).groupByKey().count({ store: 'counts' }).toStream().to('out');
    const driver = new TopologyTestDriver(builder.build());
    const input = driver.createInputTopic('in', strings);
    input.pipeInput('a', 'v', { timestamp: 9 });
    input.pipeInput('a', null, { timestamp: 10 });
    input.pipeInput(null, 'v', { timestamp: 10 });
    input.pipeInput('a', 'v', { timestamp: 4 });
    const output = driver.createOutputTopic('out', { key: stringSerde, value: longSerde });
    expect(output.readRecords()).toMatchObject([
      { key: 'a', value: 1, timestamp: 9 },
      { key: 'a', value: 2, timestamp: 9 },
    ]);
    expect(driver.droppedRecords).toBe(2);
    expect(driver.keyValueStore<number>('counts').get(Buffer.from('a'))).toMatchObject({
      value: 2,
      timestamp: 9,
    });
    expect(driver.rawRecords('test-driver-counts-changelog')).toMatchObject([
      { timestamp: 9 },
      { timestamp: 9 },
    ]);
  });
});
