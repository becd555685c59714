import { describe, expect, it } from '@jest/globals';
import { nullable, stringSerde, StreamsBuilder, type KTable, type Topology } from '../index.js';
import { TopologyTestDriver } from './topology-test-driver.js';

const strings = { key: stringSerde, value: stringSerde };

type Input = readonly [topic: string, key: string | null, value: string | null, timestamp: number];

/** Pipes records in, and shows what each brings about in `out`. */
function run(
  topology: Topology,
  inputs: readonly Input[],
): { driver: TopologyTestDriver; output: string[][] } {
  const driver = new TopologyTestDriver(topology);
  const out = driver.createOutputTopic('out', strings);
  const output = inputs.map(([topic, key, value, timestamp]) => {
    driver.createInputTopic(topic, strings).pipeInput(key, value, { timestamp });
    return out.readRecords().map((record) => `${record.key}=${record.value}@${record.timestamp}`);
  });
  return { driver, output };
}

function tables(draw: (left: KTable<string, string>, right: KTable<string, string>) => void): Topology {
  const builder = new StreamsBuilder();
  draw(
    builder.table('l', { ...strings, store: 'l-store' }),
    builder.table('r', { ...strings, store: 'r-store' }),
  );
  return builder.build();
}

function write(table: KTable<string, string>): void {
  table.toStream().to('out', { value: nullable(stringSerde) });
}

describe('a table', () => {
  it('holds the latest record of a key, whatever its time, and hears of each change', () => {
    const topology = tables((left) => write(left));
    const { driver, output } = run(topology, [
      ['l', 'a', '1', 5],
      ['l', 'a', '2', 3],
      ['l', null, '3', 6],
      ['l', 'a', null, 7],
      ['l', 'a', null, 8],
    ]);
    expect(output).toEqual([['a=1@5'], ['a=2@3'], [], ['a=null@7'], []]);
    expect(driver.droppedRecords).toBe(1);
    expect(driver.rawRecords('test-driver-l-store-changelog')).toMatchObject([
      { value: Buffer.from('1'), timestamp: 5 },
      { value: Buffer.from('2'), timestamp: 3 },
      { value: null, timestamp: 7 },
    ]);
  });

  it('hears of a key that enters or leaves a filter, not of one that stays outside', () => {
    const topology = tables((left) => write(left.filter((_key, value) => value.startsWith('x'))));
    const { output } = run(topology, [
      ['l', 'a', 'y1', 1],
      ['l', 'a', 'x1', 2],
      ['l', 'a', 'x2', 3],
      ['l', 'a', 'y2', 4],
      ['l', 'a', null, 5],
    ]);
    expect(output).toEqual([[], ['a=x1@2'], ['a=x2@3'], ['a=null@4'], []]);
  });

  it('goes on from its changelog', () => {
    const { driver } = run(
      tables((left, right) => write(left.join(right, (l, r) => l + r))),
      [
        ['l', 'a', '1', 5],
        ['r', 'b', '2', 5],
      ],
    );
    driver.restart();
    driver.createInputTopic('r', strings).pipeInput('a', '3', { timestamp: 1 });
    expect(driver.createOutputTopic('out', strings).readRecords()).toMatchObject([
      { key: 'a', value: '13', timestamp: 5 },
    ]);
  });

  it('is made of a stream', () => {
    const builder = new StreamsBuilder();
    const table = builder
      .stream('l', strings)
      .selectKey((_key, value) => value.slice(0, 1))
      .toTable({ store: 'latest', name: 'by-first', ...strings });
    write(table);
    const { driver, output } = run(builder.build(), [
      ['l', 'a', 'x1', 5],
      ['l', 'b', 'x2', 6],
    ]);
    expect(output).toEqual([['x=x1@5'], ['x=x2@6']]);
    expect(driver.rawRecords('test-driver-by-first-repartition')).toHaveLength(2);
  });
});

describe('tables joined by key', () => {
  const inputs: readonly Input[] = [
    ['l', 'a', 'L1', 5],
    ['r', 'a', 'R1', 3],
    ['r', 'b', 'R2', 4],
    ['r', 'a', null, 9],
    ['l', 'a', null, 10],
    ['l', 'a', null, 11],
  ];

  it('have the keys of both', () => {
    const topology = tables((left, right) => write(left.join(right, (l, r) => `${l}|${r}`)));
    expect(run(topology, inputs).output).toEqual([[], ['a=L1|R1@5'], [], ['a=null@9'], [], []]);
  });

  it('have the keys of the left one', () => {
    const topology = tables((left, right) => write(left.leftJoin(right, (l, r) => `${l}|${r}`)));
    expect(run(topology, inputs).output).toEqual([
      ['a=L1|null@5'],
      ['a=L1|R1@5'],
      [],
      ['a=L1|null@9'],
      ['a=null@10'],
      [],
    ]);
  });

  it('have the keys of either', () => {
    const topology = tables((left, right) => write(left.outerJoin(right, (l, r) => `${l}|${r}`)));
    expect(run(topology, inputs).output).toEqual([
      ['a=L1|null@5'],
      ['a=L1|R1@5'],
      ['b=null|R2@4'],
      ['a=L1|null@9'],
      ['a=null@10'],
      [],
    ]);
  });

  it('are looked into through a join and a mapping without a store', () => {
    const topology = tables((left, right) => {
      const lengths = left.mapValues((value) => value.length).join(right, (length, r) => `${length}${r}`);
      write(right.join(lengths, (r, joined) => `${r}:${joined}`));
    });
    const { output } = run(topology, [
      ['l', 'a', 'four', 1],
      ['r', 'a', 'R', 2],
    ]);
    expect(output.at(-1)?.at(-1)).toBe('a=R:4R@2');
  });
});

describe('a table grouped by another key', () => {
  it('takes the old value out of its group and the new one in', () => {
    const topology = tables((left) =>
      write(
        left
          .groupBy((key, value) => [value, key], { name: 'by-value', ...strings })
          .aggregate(
            () => '',
            (_key, value, aggregate) => `${aggregate}+${value}`,
            (_key, value, aggregate) => `${aggregate}-${value}`,
            { store: 'groups', value: stringSerde },
          ),
      ),
    );
    const { driver, output } = run(topology, [
      ['l', 'a', 'g1', 0],
      ['l', 'a', 'g2', 1],
      ['l', 'a', 'g2', 2],
      ['l', 'a', null, 3],
    ]);
    expect(output).toEqual([['g1=+a@0'], ['g1=+a-a@1', 'g2=+a@1'], ['g2=+a-a+a@2'], ['g2=+a-a+a-a@3']]);
    // As Java writes changes: a new value ends with 1, an old one with 0, both with 2 and begin with a length.
    const changes = driver
      .rawRecords('test-driver-by-value-repartition')
      .map(({ value }) => value?.toString('latin1'));
    expect(changes).toEqual(['a\x01', 'a\x00', 'a\x01', '\x02aa\x02', 'a\x00']);
  });

  it('counts and reduces', () => {
    const topology = tables((left, right) => {
      const group = (table: KTable<string, string>, name: string) =>
        table.groupBy((_key, value) => [value.slice(0, 1), value.slice(1)], { name, ...strings });
      write(
        group(left, 'lefts')
          .count({ store: 'counts' })
          .mapValues((count) => String(count)),
      );
      write(
        group(right, 'rights').reduce(
          (sum, value) => String(Number(sum) + Number(value)),
          (sum, value) => String(Number(sum) - Number(value)),
          { store: 'sums' },
        ),
      );
    });
    const { output } = run(topology, [
      ['l', 'a', 'x1', 1],
      ['l', 'b', 'x2', 2],
      ['l', 'a', 'y1', 3],
      ['r', 'a', 'x5', 4],
      ['r', 'b', 'x7', 5],
      ['r', 'a', 'x1', 6],
    ]);
    expect(output).toEqual([['x=1@1'], ['x=2@2'], ['x=1@3', 'y=1@3'], ['x=5@4'], ['x=12@5'], ['x=8@6']]);
  });
});
