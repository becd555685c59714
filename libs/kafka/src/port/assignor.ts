import type { TopicPartition } from './records.js';

/**
 * How members let go of partitions in a rebalance. `eager`: of all, before they join again. `cooperative` (KIP-429):
 * they keep them and go on, and let go only of what moves; a second rebalance gives that to its new owner.
 */
export type RebalanceProtocol = 'eager' | 'cooperative';

/** A member of the group, as it told the leader of itself. */
export interface MemberSubscription {
  readonly memberId: string;
  /** Of a static member (KIP-345). */
  readonly instanceId?: string;
  readonly topics: readonly string[];
  /** What it has and goes on with: of a member that lets go eagerly, nothing. */
  readonly ownedPartitions: readonly TopicPartition[];
  /** What its assignor says there; `null` from one that says nothing. */
  readonly userData: Buffer | null;
}

export interface GroupSubscription {
  /** In the order of their ids. */
  readonly members: readonly MemberSubscription[];
  /** Partitions of each topic that anyone subscribes to; 0 of one that does not exist. */
  readonly partitionCounts: ReadonlyMap<string, number>;
}

export interface MemberAssignment {
  readonly partitions: readonly TopicPartition[];
  /** For the member's {@link Assignor.onAssignment}. */
  readonly userData?: Buffer | null;
}

/**
 * Shares the partitions of a group out among its members. All members offer some; the coordinator picks one that all of
 * them have, by name, and one of the members to run it for all.
 */
export interface Assignor {
  readonly name: string;
  readonly protocol: RebalanceProtocol;
  /** What the leader is to know of this member beside its topics; called from within `poll`, before each joining. */
  subscriptionUserData?(): Buffer | null;
  /**
   * As leader. Where the protocol is `cooperative`, what another member still owns is kept back by the consumer, and
   * given with the rebalance that follows once it was let go.
   */
  assign(
    group: GroupSubscription,
  ): Promise<ReadonlyMap<string, MemberAssignment>> | ReadonlyMap<string, MemberAssignment>;
  /** What the leader gave this member; called from within `poll`, after `onRevoked` and before `onAssigned`. */
  onAssignment?(assignment: MemberAssignment): void;
}
