import { partitionFor } from '../partitioner.js';
import { KafkaError, type RecordFailure } from '../port/errors.js';
import type { SendBatch } from '../port/producer.js';
import type { ProducerRecord, TopicPartition } from '../port/records.js';
import type { Compression } from '../wire/compression.js';
import {
  encodeBatch,
  recordSize,
  type BatchBuilder,
  type EncodedBatch,
} from '../wire/record-batch-writer.js';
import type { Cluster } from './cluster.js';

/** A record with its place in the call, so that a failure can be told apart. */
export interface PlacedRecord {
  readonly record: ProducerRecord;
  readonly batch: number;
  readonly index: number;
  /** Bytes in a batch, at most. */
  readonly size: number;
}

/** Records of one partition that go together. */
export interface Portion {
  readonly count: number;
  /** Bytes before any compression, at most. */
  readonly size: number;
  encode(now: number, compression: Compression, transactional: boolean): EncodedBatch;
}

/** What one call writes to one partition, in order; taken from the front in portions of a batch. */
export class PartitionQueue implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  /** Come before {@link records}. */
  private encoded: { readonly builder: BatchBuilder; readonly batch: number }[] = [];
  private records: PlacedRecord[] = [];
  private taken = 0;

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  push(record: PlacedRecord): void {
    this.records.push(record);
  }

  pushEncoded(builder: BatchBuilder, batch: number): void {
    if (builder.count === 0) return;
    if (this.records.length === 0) this.encoded.push({ builder, batch });
    else this.records.push(...placed(builder, batch));
  }

  get empty(): boolean {
    return this.encoded.length === 0 && this.taken >= this.records.length;
  }

  /** The next records that fit into `maxBytes` uncompressed, at least one. They stay until {@link shift}. */
  next(maxBytes: number): Portion {
    const [first] = this.encoded;
    if (first !== undefined) {
      const { builder } = first;
      if (builder.size <= maxBytes || builder.count === 1) {
        return {
          count: builder.count,
          size: builder.size,
          encode: (_now, compression, transactional) => builder.seal(compression, transactional),
        };
      }
      this.decodeAll();
    }
    const records = this.peek(maxBytes);
    const size = totalSize(records);
    return {
      count: records.length,
      size,
      encode: (now, compression, transactional) =>
        encodeBatch(records, size, now, compression, transactional),
    };
  }

  /** What {@link next} gave is written. */
  shift(count: number): void {
    if (this.encoded.shift() === undefined) this.taken += count;
  }

  /** Takes out some of the next records, by their index in what {@link next} gave. */
  remove(indexes: ReadonlySet<number>): PlacedRecord[] {
    this.decodeAll();
    const removed: PlacedRecord[] = [];
    const kept: PlacedRecord[] = [];
    this.records.slice(this.taken).forEach((record, index) => {
      (indexes.has(index) ? removed : kept).push(record);
    });
    this.records = kept;
    this.taken = 0;
    return removed;
  }

  /** Takes out records larger than that. Bytes. */
  removeAbove(maxBytes: number): PlacedRecord[] {
    if (this.encoded.some(({ builder }) => builder.largest > maxBytes)) this.decodeAll();
    const huge = new Set<number>();
    for (let at = this.taken; at < this.records.length; at++) {
      if ((this.records[at] as PlacedRecord).size > maxBytes) huge.add(at - this.taken);
    }
    return huge.size === 0 ? [] : this.remove(huge);
  }

  /** Gives all that is left up. */
  drain(error: KafkaError): RecordFailure[] {
    this.decodeAll();
    const rest = this.records.slice(this.taken);
    this.taken = this.records.length;
    return rest.map(({ batch, index }) => ({ batch, record: index, error }));
  }

  private peek(maxBytes: number): readonly PlacedRecord[] {
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

  /** Where batches cannot go as they are, their records do, one by one. */
  private decodeAll(): void {
    if (this.encoded.length === 0) return;
    const records = this.encoded.flatMap(({ builder, batch }) => placed(builder, batch));
    this.encoded = [];
    this.records = [...records, ...this.records.slice(this.taken)];
    this.taken = 0;
  }
}

function placed(builder: BatchBuilder, batch: number): PlacedRecord[] {
  return builder.decoded().map((record, index) => ({ record, batch, index, size: recordSize(record) }));
}

export function totalSize(records: readonly PlacedRecord[]): number {
  let size = 0;
  for (const record of records) size += record.size;
  return size;
}

/** Chooses the partition of each record. Remembers which partition records without a key went to last. */
export class Distributor {
  private readonly cluster: Cluster;
  private readonly sticky = new Map<string, number>();

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  /** @throws KafkaError UNKNOWN_TOPIC also for a partition that does not exist */
  async distribute(batches: readonly SendBatch[]): Promise<PartitionQueue[]> {
    const counts: number[] = [];
    for (const { topic } of batches) {
      counts.push((this.cluster.known(topic) ?? (await this.cluster.topic(topic))).partitions.length);
    }
    const topics = new Map<string, (PartitionQueue | undefined)[]>();
    const queues: PartitionQueue[] = [];
    const queueOf = (topic: string, partition: number, count: number): PartitionQueue => {
      if (partition < 0 || partition >= count) {
        throw new KafkaError('UNKNOWN_TOPIC', `topic ${topic} has ${count} partitions, none ${partition}`);
      }
      let partitions = topics.get(topic);
      if (partitions === undefined) topics.set(topic, (partitions = []));
      let queue = partitions[partition];
      if (queue === undefined) {
        queue = new PartitionQueue(topic, partition);
        partitions[partition] = queue;
        queues.push(queue);
      }
      return queue;
    };
    batches.forEach((given, batch) => {
      const { topic } = given;
      const count = counts[batch] as number;
      if ('batch' in given) {
        queueOf(topic, given.partition, count).pushEncoded(given.batch as BatchBuilder, batch);
        return;
      }
      let keyless = -1;
      for (let index = 0; index < given.records.length; index++) {
        const record = given.records[index] as ProducerRecord;
        let { partition } = record;
        if (partition === undefined) {
          if (record.key !== null) partition = partitionFor(record.key, count);
          else partition = keyless < 0 ? (keyless = this.nextSticky(topic, count)) : keyless;
        }
        queueOf(topic, partition, count).push({ record, batch, index, size: recordSize(record) });
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
