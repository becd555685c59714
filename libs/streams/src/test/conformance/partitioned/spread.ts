import { partitionFor } from '@mesh/kafka';
import type { Case, CaseInput } from '../cases.js';

export const PARTITIONS = 4;

/** A record of a case, as the oracle prints records, and where it is in the cluster. */
export interface Placed {
  readonly topic: string;
  readonly partition: number;
  /** −1 where it is not read from a broker. */
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly ts: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Where the default partitioner has a key, murmur2 of its bytes. */
export function partitionOf(key: string): number {
  return partitionFor(Buffer.from(key), PARTITIONS);
}

/** A case's inputs over the partitions of their topics. Those without a key go to each in turn. */
export function spread({ inputs }: Case): readonly Placed[] {
  let keyless = 0;
  return inputs.flatMap((input): readonly Placed[] => {
    if ('advanceWallClockMs' in input) return [];
    const key = text(input.key);
    const partition = key === null ? keyless++ % PARTITIONS : partitionOf(key);
    const headers = Object.entries(input.headers ?? {}).map(([name, value]) => [name, String(value)]);
    return [
      {
        ...{ topic: input.topic, partition, offset: -1, ts: input.ts, key, value: text(input.value) },
        headers: Object.fromEntries(headers) as Record<string, string>,
      },
    ];
  });
}

/** Numbers and such in a file of cases are text, as the oracle reads them. */
function text(value: string | null | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}

/**
 * The records of one partition in the order in which a task takes them where all of them are there when it begins: of
 * its topics' next records always the earliest (KIP-695), of several as early that of the first topic.
 */
export function asTaken(records: readonly Placed[], topics: readonly string[]): readonly Placed[] {
  const queues = topics.map((topic) => records.filter((record) => record.topic === topic));
  const taken: Placed[] = [];
  for (;;) {
    let next: Placed[] | undefined;
    for (const queue of queues) {
      if (queue[0] !== undefined && queue[0].ts < (next?.[0]?.ts ?? Number.POSITIVE_INFINITY)) next = queue;
    }
    const record = next?.shift();
    if (record === undefined) return taken;
    taken.push(record);
  }
}

export function toInput({ topic, key, value, ts, headers }: Placed): CaseInput {
  return { topic, key, value, ts, headers };
}
