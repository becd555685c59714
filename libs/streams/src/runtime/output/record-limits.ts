import { SendError, type Header, type ProducerRecord, type TopicRecords } from '@mesh/kafka';
import { createHash } from 'node:crypto';
import { RecordRefusedError, RecordTooLargeError } from '../collector.js';
import { isDeadLetterTopic } from '../dead-letters.js';

/** What a record costs in a batch besides key, value and headers, at most. Bytes. */
const RECORD_OVERHEAD = 21;
/** A record is alone in its batch at worst. Bytes. */
const BATCH_OVERHEAD = 61;
/** Refused records that are remembered; the oldest are forgotten first. */
const MOST_REFUSED = 100_000;

/**
 * What the broker takes: the largest record of each topic, and all but the very records that it refused (for their
 * time, or for want of a key). It is told of a refusal when the transaction is void already; what it learns makes the
 * record fail by itself, with its source record, when that is processed again.
 */
export class RecordLimits {
  readonly #default: number;
  readonly #sizes = new Map<string, number>();
  /** By topic and time, which are at hand: only a record that has both is looked at closer. */
  readonly #refused = new Map<string, Map<string, Error>>();
  #refusedCount = 0;
  #learned = 0;

  constructor(maxRecordBytes: number) {
    this.#default = maxRecordBytes;
  }

  /** Bytes. A dead letter is as large as what was read, whatever may be written: only its topic sets a limit. */
  of(topic: string): number {
    return this.#sizes.get(topic) ?? (isDeadLetterTopic(topic) ? Number.POSITIVE_INFINITY : this.#default);
  }

  /** How often something was learned: after an error by which it has grown, doing the same again ends otherwise. */
  get learned(): number {
    return this.#learned;
  }

  /**
   * @returns the record's size in bytes
   * @throws RecordTooLargeError, RecordRefusedError
   */
  check(topic: string, record: ProducerRecord): number {
    const size = recordSize(record);
    if (size > this.of(topic)) {
      throw new RecordTooLargeError(`a record of ${size} bytes for ${topic}, which takes ${this.of(topic)}`);
    }
    const cause = this.#refusedCount === 0 ? undefined : this.#refusal(topic, record);
    if (cause !== undefined) throw new RecordRefusedError(cause.message, { cause });
    return size;
  }

  /** Learns from an error of sending. */
  learn(error: unknown, sent: readonly TopicRecords[]): void {
    if (!(error instanceof SendError)) return;
    for (const { batch, record: index, error: cause } of error.failures) {
      const record = sent[batch]?.records[index];
      const topic = sent[batch]?.topic;
      if (record === undefined || topic === undefined) continue;
      if (cause.code === 'TOO_LARGE') this.#learnSize(topic, recordSize(record));
      if (cause.code === 'REFUSED') this.#learnRefusal(topic, record, cause);
    }
  }

  #learnSize(topic: string, size: number): void {
    if (size > this.of(topic)) return;
    this.#sizes.set(topic, size - 1);
    this.#learned += 1;
  }

  #learnRefusal(topic: string, record: ProducerRecord, cause: Error): void {
    const place = placeOf(topic, record);
    const records = this.#refused.get(place) ?? new Map<string, Error>();
    const before = records.size;
    records.set(fingerprint(record), cause);
    this.#refused.set(place, records);
    if (records.size === before) return;
    this.#refusedCount += 1;
    this.#learned += 1;
    for (const [oldest, forgotten] of this.#refused) {
      if (this.#refusedCount <= MOST_REFUSED) break;
      this.#refused.delete(oldest);
      this.#refusedCount -= forgotten.size;
    }
  }

  #refusal(topic: string, record: ProducerRecord): Error | undefined {
    return this.#refused.get(placeOf(topic, record))?.get(fingerprint(record));
  }
}

function placeOf(topic: string, { timestamp }: ProducerRecord): string {
  return `${topic}@${timestamp}`;
}

function fingerprint({ key, value }: ProducerRecord): string {
  const hash = createHash('sha1');
  hash.update(key === null ? 'null' : `${key.length}:`);
  if (key !== null) hash.update(key);
  if (value !== null) hash.update(value);
  return hash.digest('base64');
}

function recordSize({ key, value, headers = NONE }: ProducerRecord): number {
  let size = BATCH_OVERHEAD + RECORD_OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0);
  for (const [name, data] of headers) size += Buffer.byteLength(name) + (data?.length ?? 0) + 8;
  return size;
}

const NONE: readonly Header[] = [];
