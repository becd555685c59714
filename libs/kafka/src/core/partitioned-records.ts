import { partitionFor } from '../partitioner.js';
import { KafkaError, type RecordFailure } from '../port/errors.js';
import type { TopicRecords } from '../port/producer.js';
import type { ProducerRecord, TopicPartition } from '../port/records.js';
import { recordSize } from '../wire/record-batch-writer.js';
import type { Cluster } from './cluster.js';

/** A record with its place in the call, so that a failure can be told apart. */
export interface PlacedRecord {
  readonly record: ProducerRecord;
  readonly batch: number;
  readonly index: number;
  /** Bytes in a batch, at most. */
  readonly size: number;
}

/** What one call writes to one partition, in order; taken from the front in portions of a batch. */
export class PartitionQueue implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  private records: PlacedRecord[] = [];
  private taken = 0;

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  push(record: PlacedRecord): void {
    this.records.push(record);
  }

  get empty(): boolean {
    return this.taken >= this.records.length;
  }

  /** The next records that fit into `maxBytes` uncompressed, at least one. They stay until {@link shift}. */
  peek(maxBytes: number): readonly PlacedRecord[] {
    let size = 0;
    let end = this.taken;
    for (; end < this.records.length; end++) {
      size += (this.records[end] as PlacedRecord).size;
      if (size > maxBytes && end > this.taken) break;
    }
    return this.taken === 0 && end === this.records.length
      ? this.records
      : this.records.slice(this.taken, end);
  }

  shift(count: number): void {
    this.taken += count;
  }

  /** Takes out some of the next records, by their index in what {@link peek} returned. */
  remove(indexes: ReadonlySet<number>): PlacedRecord[] {
    const removed: PlacedRecord[] = [];
    const kept: PlacedRecord[] = [];
    this.records.slice(this.taken).forEach((record, index) => {
      (indexes.has(index) ? removed : kept).push(record);
    });
    this.records = kept;
    this.taken = 0;
    return removed;
  }

  /** Gives all that is left up. */
  drain(error: KafkaError): RecordFailure[] {
    const rest = this.records.slice(this.taken);
    this.taken = this.records.length;
    return rest.map(({ batch, index }) => ({ batch, record: index, error }));
  }
}

/** Chooses the partition of each record. Remembers which partition records without a key went to last. */
export class Distributor {
  private readonly cluster: Cluster;
  private readonly sticky = new Map<string, number>();

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  /** @throws KafkaError UNKNOWN_TOPIC also for a partition that does not exist */
  async distribute(batches: readonly TopicRecords[]): Promise<PartitionQueue[]> {
    const counts: number[] = [];
    for (const { topic } of batches) {
      counts.push((this.cluster.known(topic) ?? (await this.cluster.topic(topic))).partitions.length);
    }
    const topics = new Map<string, (PartitionQueue | undefined)[]>();
    const queues: PartitionQueue[] = [];
    batches.forEach(({ topic, records }, batch) => {
      let partitions = topics.get(topic);
      if (partitions === undefined) topics.set(topic, (partitions = []));
      const count = counts[batch] as number;
      let keyless = -1;
      for (let index = 0; index < records.length; index++) {
        const record = records[index] as ProducerRecord;
        let { partition } = record;
        if (partition === undefined) {
          if (record.key !== null) partition = partitionFor(record.key, count);
          else partition = keyless < 0 ? (keyless = this.nextSticky(topic, count)) : keyless;
        } else if (partition < 0 || partition >= count) {
          throw new KafkaError('UNKNOWN_TOPIC', `topic ${topic} has ${count} partitions, none ${partition}`);
        }
        let queue = partitions[partition];
        if (queue === undefined) {
          queue = new PartitionQueue(topic, partition);
          partitions[partition] = queue;
          queues.push(queue);
        }
        queue.push({ record, batch, index, size: recordSize(record) });
      }
    });
    return queues;
  }

  /** A batch of keyless records goes to one partition, the next batch to another: few large batches (KIP-480). */
  private nextSticky(topic: string, count: number): number {
    const last = this.sticky.get(topic) ?? Math.floor(Math.random() * count);
    const next = (last + 1) % count;
    this.sticky.set(topic, next);
    return next;
  }
}
