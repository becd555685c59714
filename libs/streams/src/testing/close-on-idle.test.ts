import { describe, expect, it } from '@jest/globals';
import {
  longSerde,
  SessionWindows,
  SlidingWindows,
  stringSerde,
  StreamsBuilder,
  TimeWindows,
  type KGroupedStream,
  type KTable,
  type Windowed,
} from '../index.js';
import { TopologyTestDriver } from './topology-test-driver.js';

const strings = { key: stringSerde, value: stringSerde };
const onClose = { store: 's', emit: 'onWindowClose', closeOnIdleMs: 100 } as const;

type Counts = KTable<Windowed<string>, number, null> | KTable<Windowed<string>, number, never>;

/** How windows of 10 ms close: each way, with a wait of 100 ms. */
const closing: readonly (readonly [
  how: string,
  count: (grouped: KGroupedStream<string, string>) => Counts,
])[] = [
  ['tumbling windows', (grouped) => grouped.windowedBy(TimeWindows.of({ sizeMs: 10 })).count(onClose)],
  ['sessions', (grouped) => grouped.windowedBy(SessionWindows.of({ gapMs: 10 })).count(onClose)],
  [
    'suppressed windows',
    (grouped) =>
      grouped
        .windowedBy(TimeWindows.of({ sizeMs: 10 }))
        .count({ store: 's' })
        .suppress({ store: 'waiting', untilWindowCloses: true, closeOnIdleMs: 100 }),
  ],
];

function open(count: (grouped: KGroupedStream<string, string>) => Counts): {
  driver: TopologyTestDriver;
  pipe: (key: string, timestamp: number) => void;
  out: () => string[];
} {
  const builder = new StreamsBuilder();
  const table = count(builder.stream('in', strings).groupByKey()) as KTable<Windowed<string>, number>;
  table
    .toStream()
    .map(({ key, start, end }, value) => [`${key}[${start},${end}`, value ?? -1] as const)
    .to('out', { key: stringSerde, value: longSerde });
  const driver = new TopologyTestDriver(builder.build(), { startTimeMs: 1_000_000 });
  const records = driver.createOutputTopic('out', { key: stringSerde, value: longSerde });
  return {
    driver,
    pipe: (key, timestamp) => driver.createInputTopic('in', strings).pipeInput(key, 'v', { timestamp }),
    out: () => records.readRecords().map(({ key, value }) => `${key}=${value}`),
  };
}

describe.each(closing)('%s, closed on idle', (how, count) => {
  const window = how === 'sessions' ? 'k[1,5=2' : 'k[0,10=2';

  it('close once no record came for so long, each once', () => {
    const { driver, pipe, out } = open(count);
    pipe('k', 1);
    pipe('k', 5);
    driver.advanceWallClockTime(99);
    expect(out()).toEqual([]);
    driver.advanceWallClockTime(1);
    expect(out()).toEqual([window]);
    driver.advanceWallClockTime(1_000);
    expect(out()).toEqual([]);
  });

  it('stay closed for late records, after a restart too', () => {
    const { driver, pipe, out } = open(count);
    pipe('k', 1);
    pipe('k', 5);
    driver.advanceWallClockTime(100);
    expect(out()).toEqual([window]);
    pipe('k', 6);
    driver.restart();
    pipe('k', 7);
    driver.advanceWallClockTime(1_000);
    expect(out()).toEqual([]);
    expect(driver.droppedRecords).toBe(1);
  });

  it('close by the records as ever where these come', () => {
    const { driver, pipe, out } = open(count);
    pipe('k', 1);
    pipe('k', 5);
    driver.advanceWallClockTime(60);
    pipe('j', 6);
    driver.advanceWallClockTime(60);
    expect(out()).toEqual([]);
    pipe('j', 50);
    expect(out()).toContain(window);
  });
});

describe('closing on idle', () => {
  it('of sliding windows too', () => {
    const { driver, pipe, out } = open((grouped) =>
      grouped.windowedBy(SlidingWindows.of({ timeDifferenceMs: 10 })).count(onClose),
    );
    pipe('k', 20);
    driver.advanceWallClockTime(100);
    expect(out()).toEqual(['k[10,20=1']);
    driver.advanceWallClockTime(1_000);
    expect(out()).toEqual([]);
  });

  it('of sliding windows leaves what is in them to those that begin later, and closes none twice', () => {
    const { driver, pipe, out } = open((grouped) =>
      grouped.windowedBy(SlidingWindows.of({ timeDifferenceMs: 1_000 })).count(onClose),
    );
    pipe('k', 2_000);
    driver.advanceWallClockTime(100);
    expect(out()).toEqual(['k[1000,2000=1']);
    driver.restart();
    pipe('k', 2_150);
    expect(out()).toEqual([]);
    pipe('j', 3_300);
    expect(out()).toEqual(['k[1150,2150=2', 'k[2001,3001=1']);
  });

  it('is refused where nothing closes, and for what is no time', () => {
    const windows = TimeWindows.of({ sizeMs: 10 });
    const refused = (options: { closeOnIdleMs: number; emit?: 'onWindowClose' }): (() => unknown) => {
      return () => open((grouped) => grouped.windowedBy(windows).count({ store: 's', ...options }));
    };
    expect(refused({ closeOnIdleMs: 100 })).toThrow(/say emit: 'onWindowClose'/);
    expect(refused({ closeOnIdleMs: 0, emit: 'onWindowClose' })).toThrow(/closeOnIdleMs is 0/);
  });
});
