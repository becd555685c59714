import type { Assignor, GroupSubscription, MemberAssignment, MemberSubscription } from '../port/assignor.js';
import type { TopicPartition } from '../port/records.js';
import { partitionKey } from './producer-session.js';

/**
 * Java's RangeAssignor, under its name: of each topic, members in the order of their ids get runs of partitions, the
 * first ones one more. Topics with the same number of partitions and subscribers are cut alike, so that partition n of
 * all of them meets in one member: joins and shared stores rest on this.
 */
export const rangeAssignor: Assignor = { name: 'range', protocol: 'eager', assign: assignRange };

function assignRange({ members, partitionCounts }: GroupSubscription): Map<string, MemberAssignment> {
  const shares = new Map(members.map(({ memberId }) => [memberId, [] as TopicPartition[]]));
  for (const [topic, count] of partitionCounts) {
    const subscribers = members.filter(({ topics }) => topics.includes(topic));
    let next = 0;
    subscribers.forEach(({ memberId }, index) => {
      const share = Math.floor(count / subscribers.length) + (index < count % subscribers.length ? 1 : 0);
      for (const end = next + share; next < end; next++)
        shares.get(memberId)?.push({ topic, partition: next });
    });
  }
  return new Map(Array.from(shares, ([memberId, partitions]) => [memberId, { partitions }]));
}

/**
 * Takes out of each share what another member still owns (KIP-429): that one lets go of it when it sees its own share,
 * and asks for the rebalance that gives it away.
 */
export function withoutOwnedByOthers(
  shares: ReadonlyMap<string, MemberAssignment>,
  members: readonly MemberSubscription[],
): Map<string, MemberAssignment> {
  const owners = new Map<string, Set<string>>();
  for (const { memberId, ownedPartitions } of members) {
    for (const partition of ownedPartitions) {
      const key = partitionKey(partition);
      const owning = owners.get(key);
      if (owning === undefined) owners.set(key, new Set([memberId]));
      else owning.add(memberId);
    }
  }
  const free = (memberId: string, partition: TopicPartition): boolean => {
    const owning = owners.get(partitionKey(partition));
    return owning === undefined || (owning.size === 1 && owning.has(memberId));
  };
  return new Map(
    Array.from(shares, ([memberId, share]) => [
      memberId,
      { ...share, partitions: share.partitions.filter((partition) => free(memberId, partition)) },
    ]),
  );
}
