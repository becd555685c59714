import type { GroupMetadata } from './consumer.js';
import type { PartitionOffset, ProducerRecord, TopicPartition } from './records.js';

/** Records for one topic, in the order to be written. */
export interface TopicRecords {
  readonly topic: string;
  readonly records: readonly ProducerRecord[];
}

/**
 * Records for one partition, encoded as they came by a `RecordAccumulator`: sent as they are, where a batch of them is
 * not too large for the topic.
 */
export interface PartitionRecords extends TopicPartition {
  readonly batch: RecordsBatch;
}

/** A batch of records in the form that it is sent in. */
export interface RecordsBatch {
  readonly count: number;
  /** Bytes, before any compression. */
  readonly size: number;
  /** What was appended, as objects: for what goes wrong. */
  decoded(): readonly ProducerRecord[];
}

/** What one call sends: of a partition, in the order given. */
export type SendBatch = TopicRecords | PartitionRecords;

/** Where records for one partition went: those of a call may take several, in order. Offsets in one have no gaps. */
export interface Appended extends TopicPartition {
  /** Of the first record. `-1` where the broker does not tell. */
  readonly baseOffset: number;
  readonly count: number;
}

export interface ProducerOptions {
  readonly compression?: 'none' | 'gzip' | 'zstd';
  /** How long to go on retrying one send. Milliseconds, default 120,000. */
  readonly deliveryTimeoutMs?: number;
}

/**
 * Writes with `acks=all` and idempotence: a retry inside does not duplicate. Sends of one producer are appended in
 * the order of the calls, whether awaited or not.
 */
export interface Producer {
  /**
   * Settles when all records are acknowledged by the in-sync replicas.
   * @throws SendError where any was not, with the list of those
   */
  send(batches: readonly SendBatch[]): Promise<readonly Appended[]>;
  /** How many partitions a topic has; `undefined` where that is not known yet, as before the first send to it. */
  partitionCount?(topic: string): number | undefined;
  /**
   * How many partitions a topic has; {@link partitionCount} knows it then, for a while.
   * @throws KafkaError `UNKNOWN_TOPIC`, and what no broker answered until the delivery timeout
   */
  partitionsFor(topic: string): Promise<number>;
  close(): Promise<void>;
}

export interface TransactionalProducerOptions extends ProducerOptions {
  readonly transactionalId: string;
  /** The broker aborts a transaction open for longer. Milliseconds, default 10,000. */
  readonly transactionTimeoutMs?: number;
}

/**
 *     init → begin → send* → sendOffsets? → commit | abort → begin …
 *
 * After a `FENCED` error only {@link close} is allowed. After any other error: abort; where that fails too, close
 * and make a new one (its init completes or aborts what is left open).
 */
export interface TransactionalProducer {
  /** Fences every earlier producer of this transactional id, and ends its open transaction. */
  init(): Promise<void>;
  begin(): Promise<void>;
  /** Settles when appended; visible to read-committed readers after {@link commit}. */
  send(batches: readonly SendBatch[]): Promise<readonly Appended[]>;
  /** As {@link Producer.partitionCount}. */
  partitionCount?(topic: string): number | undefined;
  /** As {@link Producer.partitionsFor}. */
  partitionsFor(topic: string): Promise<number>;
  /** Commits consumed offsets with the transaction; fenced by member and generation where `fencesByMember`. */
  sendOffsets(offsets: readonly PartitionOffset[], group: GroupMetadata): Promise<void>;
  commit(): Promise<void>;
  abort(): Promise<void>;
  close(): Promise<void>;
}
