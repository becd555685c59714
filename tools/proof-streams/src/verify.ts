import {
  customerOf,
  groupOf,
  inputs,
  JOIN_MS,
  LONG_GRACE_MS,
  outputs,
  SHORT_GRACE_MS,
  WINDOW_MS,
  windowStart,
} from './topology.js';

/** A committed record. */
export interface Read {
  readonly partition: number;
  readonly key: string;
  readonly value: string | null;
  readonly timestamp: number;
}

/** Committed records by topic, each partition's in order. */
export type Topics = ReadonlyMap<string, readonly Read[]>;

export type Fault = 'lost' | 'duplicated' | 'unexpected' | 'reordered';

export interface Verdict {
  readonly faults: Readonly<Record<Fault, number>>;
  /** The first of them, for people. */
  readonly examples: readonly string[];
  /** Records compared, by output. */
  readonly compared: Readonly<Record<string, number>>;
}

const EXAMPLES = 20;

class Findings {
  readonly faults: Record<Fault, number> = { lost: 0, duplicated: 0, unexpected: 0, reordered: 0 };
  readonly examples: string[] = [];

  add(fault: Fault, what: string): void {
    this.faults[fault] += 1;
    if (this.examples.length < EXAMPLES) this.examples.push(`${fault}: ${what}`);
  }
}

/** Computes from the committed inputs what the outputs must be, and says what they are instead. */
export function verify(topics: Topics): Verdict {
  const findings = new Findings();
  const of = (topic: string): readonly Read[] => topics.get(topic) ?? [];
  verifyCounts(outputs.counts, of(inputs.clicks), of(outputs.counts), true, findings);
  verifyCounts(outputs.totals, of(inputs.clicks), of(outputs.totals), false, findings);
  verifyWindows(outputs.userWindows, userWindows(of(inputs.clicks)), of(outputs.userWindows), findings);
  verifyWindows(outputs.groupWindows, groupWindows(of(inputs.clicks)), of(outputs.groupWindows), findings);
  verifyJoined(of(inputs.views), of(inputs.buys), of(outputs.joined), findings);
  verifyEnriched(of(inputs.accounts), of(inputs.customers), of(outputs.enriched), findings);
  return {
    faults: findings.faults,
    examples: findings.examples,
    compared: Object.fromEntries(Object.values(outputs).map((topic) => [topic, of(topic).length])),
  };
}

/**
 * Each key's counts rise to the number of its clicks.
 * @param each whether none is left out: 1, 2, 3 …
 */
function verifyCounts(
  topic: string,
  clicks: readonly Read[],
  counts: readonly Read[],
  each: boolean,
  findings: Findings,
): void {
  const wanted = new Map<string, number>();
  for (const { value } of clicks) add(wanted, groupOf(value ?? ''));
  const seen = new Map<string, number>();
  for (const { key, value } of counts) {
    const before = seen.get(key) ?? 0;
    const count = Number(value);
    if (!Number.isSafeInteger(count)) {
      findings.add('unexpected', `${topic}: ${key} is counted to ${JSON.stringify(value)}`);
      continue;
    }
    if (count <= before)
      findings.add('duplicated', `${topic}: ${key} is counted to ${count} after ${before}`);
    for (let missing = before + 1; each && missing < count; missing += 1) {
      findings.add('lost', `${topic}: ${key} goes from ${before} to ${count}`);
    }
    seen.set(key, Math.max(before, count));
  }
  for (const [key, total] of wanted) {
    const counted = seen.get(key) ?? 0;
    if (counted < total) findings.add('lost', `${topic}: ${key} is counted to ${counted} of ${total}`);
    if (counted > total)
      findings.add('unexpected', `${topic}: ${key} is counted to ${counted}: it has ${total}`);
  }
  for (const key of seen.keys()) {
    if (!wanted.has(key)) findings.add('unexpected', `${topic}: ${key} is counted and has no click`);
  }
}

/** By key, `window start=count` in the order in which the windows close. */
type Windows = ReadonlyMap<string, readonly string[]>;

/** A partition's own order says what is late, and when windows close. */
function userWindows(clicks: readonly Read[]): Windows {
  const closed = new Map<string, string[]>();
  const streamTimes = new Map<number, number>();
  const open = new Map<string, Map<number, number>>();
  const partitions = new Map<string, number>();
  for (const { partition, key, timestamp } of clicks) {
    const streamTime = Math.max(streamTimes.get(partition) ?? 0, timestamp);
    streamTimes.set(partition, streamTime);
    partitions.set(key, partition);
    const start = windowStart(timestamp);
    if (closesAt(start, SHORT_GRACE_MS) <= streamTime) continue;
    const windows = open.get(key) ?? new Map<number, number>();
    open.set(key, windows);
    windows.set(start, (windows.get(start) ?? 0) + 1);
  }
  for (const [key, windows] of open) {
    const streamTime = streamTimes.get(partitions.get(key) ?? -1) ?? 0;
    closed.set(key, closedBy(streamTime, SHORT_GRACE_MS, windows));
  }
  return closed;
}

/** Nothing is late; all windows but the last are closed by what closes them, after all others were processed. */
function groupWindows(clicks: readonly Read[]): Windows {
  const open = new Map<string, Map<number, number>>();
  let streamTime = 0;
  for (const { value, timestamp } of clicks) {
    const group = groupOf(value ?? '');
    const windows = open.get(group) ?? new Map<number, number>();
    open.set(group, windows);
    const start = windowStart(timestamp);
    windows.set(start, (windows.get(start) ?? 0) + 1);
    streamTime = Math.max(streamTime, timestamp);
  }
  return new Map([...open].map(([key, windows]) => [key, closedBy(streamTime, LONG_GRACE_MS, windows)]));
}

function closesAt(start: number, graceMs: number): number {
  return start + WINDOW_MS + graceMs;
}

function closedBy(streamTime: number, graceMs: number, windows: ReadonlyMap<number, number>): string[] {
  return [...windows]
    .filter(([start]) => closesAt(start, graceMs) <= streamTime)
    .sort(([a], [b]) => a - b)
    .map(([start, count]) => `${start}=${count}`);
}

/** Each window that closed goes on exactly once, and a key's windows in their order. */
function verifyWindows(topic: string, wanted: Windows, read: readonly Read[], findings: Findings): void {
  const byKey = Map.groupBy(read, ({ key }) => key);
  for (const key of new Set([...wanted.keys(), ...byKey.keys()])) {
    const expected = wanted.get(key) ?? [];
    const seen = (byKey.get(key) ?? []).map(({ value }) => value ?? '');
    compareSets(`${topic} of ${key}`, expected, seen, findings);
    const starts = seen.map((value) => Number(value.slice(0, value.indexOf('='))));
    for (const [index, start] of starts.entries()) {
      const before = starts[index - 1];
      if (before !== undefined && start < before) {
        findings.add('reordered', `${topic} of ${key}: window ${start} after ${before}`);
      }
    }
  }
}

/** Each pair of one user within the window, once. */
function verifyJoined(
  views: readonly Read[],
  buys: readonly Read[],
  read: readonly Read[],
  findings: Findings,
): void {
  const buysOf = Map.groupBy(buys, ({ key }) => key);
  const expected: string[] = [];
  for (const { key, value, timestamp } of views) {
    const matches = (buysOf.get(key) ?? []).filter((buy) => Math.abs(buy.timestamp - timestamp) <= JOIN_MS);
    expected.push(...matches.map((buy) => `${value}|${buy.value}`));
  }
  compareSets(
    outputs.joined,
    expected,
    read.map(({ value }) => value ?? ''),
    findings,
  );
}

/**
 * The last result of each account is what both tables say; those before are of versions that were, in their order. One
 * may be repeated at once, and not later: who begins to wait for a customer is told what the table's cache holds, and
 * once more when that goes on.
 */
function verifyEnriched(
  accounts: readonly Read[],
  customers: readonly Read[],
  read: readonly Read[],
  findings: Findings,
): void {
  const accountVersions = versions(accounts);
  const customerVersions = versions(customers);
  const byAccount = Map.groupBy(read, ({ key }) => key);
  for (const key of new Set([...accountVersions.keys(), ...byAccount.keys()])) {
    const results = byAccount.get(key) ?? [];
    const expected = enriched(accountVersions.get(key)?.at(-1), customerVersions);
    const final = results.at(-1)?.value ?? null;
    if (final !== expected) {
      findings.add(
        expected === null || (final !== null && results.some(({ value }) => value === expected))
          ? 'unexpected'
          : 'lost',
        `${outputs.enriched} of ${key} ends with ${final}, not ${expected}`,
      );
    }
    let [lastAccount, lastCustomer] = [-1, -1];
    const seen = new Set<string>();
    for (const [index, { value }] of results.entries()) {
      if (value === null || value === results[index - 1]?.value) continue;
      const [account = '', customer = ''] = value.split('|');
      const accountAt = (accountVersions.get(key) ?? []).indexOf(account);
      const customerAt = (customerVersions.get(customerOf(account)) ?? []).indexOf(customer);
      if (accountAt < 0 || customerAt < 0) {
        findings.add('unexpected', `${outputs.enriched} of ${key}: ${value} is of versions that never were`);
      } else if (seen.has(value)) {
        findings.add('duplicated', `${outputs.enriched} of ${key}: ${value}`);
      } else if (accountAt < lastAccount || (accountAt === lastAccount && customerAt < lastCustomer)) {
        findings.add('reordered', `${outputs.enriched} of ${key}: ${value} after a newer version`);
      }
      seen.add(value);
      [lastAccount, lastCustomer] = [accountAt, customerAt];
    }
  }
}

function versions(table: readonly Read[]): ReadonlyMap<string, readonly (string | null)[]> {
  const all = new Map<string, (string | null)[]>();
  for (const { key, value } of table) {
    const list = all.get(key) ?? [];
    all.set(key, list);
    list.push(value);
  }
  return all;
}

function enriched(
  account: string | null | undefined,
  customers: ReadonlyMap<string, readonly (string | null)[]>,
): string | null {
  if (account === null || account === undefined) return null;
  const customer = customers.get(customerOf(account))?.at(-1) ?? null;
  return customer === null ? null : `${account}|${customer}`;
}

function compareSets(
  what: string,
  expected: readonly string[],
  seen: readonly string[],
  findings: Findings,
): void {
  const left = new Map<string, number>();
  for (const value of expected) add(left, value);
  const wanted = new Set(expected);
  for (const value of seen) {
    const open = left.get(value) ?? 0;
    if (open > 0) left.set(value, open - 1);
    else findings.add(wanted.has(value) ? 'duplicated' : 'unexpected', `${what}: ${value}`);
  }
  for (const [value, open] of left) {
    for (let missing = 0; missing < open; missing += 1) findings.add('lost', `${what}: ${value}`);
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
