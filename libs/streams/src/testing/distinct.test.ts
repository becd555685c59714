import { describe, expect, it } from '@jest/globals';
import { stringSerde, StreamsBuilder, type Topology } from '../index.js';
import { TopologyTestDriver } from './topology-test-driver.js';

const strings = { key: stringSerde, value: stringSerde };
const WINDOW_MS = 80;

/** Values are `id` or `id:more`; those without an id begin with a colon. */
function idOf(_key: string, value: string): string | null {
  const id = value.split(':')[0] ?? '';
  return id === '' ? null : id;
}

function distinct(after: (value: string) => string = (value) => value): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream('in', strings)
    .distinct({ store: 'ids', by: idOf, id: stringSerde, windowMs: WINDOW_MS })
    .mapValues(after)
    .to('out', strings);
  return builder.build();
}

function start(topology = distinct()) {
  const driver = new TopologyTestDriver(topology, { applicationId: 'app' });
  const input = driver.createInputTopic('in', strings);
  const output = driver.createOutputTopic('out', strings);
  return {
    driver,
    pipe: (value: string, timestamp: number) => input.pipeInput('user', value, { timestamp }),
    read: () => output.readRecords().map(({ value, timestamp }) => `${value} ts=${timestamp}`),
  };
}

describe('distinct', () => {
  it('lets the first record of an id through, whatever comes with its repetitions, and counts those', () => {
    const { driver, pipe, read } = start();
    pipe('a:1', 10);
    pipe('b:1', 11);
    pipe('a:1', 10);
    pipe('a:2', 60);
    pipe('b:2', 5);
    expect(read()).toEqual(['a:1 ts=10', 'b:1 ts=11']);
    expect(driver.repeatedRecords).toBe(3);
    expect(driver.droppedRecords).toBe(0);
  });

  it('lets through unchecked what has no id', () => {
    const { pipe, read } = start();
    pipe(':1', 10);
    pipe(':1', 10);
    expect(read()).toEqual([':1 ts=10', ':1 ts=10']);
  });

  it('remembers an id for as long as it was told, by the time of records', () => {
    const { pipe, read } = start();
    pipe('a', 0);
    pipe('b', WINDOW_MS - 1);
    pipe('a', WINDOW_MS - 1);
    expect(read()).toEqual(['a ts=0', `b ts=${WINDOW_MS - 1}`]);
    // Ids are forgotten a segment at a time.
    pipe('c', 2 * WINDOW_MS);
    pipe('a', 2 * WINDOW_MS);
    expect(read()).toEqual([`c ts=${2 * WINDOW_MS}`, `a ts=${2 * WINDOW_MS}`]);
  });

  it('drops what is too old to be told from a repetition, and counts it', () => {
    const { driver, pipe, read } = start();
    pipe('a', 1_000);
    pipe('b', 1_000 - WINDOW_MS);
    pipe('c', 1_001 - WINDOW_MS);
    expect(read()).toEqual(['a ts=1000', `c ts=${1_001 - WINDOW_MS}`]);
    expect(driver.droppedRecords).toBe(1);
  });

  it('keeps no more ids than its window holds, in its changelog neither', () => {
    const { driver, pipe } = start();
    for (let index = 0; index < 1_000; index++) pipe(`id-${index}`, index);
    const kept = [...driver.windowStore('ids').all()].length;
    expect(kept).toBeGreaterThanOrEqual(WINDOW_MS);
    expect(kept).toBeLessThanOrEqual(WINDOW_MS * 1.25);
    const changelog = new Map<string, boolean>();
    for (const { key, value } of driver.rawRecords('app-ids-changelog')) {
      if (value === null) changelog.delete(String(key));
      else changelog.set(String(key), true);
    }
    expect(changelog.size).toBeLessThanOrEqual(WINDOW_MS * 1.5);
  });

  it('knows after a crash what it knew before', () => {
    const { driver, pipe, read } = start();
    pipe('a', 10);
    pipe('b', 90);
    driver.restart();
    pipe('a', 11);
    pipe('b', 90);
    pipe('c', 10);
    expect(read()).toEqual(['a ts=10', 'b ts=90']);
    expect(driver.droppedRecords).toBe(1);
  });

  it('does not remember a record that failed further down, so that it can come again', () => {
    let broken = true;
    const { driver, pipe, read } = start(
      distinct((value) => {
        if (broken) throw new Error('not yet');
        return value;
      }),
    );
    pipe('a', 10);
    expect(driver.rawRecords('in.dlq')).toHaveLength(1);
    broken = false;
    pipe('a', 10);
    pipe('a', 10);
    expect(read()).toEqual(['a ts=10']);
  });

  it('takes no record for a repetition of itself when a crash came between changelog and offset', () => {
    const builder = new StreamsBuilder();
    const stream = builder.stream('in', strings);
    stream.distinct({ store: 'ids', by: idOf, id: stringSerde, windowMs: WINDOW_MS }).to('out');
    let crash = true;
    stream.forEach(() => {
      if (crash) throw new Error('crash');
    });
    const driver = new TopologyTestDriver(builder.build(), { onFailure: () => 'fail' });
    const input = driver.createInputTopic('in', strings);
    expect(() => input.pipeInput('user', 'a', { timestamp: 10 })).toThrow('crash');
    crash = false;
    driver.restart();
    input.pipeInput('user', 'a', { timestamp: 10 });
    // Once before the crash, once after it: at least once, and the repetition of it not at all.
    expect(driver.rawRecords('out')).toHaveLength(2);
  });

  it('tells the records that one record is made into apart', () => {
    const builder = new StreamsBuilder();
    builder
      .stream('in', strings)
      .flatMapValues((value) => value.split(','))
      .distinct({ store: 'ids', by: idOf, id: stringSerde, windowMs: WINDOW_MS })
      .to('out', strings);
    const { pipe, read } = start(builder.build());
    pipe('a,b,a', 10);
    expect(read()).toEqual(['a ts=10', 'b ts=10']);
  });

  it('knows the repetition of another topic, also at the same offset', () => {
    const builder = new StreamsBuilder();
    builder
      .stream(['in', 'other'], strings)
      .distinct({ store: 'ids', by: idOf, id: stringSerde, windowMs: WINDOW_MS })
      .to('out', strings);
    const { driver, pipe, read } = start(builder.build());
    const other = driver.createInputTopic('other', strings);
    pipe('a:1', 10);
    other.pipeInput('user', 'a:2', { timestamp: 10 });
    expect(read()).toEqual(['a:1 ts=10']);
    driver.restart();
    other.pipeInput('user', 'a:3', { timestamp: 10 });
    pipe('b:1', 11);
    other.pipeInput('user', 'c:1', { timestamp: 11 });
    driver.restart();
    // Its id was restored from offset 2, its own, but of the other topic.
    pipe('c:2', 11);
    expect(read()).toEqual(['b:1 ts=11', 'c:1 ts=11']);
  });

  it('tells the records that one record is made into apart also after asynchronous calls', async () => {
    const builder = new StreamsBuilder();
    builder
      .stream('in', strings)
      .flatMapValues((value) => value.split(','))
      .mapValuesAsync(async (value) => value, { name: 'enrich', concurrency: 4 })
      .distinct({ store: 'ids', by: idOf, id: stringSerde, windowMs: WINDOW_MS })
      .to('out', strings);
    const { driver, pipe, read } = start(builder.build());
    pipe('a:1,a:2', 10);
    // Calls of another key are in between.
    driver.createInputTopic('in', strings).pipeInput('another', 'b', { timestamp: 10 });
    await driver.settle();
    expect(read()).toEqual(['a:1 ts=10', 'b ts=10']);
    expect(driver.repeatedRecords).toBe(1);
  });

  it.each([0, 1.5, Number.NaN])('takes no window of %p', (windowMs) => {
    const stream = new StreamsBuilder().stream('in', strings);
    expect(() => stream.distinct({ store: 'ids', by: idOf, id: stringSerde, windowMs })).toThrow(
      expect.objectContaining({ code: 'INVALID_TOPOLOGY' }),
    );
  });
});
