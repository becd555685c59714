import type { Case, CaseNode } from '../cases.js';
import type { Rule } from './rules.js';
import { partitionOf, PARTITIONS, type Placed } from './spread.js';

/** What a node wrote, and what Kafka Streams writes. */
export interface Compared {
  readonly given: Case;
  readonly node: CaseNode;
  /** As read from the broker, each partition in order. */
  readonly ours: readonly Placed[];
  /** Of one partition of the input each. */
  readonly parts: readonly (readonly Placed[])[];
  /** Of the whole input in one partition. */
  readonly whole: readonly Placed[];
}

/** What a punctuation by the wall clock says of a key; see `ProcessNode`. */
const BY_WALL_CLOCK = /^w(\d+)$/;

/** What differs, in words: case, node, place and both sides. `undefined` where nothing does. */
export function differs(rule: Rule, compared: Compared): string | undefined {
  switch (rule) {
    case 'records':
      return byPlace(compared, inOrder);
    case 'records and wall-clock punctuations':
      return byPlace(compared, besidePunctuations);
    case 'records of tasks':
      return mixed(compared);
    case 'some changes':
      return byPlace(compared, noneElse);
    case 'last rows':
      return byPlace(compared, lastRows);
    case 'last changes':
      return byPlace(compared, lastChanges);
    case 'last values':
      return byPlace(compared, lastValues);
    case 'final table':
      return told(compared, table(compared.ours), table(compared.whole));
    case 'final table, additions in any order':
      return told(compared, additions(compared.ours), additions(compared.whole));
    case 'results in any order':
      return told(compared, anyOrder(compared.ours), anyOrder(compared.whole));
    case 'additions and subtractions':
      return told(compared, groups(compared.ours, counted), groups(compared.parts.flat(), counted));
    case 'net additions':
      return told(compared, groups(compared.ours, net), groups(compared.parts.flat(), net));
  }
}

type Difference = { readonly at: number; readonly why: string } | undefined;

/** Compares what each partition of the output has from each of the input. */
function byPlace(
  compared: Compared,
  differ: (ours: readonly Placed[], theirs: readonly Placed[]) => Difference,
): string | undefined {
  const { node, ours, parts } = compared;
  const withoutKey = keyless(compared);
  if (withoutKey !== undefined) return withoutKey;
  for (let to = 0; to < PARTITIONS; to += 1) {
    for (let from = 0; from < PARTITIONS; from += 1) {
      const mine = ours.filter(
        ({ key, partition }) => key !== null && partition === to && partitionOf(keyRead(node, key)) === from,
      );
      const theirs = (parts[from] ?? []).filter(({ key }) => key !== null && partitionOf(key) === to);
      const difference = differ(mine, theirs);
      if (difference === undefined) continue;
      const { at, why } = difference;
      const offset = mine[at]?.offset ?? 'the end';
      return [
        `${node.out}-${to}, from partition ${from} of the input, at offset ${offset}: ${why}`,
        `Kafka Streams: ${shown(theirs[at])}`,
        `ours:          ${shown(mine[at])}`,
        ...context(compared),
        `all of Kafka Streams: ${theirs.map(shown).join(' ')}`,
        `all of ours:          ${mine.map(shown).join(' ')}`,
      ].join('\n');
    }
  }
  return undefined;
}

/** Without a key, an output goes to any partition. */
function keyless(compared: Compared): string | undefined {
  const { ours, parts } = compared;
  return told(
    compared,
    anyOrder(ours.filter(({ key }) => key === null)),
    anyOrder(parts.flat().filter(({ key }) => key === null)),
  );
}

/** Compares each partition of the output with what all partitions of the input have for it, each in its order. */
function mixed(compared: Compared): string | undefined {
  const { node, ours, parts } = compared;
  const withoutKey = keyless(compared);
  if (withoutKey !== undefined) return withoutKey;
  for (let to = 0; to < PARTITIONS; to += 1) {
    const mine = ours.filter(({ key, partition }) => key !== null && partition === to);
    const theirs = parts.map((part) => part.filter(({ key }) => key !== null && partitionOf(key) === to));
    const at = firstOutOfOrder(mine, theirs);
    if (at === undefined) continue;
    return [
      `${node.out}-${to}, at offset ${mine[at]?.offset ?? 'the end'}: nothing that any task has next`,
      `ours: ${shown(mine[at])}`,
      ...context(compared),
      ...theirs.map((part, from) => `Kafka Streams, from partition ${from}: ${part.map(shown).join(' ')}`),
      `all of ours: ${mine.map(shown).join(' ')}`,
    ].join('\n');
  }
  return undefined;
}

/** Where records are no mixture of lists that each keep their order. */
function firstOutOfOrder(
  records: readonly Placed[],
  lists: readonly (readonly Placed[])[],
): number | undefined {
  const texts = lists.map((list) => list.map(shown));
  // How far each list may have come: several ways where lists have equal records.
  let ways = new Map<string, readonly number[]>([['', texts.map(() => 0)]]);
  for (const [index, record] of records.entries()) {
    const text = shown(record);
    const next = new Map<string, readonly number[]>();
    for (const way of ways.values()) {
      for (const [list, at] of way.entries()) {
        if (texts[list]?.[at] !== text) continue;
        const further = way.with(list, at + 1);
        next.set(further.join(), further);
      }
    }
    if (next.size === 0) return index;
    ways = next;
  }
  return records.length < texts.flat().length ? records.length : undefined;
}

/** Of each key a punctuation says what the records before it were counted to; what else there is is compared. */
function besidePunctuations(ours: readonly Placed[], theirs: readonly Placed[]): Difference {
  const counts = new Map<string | null, string>();
  for (const [at, { key, value }] of ours.entries()) {
    const said = BY_WALL_CLOCK.exec(value ?? '')?.[1];
    if (said === undefined) {
      const count = /#(\d+)$/.exec(value ?? '')?.[1];
      if (count !== undefined) counts.set(key, count);
    } else if (said !== counts.get(key)) {
      return { at, why: `a punctuation that does not say ${counts.get(key) ?? 'nothing'}` };
    }
  }
  const others = ours.filter(({ value }) => !BY_WALL_CLOCK.test(value ?? ''));
  const difference = inOrder(others, theirs);
  const place = difference === undefined ? undefined : others[difference.at];
  return difference === undefined
    ? undefined
    : { ...difference, at: place === undefined ? ours.length : ours.indexOf(place) };
}

function inOrder(ours: readonly Placed[], theirs: readonly Placed[]): Difference {
  for (let at = 0; at < Math.max(ours.length, theirs.length); at += 1) {
    if (shown(ours[at]) !== shown(theirs[at])) return { at, why: 'other records, or another order' };
  }
  return undefined;
}

/** Of each key: ours are some of theirs, in order, and end alike. */
function lastChanges(ours: readonly Placed[], theirs: readonly Placed[]): Difference {
  const last = (records: readonly Placed[]): ReadonlyMap<string | null, Placed> =>
    new Map(records.map((record) => [record.key, record]));
  const [one, other] = [last(ours), last(theirs)];
  for (const [key, record] of other) {
    const mine = one.get(key);
    // What came and went between two commits nobody sees.
    if (mine === undefined ? record.value === null : shown(mine) === shown(record)) continue;
    const at = mine === undefined ? ours.length : ours.indexOf(mine);
    return { at, why: `key ${JSON.stringify(key)} ends otherwise than with ${shown(record)}` };
  }
  return noneElse(ours, theirs);
}

/** Of each key: ours are some of theirs, in order. */
function noneElse(ours: readonly Placed[], theirs: readonly Placed[]): Difference {
  const positions = new Map<string | null, number>();
  for (const [at, record] of ours.entries()) {
    const from = positions.get(record.key) ?? 0;
    const found = theirs.findIndex((each, index) => index >= from && shown(each) === shown(record));
    if (found < 0) return { at, why: 'no change that is made without a cache, or an earlier one again' };
    positions.set(record.key, found + 1);
  }
  return undefined;
}

/** Of each key: rows are some of theirs, in order, and the last is the same, or deleted on both sides. */
function lastRows(ours: readonly Placed[], theirs: readonly Placed[]): Difference {
  const last = (records: readonly Placed[], key: string | null): Placed | undefined =>
    records.findLast((record) => record.key === key);
  for (const { key } of [...theirs, ...ours]) {
    const [mine, other] = [last(ours, key), last(theirs, key)];
    const deleted = (mine?.value ?? null) === null && (other?.value ?? null) === null;
    if (deleted || shown(mine) === shown(other)) continue;
    const at = mine === undefined ? ours.length : ours.indexOf(mine);
    return { at, why: `key ${JSON.stringify(key)} ends otherwise than with ${shown(other)}` };
  }
  const rows = ours.filter(({ value }) => value !== null);
  const difference = noneElse(rows, theirs);
  const place = difference === undefined ? undefined : rows[difference.at];
  return difference === undefined || place === undefined
    ? difference
    : { ...difference, at: ours.indexOf(place) };
}

function lastValues(ours: readonly Placed[], theirs: readonly Placed[]): Difference {
  const [one, other] = [table(ours), table(theirs)];
  for (const key of new Set([...one.keys(), ...other.keys()])) {
    if (one.get(key) === other.get(key)) continue;
    const at = ours.findLastIndex((record) => record.key === key);
    const last = JSON.stringify(other.get(key) ?? null);
    return {
      at: at < 0 ? ours.length : at,
      why: `key ${JSON.stringify(key)} ends otherwise than with ${last}`,
    };
  }
  return undefined;
}

type Rows = ReadonlyMap<string, string>;

function told(compared: Compared, ours: Rows, theirs: Rows): string | undefined {
  for (const key of [...new Set([...theirs.keys(), ...ours.keys()])].sort()) {
    if (ours.get(key) === theirs.get(key)) continue;
    const where = compared.ours.findLast((record) => record.key === key);
    const place = where === undefined ? '' : `-${where.partition}, offset ${where.offset}`;
    return [
      `${compared.node.out}${place}: ${JSON.stringify(key)} differs`,
      `Kafka Streams: ${theirs.get(key) ?? 'nothing'}`,
      `ours:          ${ours.get(key) ?? 'nothing'}`,
      ...context(compared),
    ].join('\n');
  }
  return undefined;
}

/** Of each key the last value. Its time is that of the record that came last, which may be of either side of a join. */
function table(records: readonly Placed[]): Rows {
  const rows = new Map<string, string>();
  for (const { key, value } of records) {
    if (key === null) continue;
    if (value === null) rows.delete(key);
    else rows.set(key, value);
  }
  return rows;
}

/** Of each row the values that were added to it from either side, in one order. */
function additions(records: readonly Placed[]): Rows {
  return new Map(
    [...table(records)].map(
      ([key, value]) => [key, (value.match(/[<>][^<>]*/g) ?? []).sort().join('')] as const,
    ),
  );
}

function anyOrder(records: readonly Placed[]): Rows {
  const rows = new Map<string, number>();
  for (const { key, value, ts } of records) {
    const row = JSON.stringify([key, value, ts]);
    rows.set(row, (rows.get(row) ?? 0) + 1);
  }
  return new Map([...rows].map(([row, times]) => [row, String(times)]));
}

/** Of each group, from its last value of each partition of the input: `+added-taken…`. */
function groups(records: readonly Placed[], of: (changes: readonly string[]) => string): Rows {
  const last = new Map<string, string>();
  for (const { key, value, partition } of records) last.set(JSON.stringify([partition, key]), value ?? '');
  const changes = new Map<string, string[]>();
  for (const [place, value] of last) {
    const [, key] = JSON.parse(place) as [number, string];
    const list = changes.get(key) ?? [];
    list.push(...(value.match(/[+-][^+-]*/g) ?? []));
    changes.set(key, list);
  }
  return new Map([...changes].map(([key, list]) => [key, of(list)] as const).filter(([, row]) => row !== ''));
}

function counted(changes: readonly string[]): string {
  return [...changes].sort().join('');
}

function net(changes: readonly string[]): string {
  const sums = new Map<string, number>();
  for (const change of changes) {
    const name = change.slice(1);
    sums.set(name, (sums.get(name) ?? 0) + (change.startsWith('+') ? 1 : -1));
  }
  const left = [...sums].filter(([, sum]) => sum !== 0).map(([name, sum]) => `${name}: ${sum}`);
  return left.sort().join(', ');
}

const WINDOWED: readonly CaseNode['op'][] = [
  'timeWindow',
  'slidingWindow',
  'sessionWindow',
  'unlimitedWindow',
];

/** A window's key is `key@start/end`, of one without an end `key@start`; any other is the input's. */
function keyRead(node: CaseNode, key: string): string {
  const windowed =
    node.op === 'cogroup' ? (node.sizeMs ?? node.gapMs) !== undefined : WINDOWED.includes(node.op);
  return windowed ? key.slice(0, key.lastIndexOf('@')) : key;
}

function context({ given, node }: Compared): readonly string[] {
  return [`node: ${JSON.stringify(node)}`, `case: ${JSON.stringify(given)}`];
}

function shown(record: Placed | undefined): string {
  if (record === undefined) return 'nothing';
  const { key, value, ts, headers } = record;
  return JSON.stringify([key, value, ts, ...(Object.keys(headers).length === 0 ? [] : [headers])]);
}
