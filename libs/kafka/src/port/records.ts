/** One header as Kafka stores it: order is kept and a name may occur more than once. */
export type Header = readonly [name: string, value: Buffer | null];

/** A partition of a topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A record to be written. */
export interface ProducerRecord {
  readonly key: Buffer | null;
  /** `null` is a tombstone. */
  readonly value: Buffer | null;
  readonly headers?: readonly Header[];
  /** Milliseconds since the epoch; the time of the append where absent. */
  readonly timestamp?: number;
  /** Where absent: murmur2 of the key as Java's default partitioner has it; without a key, one partition a batch. */
  readonly partition?: number;
}

/** A record as it was read. Topic and partition are those of its {@link RecordBatch}. */
export interface ConsumedRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly Header[];
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  /** Exact up to 2^53 − 1, which a partition written at a million records a second reaches in 285 years. */
  readonly offset: number;
}

/** What one fetch brought from one partition: the unit of work everywhere above the port. */
export interface RecordBatch extends TopicPartition {
  /** In offset order; offsets may have gaps (compaction, transaction markers, aborted records). */
  readonly records: readonly ConsumedRecord[];
  /** The position after this batch: where to go on, also when its last offsets held no record for us. */
  readonly nextOffset: number;
  /** The offset after the last record readers may see; minus `nextOffset` it is the lag. */
  readonly highWatermark: number;
}

/** The next offset to read of a partition. */
export interface PartitionOffset extends TopicPartition {
  readonly offset: number;
}
