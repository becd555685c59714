import fc from 'fast-check';
import { topicsOf, type CaseNode } from './cases.js';
import { STREAM_OPS, TABLE_OPS, type StreamOp } from './extended-cases.js';

/*
 * Random nodes that only our copy of the oracle knows. Windows of cogrouped streams have a grace that covers all input:
 * what is late is decided otherwise here (see the README).
 */

const from = fc.nat();
const agg = fc.constantFrom('count', 'concat', undefined);
const innerOrLeft = fc.constantFrom('inner', 'left', undefined);
const COVERS_ALL = 100_000_001;

const cogroup = fc
  .record({
    left: from,
    right: from,
    windows: fc.constantFrom(
      {},
      { sizeMs: 10, graceMs: COVERS_ALL },
      { sizeMs: 2, graceMs: COVERS_ALL },
      { gapMs: 4, graceMs: COVERS_ALL },
    ),
  })
  .map(({ windows, ...node }) => ({ op: 'cogroup', ...node, ...windows }));

const globalTableJoin = fc
  .record({ left: from, right: from, type: innerOrLeft })
  .map((node) => ({ op: 'globalTableJoin', ...node }));

const unlimitedWindow = fc
  .record({ in: from, agg, startMs: fc.constantFrom(undefined, 0, 10, 100_000) })
  .map((node) => ({ op: 'unlimitedWindow', ...node }));

const processing = fc
  .record({
    in: from,
    streamEveryMs: fc.constantFrom(undefined, 1, 7, 50),
    wallEveryMs: fc.constantFrom(undefined, 1, 500, 1_000),
  })
  .map((node) => ({ op: 'process', ...node }));

const streamOps = fc
  .record({
    in: from,
    right: from,
    ops: fc.array(fc.constantFrom(...STREAM_OPS), { minLength: 1, maxLength: 4 }),
  })
  .map(({ right, ...node }) => ({
    ...{ op: 'streamOps', ...node },
    ...(node.ops.includes('merge') ? { right } : {}),
  }));

const bounds = fc
  .record({
    suppressTimeLimitMs: fc.constantFrom(0, 10, 100),
    suppressMaxRecords: fc.constantFrom(undefined, 0, 1, 2, 5),
    suppressMaxBytes: fc.constantFrom(undefined, 0, 100, 200, 400, 1_000),
    suppressWhenFull: fc.constantFrom('emitEarly', 'emitEarly', 'shutDown', undefined),
  })
  .filter((bound) => (bound.suppressMaxRecords ?? bound.suppressMaxBytes) !== undefined);

const bounded = fc.oneof(
  fc.record({ in: from, agg, bound: bounds }).map(({ bound, ...node }) => ({
    ...{ op: 'aggregate', ...node },
    ...bound,
  })),
  fc.record({ in: from, agg, bound: bounds }).map(({ bound, ...node }) => ({
    ...{ op: 'timeWindow', sizeMs: 10, graceMs: 5, ...node },
    ...bound,
  })),
  fc
    .record({ in: from, agg, suppressMaxRecords: fc.constantFrom(1, 3, 10) })
    .map((node) => ({ op: 'timeWindow', sizeMs: 10, graceMs: 5, ...node }))
    .map((node) => ({ ...node, emit: 'suppress', suppressWhenFull: 'shutDown' })),
);

export function extendedNodes(historyMs: number | undefined): fc.Arbitrary<object> {
  const history = historyMs === undefined ? {} : { versionedHistoryMs: historyMs };
  const tableOps = fc
    .record({
      in: from,
      stored: fc.boolean(),
      ops: fc.array(fc.constantFrom(...TABLE_OPS), { minLength: 1, maxLength: 3 }),
    })
    .map((node) => ({ op: 'tableOps', ...node, ...history }));
  return fc.oneof(
    cogroup,
    globalTableJoin,
    unlimitedWindow,
    processing,
    { arbitrary: streamOps, weight: 2 },
    bounded,
    { arbitrary: tableOps, weight: 2 },
  );
}

/** Operators with which a node may be of two tasks. */
const repartitioning: ReadonlySet<StreamOp> = new Set(['repartition', 'toTable', 'groupByKey']);

/**
 * Nodes of which one that goes by stream time has the same here: to the oracle all of a case is one task, and has one
 * stream time; here that time would be of the topics alone that the node's task reads.
 */
export function ofOneTime(nodes: readonly CaseNode[], chained: boolean): readonly CaseNode[] {
  const timed = nodes.find((node) => node.op === 'process' && node.streamEveryMs !== undefined);
  if (timed === undefined) return nodes;
  if (chained) return nodes.map(withoutStreamTime);
  const topics = new Set(topicsOf([timed]));
  let kept: readonly CaseNode[] = [timed];
  for (let more = true; more;) {
    const connected = nodes.filter(
      (node) =>
        node.op !== 'foreignKeyJoin' &&
        node.op !== 'globalTableJoin' &&
        !(node.op === 'streamOps' && node.ops.some((op) => repartitioning.has(op))) &&
        topicsOf([node]).some((topic) => topics.has(topic)),
    );
    for (const topic of topicsOf(connected)) topics.add(topic);
    more = connected.length > kept.length;
    kept = connected;
  }
  return kept;
}

function withoutStreamTime(node: CaseNode): CaseNode {
  if (node.op !== 'process') return node;
  const { op, out, wallEveryMs } = node;
  return { op, in: node.in, out, ...(wallEveryMs === undefined ? {} : { wallEveryMs }) };
}
