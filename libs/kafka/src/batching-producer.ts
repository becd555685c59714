import { KafkaError, SendError } from './port/errors.js';
import type { Producer, TopicRecords } from './port/producer.js';
import type { ProducerRecord } from './port/records.js';

export interface BatchingProducerOptions {
  /** How long the first record of a batch waits for others. Milliseconds, default 5; 0 sends at once what is there. */
  readonly lingerMs?: number;
  /** A batch that is so large goes at once. Bytes of keys, values and headers, default 512 KiB. */
  readonly maxBatchBytes?: number;
  /** As {@link maxBatchBytes}, in records. Default 5,000. */
  readonly maxBatchRecords?: number;
  /** Records not yet acknowledged; beyond it {@link BatchingProducer.send} waits. Bytes, default 16 MiB. */
  readonly maxBufferedBytes?: number;
  /** How long a send waits for room in the buffer before it is rejected. Milliseconds, default 1,000. */
  readonly maxBlockMs?: number;
}

interface Waiting {
  readonly topic: string;
  readonly record: ProducerRecord;
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Blocked {
  readonly entry: Waiting;
  readonly timer: NodeJS.Timeout;
}

const RECORD_OVERHEAD = 32;

/**
 * Collects single records into batches for a {@link Producer}: for services that get records one by one and answer
 * each when it is acknowledged. One request is under way at a time; what comes meanwhile makes the next batch, so that
 * batches grow with the load. Records are written in the order of the calls.
 *
 * A record the broker refuses fails alone. Takes the producer over: {@link close} closes it.
 */
export class BatchingProducer {
  private readonly producer: Producer;
  private readonly lingerMs: number;
  private readonly maxBatchBytes: number;
  private readonly maxBatchRecords: number;
  private readonly maxBufferedBytes: number;
  private readonly maxBlockMs: number;
  private waiting: Waiting[] = [];
  private waitingBytes = 0;
  private bufferedBytes = 0;
  private readonly blocked: Blocked[] = [];
  private linger: NodeJS.Timeout | undefined;
  private sending: Promise<void> | undefined;
  private inFlight = 0;
  private closed = false;
  private flushing = false;

  constructor(producer: Producer, options: BatchingProducerOptions = {}) {
    this.producer = producer;
    this.lingerMs = options.lingerMs ?? 5;
    this.maxBatchBytes = options.maxBatchBytes ?? 512 * 1024;
    this.maxBatchRecords = options.maxBatchRecords ?? 5000;
    this.maxBufferedBytes = options.maxBufferedBytes ?? 16 * 1024 * 1024;
    this.maxBlockMs = options.maxBlockMs ?? 1000;
  }

  /** Whether the buffer is full, so that {@link send} would wait: a service can then refuse work it has not begun. */
  get full(): boolean {
    return this.bufferedBytes >= this.maxBufferedBytes;
  }

  /** Records sent and not settled. */
  get pending(): number {
    return this.waiting.length + this.inFlight + this.blocked.length;
  }

  /**
   * Settles when the record is acknowledged.
   * @throws KafkaError as {@link Producer.send}, of this record; UNAVAILABLE where the buffer stays full; CLOSED
   */
  send(topic: string, record: ProducerRecord): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.closed) {
        reject(new KafkaError('CLOSED', 'the batching producer is closed'));
        return;
      }
      const entry: Waiting = { topic, record, bytes: sizeOf(record), resolve, reject };
      // A single record above the whole buffer still goes, alone. Those that wait already come first.
      const fits = this.bufferedBytes === 0 || this.bufferedBytes + entry.bytes <= this.maxBufferedBytes;
      if (fits && this.blocked.length === 0) this.enqueue(entry);
      else this.block(entry);
    });
  }

  /** Sends what waits now, and settles when everything sent before is settled. Never rejects: the sends do. */
  async flush(): Promise<void> {
    this.flushing = true;
    while (this.waiting.length > 0 || this.sending !== undefined || this.blocked.length > 0) {
      this.startSending();
      await this.sending;
    }
    this.flushing = false;
  }

  /** Takes no more records, sends what waits, and closes the producer. Idempotent. */
  async close(): Promise<void> {
    this.closed = true;
    await this.flush();
    await this.producer.close();
  }

  private enqueue(entry: Waiting): void {
    this.waiting.push(entry);
    this.waitingBytes += entry.bytes;
    this.bufferedBytes += entry.bytes;
    if (this.sending !== undefined) return;
    if (this.lingerMs === 0 || this.flushing || this.batchFull()) {
      // With no linger, what one turn of the event loop brings still goes together.
      if (this.lingerMs === 0 && !this.batchFull()) this.linger ??= setTimeout(() => this.startSending(), 0);
      else this.startSending();
    } else {
      this.linger ??= setTimeout(() => this.startSending(), this.lingerMs);
    }
  }

  private block(entry: Waiting): void {
    const timer = setTimeout(() => {
      const index = this.blocked.findIndex((blocked) => blocked.entry === entry);
      if (index >= 0) this.blocked.splice(index, 1);
      const message = `no room for a record of ${entry.topic} within ${this.maxBlockMs} ms: ${this.bufferedBytes} bytes wait for the broker`;
      entry.reject(new KafkaError('UNAVAILABLE', message));
    }, this.maxBlockMs);
    this.blocked.push({ entry, timer });
  }

  private batchFull(): boolean {
    return this.waitingBytes >= this.maxBatchBytes || this.waiting.length >= this.maxBatchRecords;
  }

  private startSending(): void {
    clearTimeout(this.linger);
    this.linger = undefined;
    if (this.sending !== undefined || this.waiting.length === 0) return;
    this.sending = this.sendAll().finally(() => {
      this.sending = undefined;
      // Came between the last batch and now.
      if (this.waiting.length > 0) this.startSending();
    });
  }

  /** Batch after batch, until nothing waits: after a round trip the linger of what waits is over as a rule. */
  private async sendAll(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.nextBatch();
      this.inFlight = batch.length;
      await this.sendBatch(batch);
      this.inFlight = 0;
      for (const { bytes } of batch) this.bufferedBytes -= bytes;
      this.unblock();
    }
  }

  private nextBatch(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const entry of this.waiting) {
      if (count > 0 && (count >= this.maxBatchRecords || bytes + entry.bytes > this.maxBatchBytes)) break;
      bytes += entry.bytes;
      count++;
    }
    const batch = this.waiting.splice(0, count);
    this.waitingBytes -= bytes;
    return batch;
  }

  private async sendBatch(batch: readonly Waiting[]): Promise<void> {
    const topics = new Map<string, Waiting[]>();
    for (const entry of batch) {
      const entries = topics.get(entry.topic);
      if (entries === undefined) topics.set(entry.topic, [entry]);
      else entries.push(entry);
    }
    const groups = [...topics.values()];
    try {
      await this.producer.send(
        Array.from(topics, ([topic, entries]): TopicRecords => ({
          topic,
          records: entries.map(({ record }) => record),
        })),
      );
      for (const { resolve } of batch) resolve();
    } catch (error) {
      if (error instanceof SendError) this.settleEach(groups, error);
      else if (groups.length > 1 && error instanceof KafkaError && error.code === 'UNKNOWN_TOPIC') {
        // Nothing was written: one topic does not exist, the others are no worse for it.
        for (const group of groups) await this.sendBatch(group);
      } else {
        for (const { reject } of batch) reject(error);
      }
    }
  }

  private settleEach(groups: readonly (readonly Waiting[])[], { failures }: SendError): void {
    const failed = new Map(failures.map(({ batch, record, error }) => [`${batch}/${record}`, error]));
    groups.forEach((entries, batch) =>
      entries.forEach(({ resolve, reject }, index) => {
        const error = failed.get(`${batch}/${index}`);
        if (error === undefined) resolve();
        else reject(error);
      }),
    );
  }

  private unblock(): void {
    for (let next = this.blocked[0]; next !== undefined; next = this.blocked[0]) {
      if (this.bufferedBytes > 0 && this.bufferedBytes + next.entry.bytes > this.maxBufferedBytes) return;
      this.blocked.shift();
      clearTimeout(next.timer);
      this.enqueue(next.entry);
    }
  }
}

function sizeOf(record: ProducerRecord): number {
  let bytes = RECORD_OVERHEAD + (record.key?.length ?? 0) + (record.value?.length ?? 0);
  for (const [name, value] of record.headers ?? []) bytes += name.length + (value?.length ?? 0);
  return bytes;
}
