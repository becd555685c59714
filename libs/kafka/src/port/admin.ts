import type { GroupMetadata } from './consumer.js';
import type { PartitionOffset, TopicPartition } from './records.js';

/** A topic as code. */
export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Topic configuration under Kafka's names, as `retention.ms`. */
  readonly config: Readonly<Record<string, string>>;
}

export interface TopicDescription {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
}

export interface Admin {
  /** Creates what is missing and waits until it can be written; what exists is left as it is. @returns created names */
  createTopics(topics: readonly TopicSpec[]): Promise<readonly string[]>;
  /** Deletes, and waits until they are gone; what does not exist is passed over. */
  deleteTopics(names: readonly string[]): Promise<void>;
  listTopics(): Promise<readonly string[]>;
  /** Topics that do not exist are left out of the answer. */
  describeTopics(names: readonly string[]): Promise<readonly TopicDescription[]>;
  /** The configuration in force, by Kafka's names. */
  topicConfig(name: string): Promise<Readonly<Record<string, string>>>;
  /** The offset of the first record kept. */
  beginningOffsets(partitions: readonly TopicPartition[]): Promise<readonly PartitionOffset[]>;
  /**
   * The offset after the last record: the last stable one as `read_committed` readers see it (the default), or that of
   * everything appended, also by transactions not decided.
   */
  endOffsets(
    partitions: readonly TopicPartition[],
    isolation?: 'read_committed' | 'read_uncommitted',
  ): Promise<readonly PartitionOffset[]>;
  /**
   * What a group has committed: in these partitions, or over all its topics. An offset that a transaction is about to
   * decide is waited for, but among all topics only where an earlier one was committed: others are not answered.
   */
  groupOffsets(groupId: string, partitions?: readonly TopicPartition[]): Promise<readonly PartitionOffset[]>;
  /** Only for a group without members. */
  setGroupOffsets(groupId: string, offsets: readonly PartitionOffset[]): Promise<void>;
  /**
   * Takes a member out of its group that cannot leave by itself any more, so that the group need not wait for its session
   * to time out; passes over one that is not in it.
   */
  removeMember(member: GroupMetadata): Promise<void>;
  /** Passes over a group that does not exist. */
  deleteGroup(groupId: string): Promise<void>;
  /** Deletes all records before the given offsets. */
  deleteRecordsBefore(offsets: readonly PartitionOffset[]): Promise<void>;
  /** Brokers in the cluster at present: no topic can have more replicas. */
  brokerCount(): Promise<number>;
  close(): Promise<void>;
}
