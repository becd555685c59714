import type { Header } from '@mesh/kafka';
import type { Written } from './writers.js';

export interface TopicRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly Header[];
}

/** What the topic has, held against what the services have confirmed. */
export interface Account {
  readonly confirmed: number;
  readonly records: number;
  /** Deliveries of an event already seen, which is what deduplication by event id removes. */
  readonly repeated: number;
  /** Confirmed versions that are not in the topic. */
  readonly lost: readonly string[];
  /** Versions that are there under two event ids. */
  readonly duplicated: readonly string[];
  /** Versions that nobody has confirmed, or with another content than was. */
  readonly unexpected: readonly string[];
  /** Aggregates whose versions, each at its first occurrence, are not 1, 2, 3 …, or whose last record is not the newest. */
  readonly disordered: readonly string[];
}

/** `records` in the order of each partition. */
export function account(written: Written, records: readonly TopicRecord[]): Account {
  const versions = new Map<string, number[]>();
  const events = new Map<string, Map<number, Set<string>>>();
  const seen = new Set<string>();
  const last = new Map<string, number>();
  const unexpected: string[] = [];
  for (const { key, value, headers } of records) {
    const id = String(key);
    const version = Number(text(headers, 'ce_version'));
    const eventId = text(headers, 'ce_id');
    last.set(id, version);
    if (seen.has(eventId)) continue;
    seen.add(eventId);
    push(versions, id, version);
    const ofId = events.get(id) ?? new Map<number, Set<string>>();
    events.set(id, ofId.set(version, (ofId.get(version) ?? new Set()).add(eventId)));
    const write = written.get(id)?.[version - 1];
    const mark = write?.mark ?? null;
    const same = mark === null ? value === null : value?.includes(mark) === true;
    if (write === undefined || !same) unexpected.push(`${id} ${version}`);
  }
  const lost: string[] = [];
  const duplicated: string[] = [];
  const disordered: string[] = [];
  let confirmed = 0;
  for (const [id, writes] of written) {
    confirmed += writes.length;
    for (const { version } of writes) {
      const found = events.get(id)?.get(version)?.size ?? 0;
      if (found === 0) lost.push(`${id} ${version}`);
      if (found > 1) duplicated.push(`${id} ${version}`);
    }
    const inOrder = (versions.get(id) ?? []).every((version, index) => version === index + 1);
    if (!inOrder || (last.get(id) ?? 0) !== writes.length) disordered.push(id);
  }
  return {
    confirmed,
    records: records.length,
    repeated: records.length - seen.size,
    lost,
    duplicated,
    unexpected,
    disordered,
  };
}

function text(headers: readonly Header[], name: string): string {
  return headers.find(([header]) => header === name)?.[1]?.toString() ?? '';
}

function push(lists: Map<string, number[]>, key: string, value: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
