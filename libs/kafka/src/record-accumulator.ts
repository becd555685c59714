import { partitionFor } from './partitioner.js';
import type { SendBatch } from './port/producer.js';
import type { Header, ProducerRecord } from './port/records.js';
import { BatchBuilder, recordSize } from './wire/record-batch-writer.js';

/** A batch takes no record that would make it larger; below the broker's default `max.message.bytes`. Bytes. */
const BATCH_BYTES = 1_000_000;

/**
 * Collects records for a producer's next `send`, each encoded into its partition's batch as it comes, by Java's default
 * partitioner: nothing else is kept of it. Of a topic whose partitions are not known yet the records are kept instead;
 * the first `send` looks it up.
 */
export class RecordAccumulator {
  readonly #partitionCount: (topic: string) => number | undefined;
  readonly #topics = new Map<string, TopicBatches>();
  #bytes = 0;

  constructor(partitionCount: (topic: string) => number | undefined) {
    this.#partitionCount = partitionCount;
  }

  /** Of all that was appended since {@link take}, before any compression. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @param partition where absent: by the key; without a key, one partition until {@link take} */
  append(
    topic: string,
    key: Buffer | null,
    value: Buffer | null,
    headers: readonly Header[],
    timestamp: number,
    partition?: number,
  ): void {
    let batches = this.#topics.get(topic);
    if (batches === undefined) {
      batches = new TopicBatches(topic);
      this.#topics.set(topic, batches);
    }
    if (batches.idle) batches.begin(this.#partitionCount(topic));
    this.#bytes += batches.append(key, value, headers, timestamp, partition);
  }

  /** Empties it. What was appended to a partition is in order. */
  take(): readonly SendBatch[] {
    const all: SendBatch[] = [];
    for (const batches of this.#topics.values()) batches.take(all);
    this.#bytes = 0;
    return all;
  }
}

class TopicBatches {
  readonly #topic: string;
  /** Nothing was appended since the last take. */
  idle = true;
  #count: number | undefined;
  #keyless = -1;
  #records: ProducerRecord[] = [];
  /** Of each partition the batch that grows. */
  #open: (BatchBuilder | undefined)[] = [];
  #full: { readonly partition: number; readonly batch: BatchBuilder }[] = [];
  /** What a partition's batch had last time, so that the next need not grow. Bytes. */
  readonly #sizes: number[] = [];

  constructor(topic: string) {
    this.#topic = topic;
  }

  begin(count: number | undefined): void {
    this.idle = false;
    this.#count = count;
    if (count !== undefined)
      this.#keyless = (Math.max(this.#keyless, Math.floor(Math.random() * count)) + 1) % count;
  }

  /** @returns bytes that were added */
  append(
    key: Buffer | null,
    value: Buffer | null,
    headers: readonly Header[],
    timestamp: number,
    partition: number | undefined,
  ): number {
    const count = this.#count;
    if (count === undefined || (partition !== undefined && (partition < 0 || partition >= count))) {
      // What is wrong with the partition is for the send to say.
      const record =
        partition === undefined
          ? { key, value, headers, timestamp }
          : { key, value, headers, timestamp, partition };
      this.#records.push(record);
      return recordSize(record);
    }
    const to = partition ?? (key === null ? this.#keyless : partitionFor(key, count));
    let batch = this.#open[to];
    if (batch === undefined) {
      batch = new BatchBuilder(this.#sizes[to]);
      this.#open[to] = batch;
    }
    const before = batch.size;
    if (batch.append(key, value, headers, timestamp, BATCH_BYTES)) return batch.size - before;
    this.#full.push({ partition: to, batch });
    batch = new BatchBuilder(BATCH_BYTES);
    this.#open[to] = batch;
    batch.append(key, value, headers, timestamp, BATCH_BYTES);
    return batch.size;
  }

  take(into: SendBatch[]): void {
    const topic = this.#topic;
    if (this.#records.length > 0) into.push({ topic, records: this.#records });
    this.#records = [];
    for (const { partition, batch } of this.#full) into.push({ topic, partition, batch });
    this.#full = [];
    for (let partition = 0; partition < this.#open.length; partition++) {
      const batch = this.#open[partition];
      if (batch === undefined) continue;
      into.push({ topic, partition, batch });
      this.#sizes[partition] = batch.size;
      this.#open[partition] = undefined;
    }
    this.idle = true;
  }
}
