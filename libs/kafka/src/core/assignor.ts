import type { TopicPartition } from '../port/records.js';

export interface Subscriber {
  readonly memberId: string;
  readonly topics: readonly string[];
}

/**
 * Java's RangeAssignor, under its name: of each topic, members in the order of their ids get runs of partitions, the
 * first ones one more. Topics with the same number of partitions and subscribers are cut alike, so that partition n of
 * all of them meets in one member: joins and shared stores rest on this.
 */
export const RANGE = 'range';

export function assignRange(
  subscribers: readonly Subscriber[],
  partitionCounts: ReadonlyMap<string, number>,
): Map<string, TopicPartition[]> {
  const assignments = new Map(subscribers.map(({ memberId }) => [memberId, [] as TopicPartition[]]));
  for (const [topic, count] of partitionCounts) {
    const members = subscribers
      .filter(({ topics }) => topics.includes(topic))
      .map(({ memberId }) => memberId)
      .sort();
    let next = 0;
    members.forEach((memberId, index) => {
      const share = Math.floor(count / members.length) + (index < count % members.length ? 1 : 0);
      for (const end = next + share; next < end; next++)
        assignments.get(memberId)?.push({ topic, partition: next });
    });
  }
  return assignments;
}
