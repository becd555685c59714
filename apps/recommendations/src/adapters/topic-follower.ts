import {
  KafkaError,
  type ConsumedRecord,
  type KafkaClient,
  type KafkaLogger,
  type PartitionOffset,
  type RecordBatch,
} from '@mesh/kafka';
import type { AvroSerde } from '@mesh/serde';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Table } from '../domain/table.js';

export interface TopicFollowerOptions<T> {
  readonly kafka: KafkaClient;
  readonly topic: string;
  readonly serde: Pick<AvroSerde<T>, 'prepare' | 'deserialize'>;
  readonly table: Table<T>;
  readonly log: KafkaLogger;
  /** Told of each record that cannot be read; it is passed over. */
  readonly onUnreadable?: () => void;
}

const POLL_MS = 500;
const RETRY_MS = 500;

/**
 * Keeps a {@link Table} equal to a compacted topic, from its beginning on. Every instance reads all partitions, so there
 * is no group, and nothing to commit: the topic is read anew at each start.
 */
export class TopicFollower<T> {
  readonly #options: TopicFollowerOptions<T>;
  readonly #stop = new AbortController();
  /** By partition, the next offset to read. */
  readonly #positions = new Map<number, number>();
  /** By partition, where its end was at the start; emptied as they are reached. `undefined` until known. */
  #ends: Map<number, number> | undefined;
  #reason: string;

  constructor(options: TopicFollowerOptions<T>) {
    this.#options = options;
    this.#reason = `the topic ${options.topic} has not been looked at`;
  }

  /** `true` once everything that was there at the start has been read; else the reason why not. */
  ready(): true | string {
    if (this.#ends?.size === 0) return true;
    return this.#reason;
  }

  /** Follows until closed; outages of broker and registry are waited for. */
  async run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#follow();
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        if (!isRetriable(error)) throw error;
        this.#options.log.warn(
          { err: error, topic: this.#options.topic },
          'following the topic is interrupted',
        );
        if (error instanceof KafkaError && error.code === 'OFFSET_OUT_OF_RANGE') this.#positions.clear();
        await this.#pause();
      }
    }
  }

  close(): void {
    this.#stop.abort();
  }

  async #follow(): Promise<void> {
    const from = await this.#locate();
    if (from === undefined) {
      this.#reason = `the topic ${this.#options.topic} does not exist yet`;
      return this.#pause();
    }
    const reader = await this.#options.kafka.reader(from);
    try {
      this.#checkCaughtUp();
      while (!this.#stop.signal.aborted) {
        for (const batch of await reader.poll(POLL_MS)) {
          await this.#apply(batch);
          this.#positions.set(batch.partition, batch.nextOffset);
        }
        this.#checkCaughtUp();
      }
    } finally {
      await reader.close();
    }
  }

  /** Where to go on in each partition; `undefined` while there is no such topic. */
  async #locate(): Promise<readonly PartitionOffset[] | undefined> {
    const { kafka, topic } = this.#options;
    const admin = kafka.admin();
    try {
      const [description] = await admin.describeTopics([topic]);
      if (description === undefined) return undefined;
      const partitions = Array.from({ length: description.partitions }, (_, partition) => ({
        topic,
        partition,
      }));
      for (const { partition, offset } of await admin.beginningOffsets(partitions)) {
        this.#positions.set(partition, Math.max(offset, this.#positions.get(partition) ?? 0));
      }
      this.#ends ??= new Map(
        (await admin.endOffsets(partitions)).map(({ partition, offset }) => [partition, offset]),
      );
      return partitions.map(({ partition }) => ({
        topic,
        partition,
        offset: this.#positions.get(partition) ?? 0,
      }));
    } finally {
      await admin.close();
    }
  }

  async #apply({ topic, partition, records }: RecordBatch): Promise<void> {
    const { table, log, onUnreadable } = this.#options;
    for (const record of records) {
      try {
        if (record.value === null) table.remove(record.key?.toString('utf8') ?? '');
        else table.apply(await this.#read(topic, record, record.value));
      } catch (error) {
        if (isRetriable(error)) throw error;
        // A read model of one topic has no use for a dead letter: the topic itself keeps the record.
        log.error(
          { err: error, topic, partition, offset: record.offset },
          'a record cannot be read; passed over',
        );
        onUnreadable?.();
      }
    }
  }

  async #read(topic: string, record: ConsumedRecord, value: Buffer): Promise<T> {
    const { serde } = this.#options;
    const schema = serde.prepare(topic, value);
    if (schema !== undefined) await schema;
    return serde.deserialize(topic, value, record.headers);
  }

  #checkCaughtUp(): void {
    const ends = this.#ends;
    if (ends === undefined || ends.size === 0) return;
    for (const [partition, end] of ends) {
      if ((this.#positions.get(partition) ?? 0) >= end) ends.delete(partition);
    }
    this.#reason = `${ends.size} partitions of ${this.#options.topic} are still to be read to their end`;
  }

  async #pause(): Promise<void> {
    await sleep(RETRY_MS, undefined, { signal: this.#stop.signal }).catch((error: unknown) => {
      if (!this.#stop.signal.aborted) throw error;
    });
  }
}

/** An outage, of Kafka or of the schema registry; an offset no longer there is read again from the beginning. */
function isRetriable(error: unknown): boolean {
  if (error instanceof KafkaError && error.code === 'OFFSET_OUT_OF_RANGE') return true;
  return error instanceof Error && (error as { retriable?: unknown }).retriable === true;
}
