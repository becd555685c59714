import { describe, expect, it } from '@jest/globals';
import {
  JoinWindows,
  SessionWindows,
  SlidingWindows,
  stringSerde,
  StreamsBuilder,
  TimeWindows,
  type KTable,
  type Windowed,
} from '../index.js';
import { TopologyTestDriver } from './topology-test-driver.js';

const strings = { key: stringSerde, value: stringSerde };

type Input = readonly [topic: string, key: string, value: string, timestamp: number];

/** Pipes records in, with a crash in the middle, or without. */
function run(
  draw: (builder: StreamsBuilder) => void,
  inputs: readonly Input[],
  crashAfter?: number,
): string[] {
  const builder = new StreamsBuilder();
  draw(builder);
  const driver = new TopologyTestDriver(builder.build());
  for (const [index, [topic, key, value, timestamp]] of inputs.entries()) {
    if (index === crashAfter) driver.restart();
    driver.createInputTopic(topic, strings).pipeInput(key, value, { timestamp });
  }
  const records = driver.createOutputTopic('out', strings).readRecords();
  return records.map(({ key, value, timestamp }) => `${key}=${value}@${timestamp}`);
}

function write<D extends null>(table: KTable<Windowed<string>, string, D>): void {
  table
    .toStream()
    .map((key, value) => [`${key.key}@${key.start}/${key.end}`, String(value)] as const)
    .to('out', strings);
}

const append = (_key: string, value: string, aggregate: string): string => aggregate + value;
const kept = { store: 'store', value: stringSerde };

const topologies: Readonly<Record<string, (builder: StreamsBuilder) => void>> = {
  'windows let go on when they close': (builder) => {
    const windows = TimeWindows.of({ sizeMs: 10, advanceMs: 5, graceMs: 3 });
    write(
      builder
        .stream('l', strings)
        .groupByKey()
        .windowedBy(windows)
        .aggregate(() => '', append, { ...kept, emit: 'onWindowClose' }),
    );
  },
  'sliding windows': (builder) => {
    const windows = SlidingWindows.of({ timeDifferenceMs: 10, graceMs: 5 });
    write(
      builder
        .stream('l', strings)
        .groupByKey()
        .windowedBy(windows)
        .aggregate(() => '', append, kept),
    );
  },
  sessions: (builder) => {
    const windows = SessionWindows.of({ gapMs: 4, graceMs: 5 });
    write(
      builder
        .stream('l', strings)
        .groupByKey()
        .windowedBy(windows)
        .aggregate(
          () => '',
          append,
          (_key, one, other) => one + other,
          kept,
        ),
    );
  },
  'suppressed windows': (builder) => {
    const windows = TimeWindows.of({ sizeMs: 10, graceMs: 3 });
    write(
      builder
        .stream('l', strings)
        .groupByKey()
        .windowedBy(windows)
        .aggregate(() => '', append, kept)
        .suppress({ store: 'waiting', untilWindowCloses: true }),
    );
  },
  'an outer join of streams': (builder) => {
    const windows = JoinWindows.of({ beforeMs: 4, afterMs: 3, graceMs: 2 });
    builder
      .stream('l', strings)
      .outerJoin(builder.stream('r', strings), (left, right) => `${left}|${right}`, { name: 'j', windows })
      .to('out', strings);
  },
  'a join with what a table held': (builder) => {
    const table = builder.table('r', { ...strings, store: 'table', historyRetentionMs: 50 });
    builder
      .stream('l', strings)
      .leftJoin(table, (left, right) => `${left}|${right}`, { name: 'j', graceMs: 4, value: stringSerde })
      .to('out', strings);
  },
};

const inputs: readonly Input[] = [0, 3, 3, 9, 7, 14, 12, 20, 17, 30, 29, 41, 60].flatMap((time, index) => [
  ['l', index % 3 === 0 ? 'b' : 'a', `L${index}`, time],
  ['r', index % 2 === 0 ? 'a' : 'b', `R${index}`, Math.max(0, time - 2)],
]);

describe('state restored from changelogs', () => {
  it.each(Object.entries(topologies))('goes on where it was: %s', (_name, draw) => {
    const drawn = new StreamsBuilder();
    draw(drawn);
    const topics = drawn.build().subTopologies.flatMap((sub) => sub.sourceTopics.map(({ name }) => name));
    const read = inputs.filter(([topic]) => topics.includes(topic));
    const undisturbed = run(draw, read);
    expect(undisturbed.length).toBeGreaterThan(3);
    for (let crash = 1; crash < read.length; crash += 1) expect(run(draw, read, crash)).toEqual(undisturbed);
  });
});
