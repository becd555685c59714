import fc from 'fast-check';
import type { JoinType } from './case-parts.js';
import { topicsOf, type Case, type CaseInput, type CaseNode } from './cases.js';
import { extendedNodes, ofOneTime } from './extended-arbitrary.js';
import type { StreamOp } from './extended-cases.js';

/*
 * Cases for the comparison with Kafka Streams. Times of records and lengths of windows are even, graces and what
 * makes up a retention odd, so that nothing is ever exactly as old as what is kept, and time goes on by less than the
 * minute that Kafka Streams drops at once: with some nodes, it breaks its own rules there (see
 * fixtures/quirks.expected.json). With all others times are odd, too, and hours apart.
 */

const STREAMS = ['s1', 's2', 's3'];
const TABLES = ['t1', 't2', 't3'];
const GLOBALS = ['g1', 'g2', 'g2'];

const grace = fc.constantFrom(1, 1, 3, 5, 11, 21, 101, 3_600_001);
const agg = fc.constantFrom('count', 'concat', undefined);
const joinType = fc.constantFrom<JoinType | undefined>('inner', 'left', 'outer', undefined);
const innerOrLeft = fc.constantFrom<JoinType | undefined>('inner', 'left', undefined);
/** Which of the topics that a node may read, among them what those before it write. */
const from = fc.nat();
/** Sliding windows that go on when they close are lost where time goes on by more at once: in all of a case it does not. */
const LONGER_THAN_ALL = 320;

/** How a windowed table goes on. */
const emission = fc.oneof<fc.Arbitrary<{ readonly emit?: string; readonly suppressTimeLimitMs?: number }>[]>(
  fc.constant({}),
  fc.constant({ emit: 'update' }),
  fc.constant({ emit: 'suppress' }),
  fc.constantFrom(0, 3, 10, 50).map((suppressTimeLimitMs) => ({ suppressTimeLimitMs })),
  fc.constant({ emit: 'onWindowClose' }),
  fc.constantFrom(0, 10).map((suppressTimeLimitMs) => ({ emit: 'onWindowClose', suppressTimeLimitMs })),
);

const timeWindow = fc
  .record({
    in: from,
    agg,
    graceMs: grace,
    sizeMs: fc.constantFrom(2, 10, 12, 20),
    share: fc.nat({ max: 5 }),
  })
  .chain(({ share, ...node }) =>
    emission.map((emit) => ({
      op: 'timeWindow',
      ...node,
      ...(share === 0 ? {} : { advanceMs: Math.ceil(node.sizeMs / share) }),
      ...emit,
    })),
  );

const slidingWindow = fc
  .record({ in: from, agg, graceMs: grace, sizeMs: fc.constantFrom(1, 2, 6, 10, 20) })
  .chain((node) =>
    emission.map((emit) => ({
      op: 'slidingWindow',
      ...node,
      ...emit,
      ...(emit.emit === 'onWindowClose' ? { sizeMs: LONGER_THAN_ALL } : {}),
    })),
  );

const sessionWindow = fc
  .record({ in: from, agg, graceMs: grace, gapMs: fc.constantFrom(2, 4, 10) })
  .chain((node) => emission.map((emit) => ({ op: 'sessionWindow', ...node, ...emit })));

const streamStreamJoin = fc
  .record({
    left: from,
    right: from,
    type: joinType,
    beforeMs: fc.constantFrom(0, 2, 6, 10),
    afterMs: fc.constantFrom(undefined, 0, 2, 6, 10, -2, -6),
    graceMs: grace,
  })
  .map(({ afterMs, ...node }) => ({
    op: 'streamStreamJoin',
    ...node,
    // Which may end before it: not before it begins.
    ...(afterMs === undefined ? {} : { afterMs: Math.max(afterMs, -node.beforeMs) }),
  }));

function tableNodes(historyMs: number | undefined): fc.Arbitrary<object> {
  const history = historyMs === undefined ? {} : { versionedHistoryMs: historyMs };
  const late = historyMs === undefined ? [] : [0, 3, 5, 9].filter((ms) => ms <= historyMs);
  const joinGrace = fc.constantFrom(undefined, ...late);
  return fc.oneof(
    fc
      .record({ left: from, right: from, type: innerOrLeft, graceMs: joinGrace })
      .map(({ graceMs, ...node }) => ({
        op: 'streamTableJoin',
        ...node,
        ...history,
        ...(graceMs === undefined ? {} : { joinGraceMs: graceMs }),
      })),
    fc
      .record({ left: from, right: from, type: joinType })
      .map((node) => ({ op: 'tableTableJoin', ...node, ...history })),
    fc
      .record({ left: from, right: from, type: innerOrLeft })
      .map((node) => ({ op: 'foreignKeyJoin', ...node, ...history })),
    fc.record({ in: from }).map((node) => ({ op: 'tableGroupBy', ...node, ...history })),
  );
}

const aggregate = fc.record({ in: from, agg }).map((node) => ({ op: 'aggregate', ...node }));

/** A node whose topics are still numbers. */
type Drawn = { readonly op: string } & Readonly<Record<string, unknown>>;

/** @param extended how often, to 9 of the oracle's node types, there is one that only our copy of it knows */
function nodes(extended: number): fc.Arbitrary<readonly Drawn[]> {
  return fc.constantFrom(undefined, undefined, 10, 100).chain((historyMs) =>
    fc.array(
      fc.oneof(
        ...[timeWindow, slidingWindow, sessionWindow, streamStreamJoin, aggregate].map((arbitrary) => ({
          arbitrary,
          weight: 1,
        })),
        { arbitrary: tableNodes(historyMs), weight: 4 },
        ...(extended === 0 ? [] : [{ arbitrary: extendedNodes(historyMs), weight: extended }]),
      ),
      { minLength: 1, maxLength: 5 },
    ),
  ) as fc.Arbitrary<readonly Drawn[]>;
}

/**
 * Gives topics to nodes: inputs that they share, or what a node before writes. A topic is read as a stream or as a
 * table, never as both; sessions and suppression write null values, which a stream may have too.
 */
function placed(drawn: readonly Drawn[], chained: boolean): readonly CaseNode[] {
  const streams = [...STREAMS];
  const tables = [...TABLES];
  return drawn.map((node, index) => {
    const out = `out${index}`;
    const read = (kind: Kind, which: unknown): string => {
      const choices = kind === 'stream' ? streams : kind === 'table' ? tables : GLOBALS;
      return choices[Number(which) % choices.length] ?? '';
    };
    const [left, right] = sidesOf(node.op);
    const topics =
      'in' in node
        ? {
            in: read(left, node['in']),
            ...('right' in node ? { right: read(right, node['right']) } : {}),
          }
        : { left: read(left, node['left']), right: read(right, node['right']) };
    // Twice, or they would hardly be taken.
    if (chained) (index % 2 === 0 ? streams : tables).push(out, out);
    const given = Object.entries({ ...node, ...topics, out });
    return Object.fromEntries(given.filter(([, value]) => value !== undefined)) as unknown as CaseNode;
  });
}

type Kind = 'stream' | 'table' | 'global';

function sidesOf(op: string): readonly [Kind, Kind] {
  switch (op) {
    case 'globalTableJoin':
      return ['stream', 'global'];
    case 'streamTableJoin':
      return ['stream', 'table'];
    case 'tableOps':
    case 'tableTableJoin':
    case 'foreignKeyJoin':
    case 'tableGroupBy':
      return ['table', 'table'];
    default:
      return ['stream', 'stream'];
  }
}

/** Keys that are prefixes of others, that sort otherwise as text than as bytes, and that are empty. */
const FEW_KEYS = ['a', 'a', 'a', 'x', 'y', 'b', 'ab'];
const ODD_KEYS = [
  '',
  'a',
  'ab',
  'abc',
  'a\u0000',
  '\u0000',
  'A',
  '\u007f',
  '\u0080',
  'é',
  'e\u0301',
  '日本',
  '😀',
  '\uffff',
  'g1',
  'a@0/10',
  'k'.repeat(300),
];
const MANY_KEYS = Array.from({ length: 30 }, (_, index) => `k${index}`);

const VALUES = ['g1', 'g2', 'x:1', 'y:2', 'a:3', 'v', 'v', '', '0', ':', 'a:', 'é:日本', 'k1:1', 'k2:2'];

const header = fc.record({
  name: fc.constantFrom('h', 'g', '', 'é', '\u0000'),
  value: fc.constantFrom('1', '2', '', 'é'),
});

const step = fc.record({
  topic: fc.nat(),
  advance: fc.constantFrom(0, 0, 0, 0, 2, 2, 2, 4, 6, 10, 30, 120),
  late: fc.constantFrom(0, 0, 0, 0, 2, 4, 8, 14, 30, 100),
  odd: fc.constantFrom(0, 0, 0, 1),
  far: fc.constantFrom(...Array.from({ length: 22 }, () => 0), 60_000, 120_000, 3_600_000),
  key: fc.option(fc.nat(), { freq: 16 }),
  value: fc.option(fc.constantFrom(...VALUES), { freq: 8 }),
  headers: fc.option(fc.array(header, { maxLength: 3 }), { freq: 1 }),
  wallClock: fc.option(fc.constantFrom(0, 1, 1_000, 60_000), { freq: 24, nil: undefined }),
});

/** Stores and caches; each with what Kafka Streams loses in them left out (see fixtures/quirks.expected.json). */
const settings = fc.oneof(
  { arbitrary: fc.constant({}), weight: 8 },
  { arbitrary: fc.constant({ store: 'memory' as const }), weight: 1 },
  { arbitrary: fc.constant({ config: { 'statestore.cache.max.bytes': '0' } }), weight: 1 },
);

function isLossy(node: CaseNode, { store, config }: Pick<Case, 'store' | 'config'>): boolean {
  if (!('emit' in node) || node.emit !== 'onWindowClose') return false;
  return node.op === 'timeWindow' ? config !== undefined : store !== undefined;
}

/** Whether a result may go on twice where one key is another and a byte 0. */
function isSortedTwice(node: CaseNode, { store }: Pick<Case, 'store'>): boolean {
  return node.op === 'timeWindow' && node.emit === 'onWindowClose' && store === 'memory';
}

function hasNoZero(key: string): boolean {
  return !key.includes('\u0000');
}

/** Whether nothing is lost, or found, that is exactly as old as what is kept. */
function takesAnyAge(node: CaseNode, { config }: Pick<Case, 'config'>): boolean {
  if (node.op === 'timeWindow' || node.op === 'aggregate') return true;
  if (node.op === 'slidingWindow') return config === undefined;
  if (node.op === 'sessionWindow')
    return config === undefined && node.emit !== 'suppress' && node.suppressTimeLimitMs === undefined;
  return ofTables.has(node.op);
}

const ofTables = new Set<string>(['streamTableJoin', 'tableTableJoin', 'foreignKeyJoin', 'tableGroupBy']);

/** Whether results are there still when time goes on by a minute at once. */
function takesAnyJump(node: CaseNode): boolean {
  return !('emit' in node && node.emit === 'onWindowClose');
}

/** Of the oracle's node types. */
export const anyCase = caseOf(nodes(0));
/** Of all node types. */
export const extendedCase = caseOf(nodes(5));

/** A case of up to five nodes that share topics and read each other's. */
function caseOf(drawnNodes: fc.Arbitrary<readonly Drawn[]>): fc.Arbitrary<Case> {
  return fc
    .record({
      drawn: drawnNodes,
      wanted: settings,
      chained: fc.boolean(),
      // Kafka Streams' caches go through time from 0 on minute by minute: today would take it half a second a case.
      start: fc.constantFrom(0, 6, 50, 100_000, 10_000_000),
      keys: fc.constantFrom(FEW_KEYS, FEW_KEYS, ODD_KEYS, MANY_KEYS),
      steps: fc.oneof(
        { arbitrary: fc.array(step, { minLength: 8, maxLength: 30, size: 'max' }), weight: 15 },
        { arbitrary: fc.array(step, { minLength: 150, maxLength: 200, size: 'max' }), weight: 1 },
      ),
    })
    .map(({ drawn, wanted, chained, start, keys, steps }) => {
      const list = withKeysToWaitFor(ofOneTime(placed(drawn, chained), chained));
      const setting: Pick<Case, 'store' | 'config'> = list.some((node) => isLossy(node, wanted))
        ? {}
        : wanted;
      const ages = list.every((node) => takesAnyAge(node, setting));
      const jumps = list.every(takesAnyJump);
      // What a punctuation by the wall clock forwards has that time.
      const clocked = jumps || !list.some((node) => 'wallEveryMs' in node);
      const slides = list.some((node) => node.op === 'slidingWindow' && node.emit === 'onWindowClose');
      const topics = topicsOf(list);
      const usable = list.some((node) => isSortedTwice(node, setting)) ? keys.filter(hasNoZero) : keys;
      // A record without a key crashes Kafka Streams where it would have to wait.
      const keyed = list.some((node) => 'joinGraceMs' in node);
      let now = start;
      // What joins make of each other's results grows with each.
      const inputs = steps
        .slice(0, chained || slides ? 30 : steps.length)
        .map(({ topic, advance, late, odd, far, key, value, headers, wallClock }, index): CaseInput => {
          if (clocked && wallClock !== undefined && index % 8 === 7) return { advanceWallClockMs: wallClock };
          now += (slides ? Math.min(advance, 4) : advance) + (ages ? odd : 0) + (jumps ? far : 0);
          return {
            topic: topics[topic % topics.length] ?? '',
            ts: Math.max(0, now - late),
            ...(key === null ? (keyed ? { key: 'a' } : {}) : { key: usable[key % usable.length] ?? '' }),
            ...(value === null ? {} : { value: value === 'v' ? `v${index}` : value }),
            ...(headers === null
              ? {}
              : { headers: Object.fromEntries(headers.map(({ name, value: data }) => [name, data])) }),
          };
        });
      return {
        ...{ name: '', nodes: list },
        inputs: list.some((node) => 'versionedHistoryMs' in node) ? withoutDeletionsInPlace(inputs) : inputs,
        ...setting,
      };
    });
}

/** Operators that may leave a record without a key. */
const keyless: ReadonlySet<StreamOp> = new Set(['map', 'flatMap', 'selectKey']);

/** A record without a key crashes Kafka Streams where it would have to wait: what may have lost its key need not. */
function withKeysToWaitFor(nodes: readonly CaseNode[]): readonly CaseNode[] {
  if (!nodes.some((node) => node.op === 'streamOps' && node.ops.some((op) => keyless.has(op)))) return nodes;
  const written = new Set(nodes.map(({ out }) => out));
  return nodes.map((node) => {
    if (node.op !== 'streamTableJoin' || !written.has(node.left)) return node;
    const others = Object.entries(node).filter(([name]) => name !== 'joinGraceMs');
    return Object.fromEntries(others) as unknown as CaseNode;
  });
}

/** A version deleted at the very time that it was put comes back in Kafka Streams (see fixtures/quirks.expected.json). */
function withoutDeletionsInPlace(inputs: readonly CaseInput[]): readonly CaseInput[] {
  const put = new Set<string>();
  return inputs.map((input) => {
    if (!('topic' in input)) return input;
    const place = JSON.stringify([input.topic, input.key, input.ts]);
    if (input.value !== undefined) put.add(place);
    return input.value === undefined && put.has(place) ? { ...input, value: 'again' } : input;
  });
}
