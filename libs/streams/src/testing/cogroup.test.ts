import { describe, expect, it } from '@jest/globals';
import {
  SessionWindows,
  stringSerde,
  StreamsBuilder,
  TimeWindows,
  UnlimitedWindows,
  nullable,
  type CogroupedKStream,
  type KTable,
  type TimeWindowedKStream,
  type Topology,
  type Windowed,
} from '../index.js';
import { TopologyTestDriver } from './topology-test-driver.js';

const strings = { key: stringSerde, value: stringSerde };

type Input = readonly [topic: string, key: string, value: string, timestamp: number];

/** Shows what each record brings about in `out`. */
function run(
  topology: Topology,
  inputs: readonly Input[],
): { output: string[][]; driver: TopologyTestDriver } {
  const driver = new TopologyTestDriver(topology, { onFailure: () => 'fail' });
  const out = driver.createOutputTopic('out', strings);
  const output = inputs.map(([topic, key, value, timestamp]) => {
    driver.createInputTopic(topic, strings).pipeInput(key, value, { timestamp });
    return out.readRecords().map((record) => `${record.key}=${record.value}@${record.timestamp}`);
  });
  return { output, driver };
}

/** Plays and likes of a user, which are written down together. */
function cogrouped(draw: (cogroup: CogroupedKStream<string, string>) => void): Topology {
  const builder = new StreamsBuilder();
  draw(
    builder
      .stream('plays', strings)
      .groupByKey()
      .cogroup((_key, value, aggregate: string) => `${aggregate}+${value}`)
      .cogroup(builder.stream('likes', strings).groupByKey(), (_key, value, aggregate) => {
        return `${aggregate}*${value}`;
      }),
  );
  return builder.build();
}

function writeWindows<D extends null>(table: KTable<Windowed<string>, string, D>): void {
  table
    .toStream()
    .map(({ key, start, end }, value) => [`${key}[${start},${end}`, value] as const)
    .to('out', { key: stringSerde, value: nullable(stringSerde) });
}

describe('streams grouped together', () => {
  it('build one aggregate, each in its way', () => {
    const topology = cogrouped((cogroup) =>
      cogroup
        .aggregate(() => '', { store: 'both', value: stringSerde })
        .toStream()
        .to('out'),
    );
    const { output, driver } = run(topology, [
      ['plays', 'u', 'a', 5],
      ['likes', 'u', 'b', 3],
      ['plays', 'u', 'c', 7],
    ]);
    expect(output).toEqual([['u=+a@5'], ['u=+a*b@5'], ['u=+a*b+c@7']]);
    driver.restart();
    driver.createInputTopic('likes', strings).pipeInput('u', 'd', { timestamp: 8 });
    expect(driver.keyValueStore<string>('both').get(Buffer.from('u'))?.value).toBe('+a*b+c*d');
  });

  it('make a table that others are joined with', () => {
    const builder = new StreamsBuilder();
    const table = builder
      .stream('plays', strings)
      .groupByKey()
      .cogroup((_key, value, aggregate: string) => aggregate + value)
      .aggregate(() => '', { store: 'plays-store', value: stringSerde });
    builder
      .stream('likes', strings)
      .join(table, (like, plays) => like + plays)
      .to('out', strings);
    const { output } = run(builder.build(), [
      ['plays', 'u', 'a', 5],
      ['likes', 'u', 'b', 6],
    ]);
    expect(output).toEqual([[], ['u=ba@6']]);
  });

  it('build one for each window, whose time is that of all', () => {
    const topology = cogrouped((cogroup) =>
      writeWindows(
        cogroup
          .windowedBy(TimeWindows.of({ sizeMs: 10 }))
          .aggregate(() => '', { store: 'windows', value: stringSerde }),
      ),
    );
    const { output, driver } = run(topology, [
      ['plays', 'u', 'a', 5],
      ['likes', 'u', 'b', 6],
      ['plays', 'u', 'c', 12],
      ['likes', 'u', 'late', 7],
    ]);
    expect(output).toEqual([['u[0,10=+a@5'], ['u[0,10=+a*b@6'], ['u[10,20=+c@12'], []]);
    expect(driver.droppedRecords).toBe(1);
  });

  it('let each window go on once, when it is final for all', () => {
    const topology = cogrouped((cogroup) =>
      writeWindows(
        cogroup
          .windowedBy(TimeWindows.of({ sizeMs: 10 }))
          .aggregate(() => '', { store: 'windows', value: stringSerde })
          .suppress({ store: 'final', untilWindowCloses: true }),
      ),
    );
    const { output } = run(topology, [
      ['plays', 'u', 'a', 5],
      ['likes', 'u', 'b', 6],
      ['plays', 'v', 'c', 12],
      ['likes', 'u', 'late', 7],
      ['likes', 'v', 'd', 25],
    ]);
    expect(output).toEqual([[], [], ['u[0,10=+a*b@6'], [], ['v[10,20=+c@12']]);
  });

  it('share sessions', () => {
    const topology = cogrouped((cogroup) =>
      writeWindows(
        cogroup.windowedBy(SessionWindows.of({ gapMs: 5 })).aggregate(
          () => '',
          (_key, one, other) => one + other,
          { store: 'sessions', value: stringSerde },
        ),
      ),
    );
    const { output } = run(topology, [
      ['plays', 'u', 'a', 5],
      ['likes', 'u', 'b', 9],
    ]);
    expect(output).toEqual([['u[5,5=+a@5'], ['u[5,5=null@5', 'u[5,9=+a*b@9']]);
  });

  it('are named as Kafka Streams names them', () => {
    const named = cogrouped((cogroup) =>
      cogroup
        .windowedBy(TimeWindows.of({ sizeMs: 10 }))
        .aggregate(() => '', { name: 'nm', store: 'co', value: stringSerde })
        .toStream(),
    );
    // As Kafka Streams 4.3.1 prints it.
    expect(named.describe()).toBe(`Topologies:
   Sub-topology: 0
    Source: KSTREAM-SOURCE-0000000000 (topics: [plays])
      --> nm-cogroup-agg-0
    Source: KSTREAM-SOURCE-0000000001 (topics: [likes])
      --> nm-cogroup-agg-1
    Processor: nm-cogroup-agg-0 (stores: [co])
      --> nm-cogroup-merge
      <-- KSTREAM-SOURCE-0000000000
    Processor: nm-cogroup-agg-1 (stores: [co])
      --> nm-cogroup-merge
      <-- KSTREAM-SOURCE-0000000001
    Processor: nm-cogroup-merge (stores: [])
      --> KTABLE-TOSTREAM-0000000005
      <-- nm-cogroup-agg-0, nm-cogroup-agg-1
    Processor: KTABLE-TOSTREAM-0000000005 (stores: [])
      --> none
      <-- nm-cogroup-merge

`);
  });
});

describe('an unlimited window', () => {
  const counted = (): Topology => {
    const builder = new StreamsBuilder();
    builder
      .stream('in', strings)
      .groupByKey()
      .windowedBy(UnlimitedWindows.of({ startMs: 10 }))
      .count({ store: 'counts' })
      .toStream()
      .map(({ key, start, end }, count) => [`${key}[${start},${end}`, String(count)] as const)
      .to('out', strings);
    return builder.build();
  };

  it('takes every record from its start on, however late', () => {
    const { output, driver } = run(counted(), [
      ['in', 'k', 'v', 5],
      ['in', 'k', 'v', 10],
      ['in', 'k', 'v', 500_000_000_000],
      ['in', 'k', 'v', 20],
    ]);
    // The answer of Kafka Streams 4.3.1, but for the number that it has for no end.
    expect(output).toEqual([
      [],
      ['k[10,Infinity=1@10'],
      ['k[10,Infinity=2@500000000000'],
      ['k[10,Infinity=3@500000000000'],
    ]);
    expect(driver.droppedRecords).toBe(0);
  });

  it('never closes, so what waits for that is refused', () => {
    const windowed = (): TimeWindowedKStream<string, string> =>
      new StreamsBuilder().stream('in', strings).groupByKey().windowedBy(UnlimitedWindows.of());
    expect(() => windowed().count({ store: 's', emit: 'onWindowClose' })).toThrow(/never closes/);
    expect(() => windowed().count({ store: 's' }).suppress({ store: 't', untilWindowCloses: true })).toThrow(
      /never close/,
    );
  });
});

describe('a cogrouped stream whose values may be null', () => {
  it('has them in time windows and sessions, and else leaves them out', () => {
    const values: (string | null)[] = [];
    const builder = new StreamsBuilder();
    const grouped = builder.stream('in', { key: stringSerde, value: nullable(stringSerde) }).groupByKey();
    const noted = grouped.cogroup((_key, value, aggregate: string) => {
      values.push(value);
      return aggregate;
    });
    const kept = { value: stringSerde };
    noted.aggregate(() => '', { ...kept, store: 'plain' });
    noted.windowedBy(TimeWindows.of({ sizeMs: 10 })).aggregate(() => '', { ...kept, store: 'windows' });
    noted.windowedBy(SessionWindows.of({ gapMs: 10 })).aggregate(
      () => '',
      (_key, one) => one,
      { ...kept, store: 'sessions' },
    );
    const driver = new TopologyTestDriver(builder.build());
    const input = driver.createInputTopic('in', strings);
    input.pipeInput('k', null);
    expect(values).toEqual([null, null]);
    input.pipeInput('k', 'v');
    expect(values.slice(2)).toEqual(['v', 'v', 'v']);
  });
});
