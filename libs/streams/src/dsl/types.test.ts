import { describe, expect, it } from '@jest/globals';
import {
  JoinWindows,
  longSerde,
  nullable,
  Stores,
  stringSerde,
  StreamsBuilder,
  TimeWindows,
  type FixedKeyProcessor,
  type KStream,
  type KTable,
  type Processor,
  type Sink,
  type StoresOf,
  type Windowed,
} from '../index.js';

const joined = { name: 'j', windows: JoinWindows.of({ beforeMs: 1 }) };
const strings = { key: stringSerde, value: stringSerde };

/** Never called: the compiler is what tests it. */
export function mustNotCompile(builder: StreamsBuilder, sink: Sink<string, number>): void {
  const stream = builder.stream('in', strings);

  // @ts-expect-error a source says how its values are read
  builder.stream('in', { key: stringSerde });
  // @ts-expect-error the value is a string
  stream.mapValues((value: number) => value);
  // @ts-expect-error lengths are not written as strings
  stream.mapValues((value) => value.length).to('out', { value: stringSerde });
  // @ts-expect-error the sink takes numbers
  stream.sink(sink, { name: 'sink' });
  // @ts-expect-error a partition is a number
  stream.to('out', { streamPartitioner: (_topic, key) => key });
  // @ts-expect-error the value is a string
  stream.to('out', { streamPartitioner: (_topic, _key, value: number) => value });
  // @ts-expect-error groups are made by the key
  stream.groupBy((key) => key, { name: 'r', ...strings, streamPartitioner: () => 0 });
  // @ts-expect-error a sink has a name
  stream.mapValues((value) => value.length).sink(sink);
  // @ts-expect-error an asynchronous operator has a name
  stream.mapValuesAsync(async (value) => value);
  // @ts-expect-error streams of unlike values do not merge
  stream.merge(stream.mapValues((value) => value.length));
  // @ts-expect-error a store has a name
  stream.groupByKey().count({});
  // @ts-expect-error a store has a name
  stream.groupByKey().count();
  const windowed = stream.groupByKey().windowedBy(TimeWindows.of({ sizeMs: 1 }));
  // @ts-expect-error a windowed store has a name
  windowed.count({});
  // @ts-expect-error the topic that records go through has a name
  stream.groupBy((key) => key, strings);
  // @ts-expect-error keys may have been changed, so grouping needs a topic, which needs a name
  stream.selectKey((_key, value) => value).groupByKey();
  // @ts-expect-error keys of the group are numbers
  stream.groupBy((_key, value) => value.length, { name: 'by-length', ...strings });
  const branches = stream.split().branch('a', () => true);
  // @ts-expect-error there is no such branch
  void branches.noDefaultBranch().b;

  const table = stream.groupByKey().count({ store: 'counts' });
  // @ts-expect-error counts are numbers
  table satisfies KTable<string, string>;
  const passing = stream.groupByKey().count({ store: 'passing', ttlMs: 1 });
  table.toStream().mapValues((count) => count.toFixed());
  // @ts-expect-error what has a time to live goes
  passing.toStream().mapValues((count) => count.toFixed());
  const lasting = table.mapValues((count) => count, { store: 'lasting', value: longSerde });
  lasting.toStream().mapValues((count) => count.toFixed());
  const going = table.mapValues((count) => count, { store: 'going', value: longSerde, ttlMs: 1 });
  // @ts-expect-error what has a time to live goes
  going.toStream().mapValues((count) => count.toFixed());
  // @ts-expect-error there is no such option
  stream.groupByKey().count({ store: 'misspelt', cache: false });
  const windows = windowed.count({ store: 'w' });
  // @ts-expect-error the keys of a windowed table are windowed
  windows satisfies KTable<string, number>;

  const right = builder.table('right', { ...strings, store: 'right' });
  const numbered = builder.table('numbered', { key: longSerde, value: stringSerde, store: 'numbered' });
  // @ts-expect-error a table has a store
  builder.table('nameless', strings);
  // @ts-expect-error tables of unlike keys do not join
  right.join(numbered, (l, r) => l + r);
  // @ts-expect-error streams of unlike keys do not join
  stream.join(builder.stream('n', { key: longSerde, value: stringSerde }), (l, r) => l + r, joined);
  // @ts-expect-error a stream and a table of unlike keys do not join
  stream.join(numbered, () => 1);
  // @ts-expect-error a join of streams has a name
  stream.join(stream, (l, r) => l + r, { windows: joined.windows });
  // @ts-expect-error where keys were changed, records must be repartitioned before they are joined
  stream.selectKey((_key, value) => value).join(right, () => 1);
  // @ts-expect-error there may be no right value
  right.leftJoin(right, (l, r) => l.length + r.length);
  // @ts-expect-error there may be no table value
  stream.leftJoin(right, (l, r) => l.length + r.length);
  // @ts-expect-error either value may be absent
  stream.outerJoin(stream, (l, r) => l.length + r.length, joined);
  // @ts-expect-error a key of a table may have gone
  right.toStream().mapValues((value) => value.length);
  const concat = (l: string, r: string) => l + r;
  // @ts-expect-error a foreign-key join has a name
  right.foreignKeyJoin(numbered, () => 1, concat);
  // @ts-expect-error the foreign key is a key of the other table
  right.foreignKeyJoin(numbered, (value) => value, concat, { name: 'fk' });
  // @ts-expect-error there may be no right value
  right.foreignKeyLeftJoin(numbered, () => 1, concat, { name: 'fk' });
  // @ts-expect-error a grouped table has a name
  right.groupBy((key, value) => [value, key], strings);
  // @ts-expect-error a store of made values is told how they are written
  right.mapValues((value) => value.length, { store: 'lengths' }).filter((_key, value) => value === '');
  // @ts-expect-error only windows close
  right.suppress({ store: 'suppressed', untilWindowCloses: true });
  // @ts-expect-error where records wait, it is said how their values are written
  stream.join(right, (l, r) => l + r, { name: 'j', graceMs: 1 });
  // @ts-expect-error where records wait, their store has a name
  stream.join(right, (l, r) => l + r, { graceMs: 1, value: stringSerde });

  const lengths = Stores.keyValue('lengths', { key: stringSerde, value: longSerde });
  // @ts-expect-error the processor is for numbers
  stream.process((): Processor<string, number, string, string> => ({ process: () => undefined }));
  stream.process((): Processor<string, string, string, string> => {
    return {
      // @ts-expect-error it says that it forwards strings
      init: (context) => context.forward({ key: 'k', value: 1, timestamp: 0, headers: [] }),
      process: () => undefined,
    };
  });
  // @ts-expect-error it wants a store that it is not given
  stream.process((): Processor<string, string, never, never, StoresOf<typeof lengths>> => {
    return { init: (context) => context.getStateStore('lengths').put('k', 1), process: () => undefined };
  });
  stream.process(
    (): Processor<string, string, never, never, StoresOf<typeof lengths>> => {
      return {
        // @ts-expect-error the store's values are numbers
        init: (context) => context.getStateStore('lengths').put('k', 'v'),
        process: () => undefined,
      };
    },
    { stores: [lengths] },
  );
  stream.processValues((): FixedKeyProcessor<string, string, string> => {
    return {
      // @ts-expect-error there is no record of another key than the one that came
      init: (context) => context.forward({ key: 'k', value: 'v', timestamp: 0, headers: [] }),
      process: () => undefined,
    };
  });
  const processed = stream.process((): Processor<string, string, string, string> => ({
    process: () => undefined,
  }));
  // @ts-expect-error a processor may have changed the keys
  processed.groupByKey();

  const global = builder.globalTable('global', { key: longSerde, value: stringSerde, store: 'global' });
  // @ts-expect-error a global table has a store
  builder.globalTable('nameless', strings);
  // @ts-expect-error the key that is looked for is a key of the global table
  stream.join(global, (key) => key, concat);
  // @ts-expect-error there may be no table value
  stream.leftJoin(global, () => 1, concat);

  // @ts-expect-error a global table is in memory, whole, and for ever
  builder.globalTable('kept', { ...strings, store: 'kept', ttlMs: 1 });

  // @ts-expect-error until a time, or until the window closes
  windows.suppress({ store: 's', untilWindowCloses: true, untilTimeLimitMs: 1 });
  const early = { maxRecords: 1, whenFull: 'emitEarlyWhenFull' } as const;
  // @ts-expect-error what is not final must not go on, also where the buffer is full
  windows.suppress({ store: 's', untilWindowCloses: true, buffer: early });
  const cogrouped = stream.groupByKey().cogroup((_key, value, aggregate: number) => aggregate + value.length);
  // @ts-expect-error the aggregate is a number
  cogrouped.cogroup(stream.groupByKey(), (_key, value, aggregate) => aggregate + value);
  // @ts-expect-error streams of unlike keys are not grouped together
  cogrouped.cogroup(builder.stream('c', { key: longSerde, value: stringSerde }).groupByKey(), () => 1);
  // @ts-expect-error a store has a name
  cogrouped.aggregate(() => 0, { value: longSerde });
  const nulls = builder.stream('n', { key: stringSerde, value: nullable(stringSerde) }).groupByKey();
  // @ts-expect-error windows are given records without a value
  nulls.cogroup((_key, value, aggregate: number) => aggregate + value.length);
  // @ts-expect-error a topic is a string
  stream.to((_key, value) => value.length);

  const withNulls = builder.stream('nulls', { key: stringSerde, value: nullable(stringSerde) });
  // @ts-expect-error the value may be null
  withNulls.mapValues((value) => value.length);
}

describe('types', () => {
  it('follow the topology', () => {
    const builder = new StreamsBuilder();
    const lengths: KStream<string, number> = builder.stream('in', strings).mapValues((value) => value.length);
    const windowed: KTable<Windowed<string>, number> = lengths
      .groupByKey()
      .windowedBy(TimeWindows.of({ sizeMs: 1 }))
      .count({ store: 'w' });
    const numbers: KStream<string, 1 | 2> = lengths.filter(
      (_key, value): value is 1 | 2 => value === 1 || value === 2,
    );
    windowed.toStream().to('windows');
    numbers.to('numbers', { value: longSerde });
    expect(builder.build().subTopologies).toHaveLength(1);
  });
});
