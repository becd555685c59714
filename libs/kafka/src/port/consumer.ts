import type { Assignor } from './assignor.js';
import type { PartitionOffset, RecordBatch, TopicPartition } from './records.js';

/** Where a partition without a committed offset is read from; `none` makes that an error. */
export type OffsetReset = 'earliest' | 'latest' | 'none';

export interface ConsumerOptions {
  readonly groupId: string;
  readonly isolation: 'read_committed' | 'read_uncommitted';
  readonly offsetReset: OffsetReset;
  /** Member silent for longer leaves the group. Milliseconds, default 10,000. */
  readonly sessionTimeoutMs?: number;
  /** How long members may take to rejoin. Milliseconds, default 30,000. */
  readonly rebalanceTimeoutMs?: number;
  /**
   * How the group shares its partitions out, in order of preference; all members must have one in common. Default
   * `rangeAssignor`.
   */
  readonly assignors?: readonly [Assignor, ...Assignor[]];
  /**
   * Makes it a static member (KIP-345, `group.instance.id`): one that is back under the same id within the session
   * timeout gets back what it had, without a rebalance. No two members alive may have the same.
   */
  readonly groupInstanceId?: string;
  /** Bytes fetched and not yet polled, over all partitions; beyond it fetching waits. Default 16 MiB. */
  readonly maxBufferedBytes?: number;
  /** The broker answers a fetch once so much is there or `maxFetchWaitMs` passed. Defaults: 1 B, 100 ms. */
  readonly minFetchBytes?: number;
  readonly maxFetchWaitMs?: number;
}

/**
 * Called from within {@link Consumer.poll}, never beside it, so that the caller's own state needs no lock.
 * After `onRevoked` or `onLost` no batch of those partitions is handed out.
 */
export interface RebalanceListener {
  /**
   * After each joining of the group, with what is new to this member, also where that is nothing. Under a cooperative
   * assignor it keeps what it had beside it.
   */
  onAssigned(partitions: readonly TopicPartition[]): Promise<void> | void;
  /** The member still owns the partitions where the driver is `awaitsRevoke`, and may commit. */
  onRevoked(partitions: readonly TopicPartition[]): Promise<void> | void;
  /** Another member may own them already: drop what is under way, commit nothing. */
  onLost(partitions: readonly TopicPartition[]): Promise<void> | void;
}

/** Who speaks, for the fencing of transactional offset commits (KIP-447). */
export interface GroupMetadata {
  readonly groupId: string;
  readonly memberId: string;
  readonly generationId: number;
  /** Of a static member (KIP-345). */
  readonly instanceId?: string;
}

export interface CloseOptions {
  /**
   * Whether the group is told, so that others take over at once. Otherwise it waits for the session to time out, or for
   * this member to be back under its group instance id. Default true, and false for a static member.
   */
  readonly leaveGroup?: boolean;
}

/**
 * A member of a consumer group, driven by its caller: nothing is handed out, and no listener called, except in
 * {@link poll}. Heartbeats go on by themselves between polls. One caller at a time.
 *
 *     created → subscribe → poll … poll → close
 */
export interface Consumer {
  /** Topics that do not exist yet are allowed: they are joined once they appear. */
  subscribe(topics: readonly string[], listener: RebalanceListener): Promise<void>;
  /**
   * The batches at hand, at most one a partition, none of a paused one; waits up to `maxWaitMs` for the first.
   * @throws KafkaError also for faults of the background work; where `retriable`, polling again goes on.
   */
  poll(maxWaitMs: number): Promise<readonly RecordBatch[]>;
  assignment(): readonly TopicPartition[];
  /** Takes effect at once: batches of these partitions already fetched are kept back until resumed. */
  pause(partitions: readonly TopicPartition[]): void;
  resume(partitions: readonly TopicPartition[]): void;
  /** The next batch of that partition starts at `offset`; what was fetched before is dropped. */
  seek(position: PartitionOffset): void;
  /**
   * Offsets there are to read beyond what {@link poll} has handed out, by the broker's last answer: 0 says that there was
   * nothing more. `undefined` where it has not been asked since the partition was assigned or sought.
   */
  currentLag(partition: TopicPartition): number | undefined;
  /** Commits the next offsets to read. Where a joining is under way, the commit waits for its end. */
  commit(offsets: readonly PartitionOffset[]): Promise<void>;
  /** `undefined` where the group has committed nothing. */
  committed(partitions: readonly TopicPartition[]): Promise<readonly (number | undefined)[]>;
  groupMetadata(): GroupMetadata;
  /**
   * Joining is under way, or done and not told to the listener yet: the coordinator refuses offsets in a transaction
   * until then, with whatever {@link groupMetadata} says.
   */
  readonly rebalancing: boolean;
  /** Has the group share out anew, from the next {@link poll} on (KIP-568); without effect where it does so already. */
  enforceRebalance(): void;
  /** Idempotent. */
  close(options?: CloseOptions): Promise<void>;
}

/** Reads given partitions without a group: for restoring state and for looking at a topic. */
export interface PartitionReader {
  /** As {@link Consumer.poll}. */
  poll(maxWaitMs: number): Promise<readonly RecordBatch[]>;
  close(): Promise<void>;
}
