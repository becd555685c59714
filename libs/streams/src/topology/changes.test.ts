import { describe, expect, it } from '@jest/globals';
import {
  describeTopology,
  jsonSerde,
  longSerde,
  stringSerde,
  StreamsBuilder,
  TimeWindows,
  topologyChanges,
  type Serde,
  type TopologyDescriptor,
} from '../index.js';

interface Options {
  readonly store?: string;
  readonly repartition?: string;
  readonly sizeMs?: number;
  readonly retentionMs?: number;
  readonly key?: Serde<string>;
  readonly windowed?: boolean;
  readonly filtered?: boolean;
  readonly also?: (builder: StreamsBuilder) => void;
  readonly first?: (builder: StreamsBuilder) => void;
  readonly topics?: readonly string[];
}

const strings = { key: stringSerde, value: stringSerde };

function described(options: Options = {}): TopologyDescriptor {
  const { store = 'plays', repartition = 'by-song', key = stringSerde } = options;
  const builder = new StreamsBuilder();
  options.first?.(builder);
  const stream = builder.stream(options.topics ?? ['in'], strings);
  const grouped = (options.filtered === true ? stream.filter(() => true) : stream).groupBy(
    (_user, song) => song,
    { name: repartition, key, value: stringSerde },
  );
  if (options.windowed === false) grouped.count({ store });
  else {
    grouped
      .windowedBy(TimeWindows.of({ sizeMs: options.sizeMs ?? 1_000 }))
      .count({ store, retentionMs: options.retentionMs ?? 10_000 });
  }
  options.also?.(builder);
  return describeTopology(builder.build());
}

function changes(after: Options, before: Options = {}): readonly string[] {
  const found = topologyChanges(described(before), described(after));
  return found.map(({ code, name, breaking }) => `${code} ${name}${breaking ? '' : ' (harmless)'}`);
}

describe('a change of a topology', () => {
  it('is none for the state where only operators without state come, go or are renamed', () => {
    expect(changes({})).toEqual([]);
    expect(changes({ filtered: true })).toEqual([]);
  });

  it.each<[string, Options, readonly string[]]>([
    ['a store renamed', { store: 'counts' }, ['STORE_REMOVED plays', 'STORE_ADDED counts (harmless)']],
    [
      'a store of another type',
      { windowed: false },
      [
        'STORE_TYPE_CHANGED plays',
        'STORE_WINDOW_CHANGED plays',
        'STORE_RETENTION_LENGTHENED plays (harmless)',
      ],
    ],
    ['another window size', { sizeMs: 2_000 }, ['STORE_WINDOW_CHANGED plays']],
    ['a shorter retention', { retentionMs: 9_000 }, ['STORE_RETENTION_SHORTENED plays']],
    ['a longer retention', { retentionMs: 11_000 }, ['STORE_RETENTION_LENGTHENED plays (harmless)']],
    [
      'other keys',
      { key: jsonSerde<string>() },
      ['STORE_KEY_CHANGED plays', 'REPARTITION_KEY_CHANGED by-song-repartition'],
    ],
    [
      'a repartition topic renamed',
      { repartition: 'songs' },
      ['REPARTITION_REMOVED by-song-repartition', 'REPARTITION_ADDED songs-repartition (harmless)'],
    ],
    [
      'a store added behind',
      { also: (builder) => builder.table('users', { ...strings, store: 'users' }) },
      ['STORE_ADDED users (harmless)'],
    ],
    [
      'a store added before',
      { first: (builder) => builder.table('users', { ...strings, store: 'users' }) },
      ['STORE_ADDED users (harmless)', 'TASKS_RENUMBERED plays'],
    ],
  ])('is told: %s', (_what, after, expected) => {
    expect(changes(after)).toEqual(expected);
  });

  it('is told: other values, and other sources of a table', () => {
    const table = (topic: string, value: Serde<string> | Serde<number>): TopologyDescriptor => {
      const builder = new StreamsBuilder();
      builder.table<string, unknown>(topic, {
        key: stringSerde,
        value: value,
        store: 'users',
      });
      return describeTopology(builder.build());
    };
    const codes = (after: TopologyDescriptor): readonly string[] =>
      topologyChanges(table('users', stringSerde), after).map(({ code }) => code);
    expect(codes(table('users', longSerde))).toEqual(['STORE_VALUE_CHANGED']);
    expect(codes(table('people', stringSerde))).toEqual(['SOURCES_CHANGED']);
  });

  it('is told with a guess where a store seems renamed', () => {
    const [removed] = topologyChanges(described(), described({ store: 'counts' }));
    expect(removed?.detail).toBe(
      'orphans <application id>-plays-changelog and its state; if it is now called counts, keep the name instead',
    );
  });

  it('is told for partitions that a topic is given', () => {
    const given = (partitions?: number): TopologyDescriptor => {
      const builder = new StreamsBuilder();
      const repartitioned = { name: 'r', ...strings, ...(partitions === undefined ? {} : { partitions }) };
      builder.stream('in', strings).repartition(repartitioned).to('out');
      return describeTopology(builder.build());
    };
    expect(topologyChanges(given(), given(4))).toEqual([
      {
        code: 'REPARTITION_PARTITIONS_CHANGED',
        name: 'r-repartition',
        breaking: true,
        detail: 'as many as its co-partitioned topics before, 4 now',
      },
    ]);
    expect(topologyChanges(given(4), given(4))).toEqual([]);
  });
});
