import { describe, expect, it } from '@jest/globals';
import { stringSerde, StreamsBuilder, TimeWindows } from '../index.js';
import { TopologyTestDriver } from './topology-test-driver.js';

const strings = { key: stringSerde, value: stringSerde };

function start() {
  const builder = new StreamsBuilder();
  builder
    .stream('in', strings)
    .groupByKey()
    .windowedBy(TimeWindows.of({ sizeMs: 10, graceMs: 30 }))
    .count({ store: 'counts', changes: 'newest-window' })
    .toStream()
    .map((windowed, count) => [windowed.key, `${windowed.start}:${count}`] as const)
    .to('out', strings);
  const driver = new TopologyTestDriver(builder.build());
  const input = driver.createInputTopic('in', strings);
  const output = driver.createOutputTopic('out', strings);
  const pipe = (key: string, timestamp: number): string[] => {
    input.pipeInput(key, 'v', { timestamp });
    return output.readRecords().map((record) => `${record.key}=${record.value}`);
  };
  return { driver, pipe };
}

describe("a windowed count whose stream has each key's newest window only", () => {
  it('counts a late record, and keeps it back where the key has a newer window', () => {
    const { driver, pipe } = start();
    expect(pipe('a', 5)).toEqual(['a=0:1']);
    expect(pipe('a', 25)).toEqual(['a=20:1']);
    expect(pipe('a', 6)).toEqual([]);
    expect(driver.windowStore<number>('counts').get(Buffer.from('a'), 0)?.value).toBe(2);
    expect(pipe('a', 26)).toEqual(['a=20:2']);
  });

  it('does not mind the windows of other keys', () => {
    const { pipe } = start();
    expect(pipe('b', 25)).toEqual(['b=20:1']);
    expect(pipe('a', 5)).toEqual(['a=0:1']);
    expect(pipe('a', 15)).toEqual(['a=10:1']);
  });

  it('knows after a restart which window is the newest', () => {
    const { driver, pipe } = start();
    pipe('a', 25);
    driver.restart();
    expect(pipe('a', 5)).toEqual([]);
    expect(pipe('a', 29)).toEqual(['a=20:2']);
  });
});
