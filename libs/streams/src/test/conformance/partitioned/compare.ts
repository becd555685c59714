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

/** What differs, in words: case, node, place and both sides. `undefined` where nothing does. */
export function differs(rule: Rule | 'results in any order', compared: Compared): string | undefined {
  switch (rule) {
    case 'records':
      return byPlace(compared, inOrder);
    case 'last changes':
      return byPlace(compared, lastChanges);
    case 'last values':
      return byPlace(compared, lastValues);
    case 'final table':
      return told(compared, table(compared.ours), table(compared.whole));
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
  // Without a key, an output goes to any partition.
  const keyless = told(
    compared,
    anyOrder(ours.filter(({ key }) => key === null)),
    anyOrder(parts.flat().filter(({ key }) => key === null)),
  );
  if (keyless !== undefined) return keyless;
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
  const positions = new Map<string | null, number>();
  for (const [at, record] of ours.entries()) {
    const from = positions.get(record.key) ?? 0;
    const found = theirs.findIndex((each, index) => index >= from && shown(each) === shown(record));
    if (found < 0) return { at, why: 'no change that is made without a cache, or an earlier one again' };
    positions.set(record.key, found);
  }
  return undefined;
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

/** A window's key is `key@start/end`; any other is the input's. */
function keyRead({ op }: CaseNode, key: string): string {
  return op === 'timeWindow' || op === 'slidingWindow' || op === 'sessionWindow'
    ? key.slice(0, key.lastIndexOf('@'))
    : key;
}

function context({ given, node }: Compared): readonly string[] {
  return [`node: ${JSON.stringify(node)}`, `case: ${JSON.stringify(given)}`];
}

function shown(record: Placed | undefined): string {
  if (record === undefined) return 'nothing';
  const { key, value, ts, headers } = record;
  return JSON.stringify([key, value, ts, ...(Object.keys(headers).length === 0 ? [] : [headers])]);
}
