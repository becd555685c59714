import fc from 'fast-check';
import type { Case, CaseInput, CaseNode, JoinType } from './cases.js';

/*
 * Cases for the comparison with Kafka Streams. Times of records and lengths of windows are even, graces and what
 * makes up a retention odd, so that nothing is ever exactly as old as what is kept: there Kafka Streams breaks its own
 * rules (see fixtures/quirks.expected.json).
 */

const STREAMS = ['s1', 's2', 's3'] as const;
const TABLES = ['t1', 't2', 't3'] as const;

const stream = fc.constantFrom(...STREAMS);
const table = fc.constantFrom(...TABLES);
const grace = fc.constantFrom(1, 3, 5, 11, 21);
const agg = fc.constantFrom('count', 'concat');
const joinType = fc.constantFrom<JoinType>('inner', 'left', 'outer');
const innerOrLeft = fc.constantFrom<JoinType>('inner', 'left');

/** How a windowed table goes on; not all can be compared for all windows. */
function emission(onClose: boolean): fc.Arbitrary<object> {
  return fc.oneof(
    fc.constant({}),
    fc.constant({ emit: 'suppress' }),
    fc.constantFrom(0, 3, 10).map((suppressTimeLimitMs) => ({ suppressTimeLimitMs })),
    ...(onClose ? [fc.constant({ emit: 'onWindowClose' })] : []),
  );
}

const timeWindow = fc
  .record({
    in: stream,
    agg,
    graceMs: grace,
    sizeMs: fc.constantFrom(2, 10, 12),
    share: fc.integer({ min: 1, max: 4 }),
  })
  .chain(({ share, ...node }) =>
    emission(true).map((emit) => ({
      op: 'timeWindow',
      ...node,
      ...(share === 1 ? {} : { advanceMs: Math.ceil(node.sizeMs / share) }),
      ...emit,
    })),
  );

const slidingWindow = fc
  .record({ in: stream, agg, graceMs: grace, sizeMs: fc.constantFrom(1, 2, 6, 10) })
  .chain((node) => emission(false).map((emit) => ({ op: 'slidingWindow', ...node, ...emit })));

const sessionWindow = fc
  .record({ in: stream, agg, graceMs: grace, gapMs: fc.constantFrom(2, 4, 10) })
  .chain((node) => emission(true).map((emit) => ({ op: 'sessionWindow', ...node, ...emit })));

const streamStreamJoin = fc
  .record({
    left: stream,
    right: stream,
    type: joinType,
    beforeMs: fc.constantFrom(0, 2, 6, 10),
    afterMs: fc.constantFrom(0, 2, 6, 10),
    graceMs: grace,
  })
  .map((node) => ({ op: 'streamStreamJoin', ...node }));

function tableNodes(historyMs: number | undefined): fc.Arbitrary<object> {
  const history = historyMs === undefined ? {} : { versionedHistoryMs: historyMs };
  const late = historyMs === undefined ? [] : [0, 3, 5, 9].filter((ms) => ms <= historyMs);
  const joinGrace = fc.constantFrom(undefined, ...late);
  return fc.oneof(
    fc
      .record({ left: stream, right: table, type: innerOrLeft, graceMs: joinGrace })
      .map(({ graceMs, ...node }) => ({
        op: 'streamTableJoin',
        ...node,
        ...history,
        ...(graceMs === undefined ? {} : { joinGraceMs: graceMs }),
      })),
    fc
      .record({ left: table, right: table, type: joinType })
      .map((node) => ({ op: 'tableTableJoin', ...node, ...history })),
    fc
      .record({ left: table, right: table, type: innerOrLeft })
      .map((node) => ({ op: 'foreignKeyJoin', ...node, ...history })),
    fc.record({ in: table }).map((node) => ({ op: 'tableGroupBy', ...node, ...history })),
  );
}

const aggregate = fc.record({ in: stream, agg }).map((node) => ({ op: 'aggregate', ...node }));

const nodes: fc.Arbitrary<readonly CaseNode[]> = fc
  .constantFrom(undefined, undefined, 10, 100)
  .chain((historyMs) =>
    fc.array(
      fc.oneof(timeWindow, slidingWindow, sessionWindow, streamStreamJoin, aggregate, {
        arbitrary: tableNodes(historyMs),
        weight: 4,
      }),
      { minLength: 1, maxLength: 4 },
    ),
  )
  .map((list) => list.map((node, index) => ({ ...node, out: `out${index}` }) as CaseNode));

const step = fc.record({
  topic: fc.nat(),
  advance: fc.constantFrom(0, 0, 0, 0, 2, 2, 2, 4, 6, 10, 30),
  late: fc.constantFrom(0, 0, 0, 0, 2, 4, 8, 14, 30),
  key: fc.option(fc.constantFrom('a', 'a', 'a', 'x', 'y', 'b', 'ab'), { freq: 16 }),
  value: fc.option(fc.constantFrom('g1', 'g2', 'x:1', 'y:2', 'a:3', 'v'), { freq: 8 }),
  headers: fc.option(fc.constantFrom('1', '2'), { freq: 1 }),
});

export function topicsOf(list: readonly CaseNode[]): readonly string[] {
  return [...new Set(list.flatMap((node) => ('in' in node ? [node.in] : [node.left, node.right])))].sort();
}

/** A case of up to four nodes that share topics. */
export const anyCase: fc.Arbitrary<Case> = fc
  .record({
    nodes,
    start: fc.constantFrom(0, 6, 50, 100_000),
    steps: fc.array(step, { minLength: 8, maxLength: 30, size: 'max' }),
  })
  .map(({ nodes: list, start, steps }) => {
    const topics = topicsOf(list);
    // A record without a key crashes Kafka Streams where it would have to wait.
    const keyed = list.some((node) => 'joinGraceMs' in node);
    let now = start;
    const inputs = steps.map(({ topic, advance, late, key, value, headers }, index): CaseInput => {
      now += advance;
      return {
        topic: topics[topic % topics.length] ?? '',
        ts: Math.max(0, now - late),
        ...(key === null ? (keyed ? { key: 'a' } : {}) : { key }),
        ...(value === null ? {} : { value: value === 'v' ? `v${index}` : value }),
        ...(headers === null ? {} : { headers: { h: headers } }),
      };
    });
    return { name: '', nodes: list, inputs };
  });
