import { describe, expect, it } from '@jest/globals';
import type { CaseNode } from '../cases.js';
import { differs } from './compare.js';
import { piecesOf } from './pieces.js';
import { asTaken, partitionOf, PARTITIONS, type Placed } from './spread.js';

const counts: CaseNode = { op: 'aggregate', in: 'in', out: 'out' };
const rekeyed: CaseNode = { op: 'streamOps', in: 'in', ops: ['selectKey'], out: 'out' };
const processed: CaseNode = { op: 'process', in: 'in', out: 'out', wallEveryMs: 500 };
const mapped: CaseNode = { op: 'tableOps', in: 'in', ops: ['mapValues'], out: 'out' };
const cogrouped: CaseNode = { op: 'cogroup', left: 'in', right: 'other', out: 'out' };
const grouped: CaseNode = { op: 'tableGroupBy', in: 'in', out: 'out' };

function record(key: string, value: string | null, ts: number): Placed {
  return { topic: 'out', partition: partitionOf(key), offset: ts, key, value, ts, headers: {} };
}

/** Keys of two partitions. */
const theirs = [record('a', '1', 1), record('b', '1', 2), record('a', '2', 3), record('c', '1', 4)];

function compared(node: CaseNode, ours: readonly Placed[], all: readonly Placed[] = theirs) {
  const parts = Array.from({ length: PARTITIONS }, (_, part) =>
    all.filter(({ partition }) => partition === part),
  );
  return { given: { nodes: [node], inputs: [] }, node, ours, parts, whole: all };
}

describe('the comparison with Kafka Streams', () => {
  const [first, second, third, last] = theirs as [Placed, Placed, Placed, Placed];

  it('takes partitions one by one, in whichever order they were read', () => {
    expect(partitionOf('a')).not.toBe(partitionOf('c'));
    expect(differs('records', compared(counts, [last, first, second, third]))).toBeUndefined();
  });

  it.each([
    ['is missing', [first, second, third]],
    ['is there twice', [...theirs, last]],
    ['has another value', [{ ...first, value: '7' }, second, third, last]],
    ['has another time', [first, second, { ...third, ts: 30 }, last]],
    ['has other headers', [{ ...first, headers: { h: '1' } }, second, third, last]],
    ['comes too early', [third, second, first, last]],
    ['is in another partition', [first, second, third, { ...last, partition: (last.partition + 1) % 4 }]],
  ])('sees a record that %s, and says where', (_name, ours) => {
    const difference = differs('records', compared(counts, ours));
    expect(difference).toMatch(/^out-\d, from partition \d of the input, at offset (\d+|the end): /);
    expect(difference).toContain('case: {');
  });

  it('wants of a cache the last change of each key, and none that was not made', () => {
    const rule = 'last changes';
    expect(differs(rule, compared(counts, [second, third, last]))).toBeUndefined();
    expect(differs(rule, compared(counts, [first, second, last]))).toContain('ends otherwise');
    expect(differs(rule, compared(counts, [third, first, third, second, last]))).toContain('again');
    expect(differs(rule, compared(counts, [record('a', '5', 1), ...theirs]))).toContain('no change');
  });

  it('wants of what waits for a time some of the changes, in order', () => {
    const rule = 'some changes';
    expect(differs(rule, compared(counts, [first, last]))).toBeUndefined();
    expect(differs(rule, compared(counts, []))).toBeUndefined();
    expect(differs(rule, compared(counts, [third, first]))).toContain('again');
    expect(differs(rule, compared(counts, [first, first]))).toContain('again');
    expect(differs(rule, compared(counts, [{ ...first, value: '7' }]))).toContain('no change');
  });

  it('wants of keys that were changed what each task wrote, in its order', () => {
    const rule = 'records of tasks';
    const parts = [
      [first, third, last],
      [second, record('a', '7', 5)],
    ];
    const mixedUp = (...ours: readonly Placed[]): string | undefined =>
      differs(rule, { ...compared(rekeyed, ours), parts });
    const other = record('a', '7', 5);
    expect(mixedUp(last, first, second, other, third)).toBeUndefined();
    expect(mixedUp(second, first, third, other, last)).toBeUndefined();
    expect(mixedUp(third, first, second, other, last)).toContain('nothing that any task has next');
    expect(mixedUp(other, first, second, third, last)).toContain('nothing that any task has next');
    expect(mixedUp(first, second, other, last)).toContain('at offset the end');
    expect(mixedUp()).toContain('at offset the end');
    expect(mixedUp(first, second, other, third, third, last)).toContain('nothing that any task has next');
    // Which of two equal records is whose shows only later.
    const twice = [[first, second], [first]];
    const equal = { ...compared(rekeyed, [first, first, second]), parts: twice };
    expect(differs(rule, equal)).toBeUndefined();
  });

  it('wants of punctuations by the wall clock what was counted up to there', () => {
    const rule = 'records and wall-clock punctuations';
    const counted = [record('a', 'x#1', 1), record('a', 'y#2', 2)];
    const [one, two] = counted as [Placed, Placed];
    const said = (count: number): Placed => record('a', `w${count}`, 9);
    const differing = (...ours: readonly Placed[]): string | undefined =>
      differs(rule, compared(processed, ours, counted));
    expect(differing(one, said(1), said(1), two, said(2))).toBeUndefined();
    expect(differing(one, two)).toBeUndefined();
    expect(differing(one, said(1), two, said(1))).toContain('does not say 2');
    expect(differing(said(1), one, two)).toContain('does not say nothing');
    expect(differing(one, said(1))).toContain('other records');
    expect(differs('records', compared(processed, [one, said(1), two], counted))).toContain('other records');
  });

  it('wants of a table with a cache its rows, and not when what was deleted was', () => {
    const rule = 'last rows';
    const rows = [...theirs, record('b', null, 5)];
    const differing = (...ours: readonly Placed[]): string | undefined =>
      differs(rule, compared(mapped, ours, rows));
    expect(differing(third, last)).toBeUndefined();
    expect(differing(first, second, third, last, record('b', null, 7))).toBeUndefined();
    expect(differing(first, second, third, last)).toContain('key "b" ends otherwise');
    expect(differing(first, last)).toContain('key "a" ends otherwise');
    expect(differing({ ...third, ts: 7 }, last)).toContain('key "a" ends otherwise');
    expect(differing(third, first, third, last)).toContain('again');
  });

  it('wants of cogrouped streams the same in each row, in any order', () => {
    const rule = 'final table, additions in any order';
    const all = [record('a', '<x>y<x', 1)];
    const ours = (value: string): string | undefined =>
      differs(rule, compared(cogrouped, [record('a', '<x', 1), record('a', value, 2)], all));
    expect(ours('>y<x<x')).toBeUndefined();
    expect(ours('>y<x')).toContain('differs');
    expect(ours('<y<x<x')).toContain('differs');
  });

  it('forgives a cache what came and went between two commits', () => {
    const gone = [record('a', '1', 1), record('a', null, 2)];
    expect(differs('last changes', compared(counts, [], gone))).toBeUndefined();
    expect(differs('last changes', compared(counts, gone.slice(0, 1), gone))).toContain('ends otherwise');
  });

  it('wants of a join of tables with a cache the last value of each key', () => {
    const rule = 'last values';
    const joined: CaseNode = { op: 'tableTableJoin', left: 'in', right: 'other', out: 'out' };
    expect(differs(rule, compared(joined, [{ ...third, ts: 1 }, second, last]))).toBeUndefined();
    expect(differs(rule, compared(joined, [first, second, last]))).toContain('ends otherwise than with "2"');
    expect(differs(rule, compared(joined, [third, last]))).toContain('key "b" ends otherwise');
    expect(differs(rule, compared(joined, [...theirs, record('d', '1', 5)]))).toContain('with null');
  });

  it('wants the same table of any partitioning', () => {
    expect(differs('final table', compared(counts, [third, last, second]))).toBeUndefined();
    expect(differs('final table', compared(counts, [third, last]))).toContain('"b" differs');
    expect(differs('final table', compared(counts, [...theirs, record('d', '1', 5)]))).toContain(
      '"d" differs',
    );
  });

  it('wants the same results where their order is open', () => {
    expect(differs('results in any order', compared(counts, theirs.toReversed()))).toBeUndefined();
    expect(differs('results in any order', compared(counts, [...theirs, first]))).toContain('differs');
  });

  it('wants the same added to each group and taken from it, and with a cache what is left of it', () => {
    const all = [record('g', '+x+y-x', 1)];
    expect(
      differs('additions and subtractions', compared(grouped, [record('g', '+y+x-x', 1)], all)),
    ).toBeUndefined();
    expect(differs('additions and subtractions', compared(grouped, [record('g', '+y', 1)], all))).toContain(
      'differs',
    );
    expect(differs('net additions', compared(grouped, [record('g', '+y', 1)], all))).toBeUndefined();
    expect(differs('net additions', compared(grouped, [record('g', '+x', 1)], all))).toContain('differs');
  });
});

describe('what is compared by itself', () => {
  it('is each node, and stream operators piece by piece between the topics that they go through', () => {
    const { nodes, internal } = piecesOf({
      nodes: [
        counts,
        {
          ...{ op: 'streamOps', in: 'in', right: 'other', out: 'out2' },
          ops: ['filter', 'map', 'groupByKey', 'repartition', 'merge', 'groupByKey', 'selectKey', 'toTable'],
        },
      ],
      inputs: [],
    });
    const [grouping, again, table] = [2, 3, 7].map((at) => `streamOps-1-${at}-repartition`);
    expect([...internal]).toEqual([grouping, again, table]);
    expect(nodes).toEqual([
      counts,
      { op: 'streamOps', in: 'in', out: grouping, ops: ['filter', 'map'] },
      { op: 'streamOps', in: grouping, out: again, ops: ['groupByKey'] },
      { op: 'streamOps', in: again, right: 'other', out: table, ops: ['merge', 'groupByKey', 'selectKey'] },
      { op: 'streamOps', in: table, out: 'out2', ops: ['toTable'] },
    ]);
  });
});

describe('the order in which a task takes records', () => {
  it('is that of the next records of its topics, the first topic first', () => {
    const of = (topic: string, ...times: readonly number[]): readonly Placed[] =>
      times.map((ts) => ({ ...record('k', 'v', ts), topic }));
    const taken = asTaken([...of('right', 2, 5, 4), ...of('left', 5, 1, 5)], ['left', 'right']);
    expect(taken.map(({ topic, ts }) => `${topic} ${ts}`)).toEqual([
      'right 2',
      'left 5',
      'left 1',
      'left 5',
      'right 5',
      'right 4',
    ]);
  });
});
