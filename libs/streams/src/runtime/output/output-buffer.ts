import { SendError, type Header, type ProducerRecord, type TopicRecords } from '@mesh/kafka';
import { RecordTooLargeError, type RecordCollector } from '../collector.js';

/** What a record costs in a batch besides key, value and headers, at most. Bytes. */
const RECORD_OVERHEAD = 21;
/** A record is alone in its batch at worst. Bytes. */
const BATCH_OVERHEAD = 61;

/** The largest record each topic takes; what the broker refused is learned. */
export class RecordLimits {
  readonly #default: number;
  readonly #topics = new Map<string, number>();

  constructor(maxRecordBytes: number) {
    this.#default = maxRecordBytes;
  }

  of(topic: string): number {
    return this.#topics.get(topic) ?? this.#default;
  }

  /** Learns from records that a broker refused for their size, so that they are dead letters the next time. */
  learn(error: unknown, sent: readonly TopicRecords[]): void {
    if (!(error instanceof SendError)) return;
    for (const { batch, record, error: cause } of error.failures) {
      const refused = sent[batch]?.records[record];
      const topic = sent[batch]?.topic;
      if (cause.code !== 'TOO_LARGE' || refused === undefined || topic === undefined) continue;
      const size = recordSize(refused.key, refused.value, refused.headers ?? []);
      if (size <= this.of(topic)) this.#topics.set(topic, size - 1);
    }
  }
}

/** Records on their way out, by topic, in the order they came. */
export class OutputBuffer implements RecordCollector {
  readonly #limits: RecordLimits;
  #topics = new Map<string, ProducerRecord[]>();
  #bytes = 0;

  constructor(limits: RecordLimits) {
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#bytes;
  }

  send(
    topic: string,
    key: Buffer | null,
    value: Buffer | null,
    headers: readonly Header[],
    timestamp: number,
    partition?: number,
  ): void {
    const size = recordSize(key, value, headers);
    if (size > this.#limits.of(topic)) {
      throw new RecordTooLargeError(
        `a record of ${size} bytes for ${topic}, which takes ${this.#limits.of(topic)}`,
      );
    }
    this.#bytes += size;
    let records = this.#topics.get(topic);
    if (records === undefined) {
      records = [];
      this.#topics.set(topic, records);
    }
    records.push(
      partition === undefined
        ? { key, value, headers, timestamp }
        : { key, value, headers, timestamp, partition },
    );
  }

  /** Empties the buffer. */
  take(): TopicRecords[] {
    const batches = Array.from(this.#topics, ([topic, records]) => ({ topic, records }));
    this.#topics = new Map();
    this.#bytes = 0;
    return batches;
  }
}

function recordSize(key: Buffer | null, value: Buffer | null, headers: readonly Header[]): number {
  let size = BATCH_OVERHEAD + RECORD_OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0);
  for (const [name, data] of headers) size += Buffer.byteLength(name) + (data?.length ?? 0) + 8;
  return size;
}
