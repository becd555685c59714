import { SendError, type Header, type ProducerRecord, type SendBatch } from '@mesh/kafka';
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
  /** The least of all limits. */
  #least: number;
  /** By topic and time, which are at hand: only a record that has both is looked at closer. */
  readonly #refused = new Map<string, Map<string, Error>>();
  #refusedCount = 0;
  #learned = 0;

  constructor(maxRecordBytes: number) {
    this.#default = maxRecordBytes;
    this.#least = maxRecordBytes;
  }

  /** Bytes. A dead letter is as large as what was read, whatever may be written: only its topic sets a limit. */
  of(topic: string): number {
    return this.#sizes.get(topic) ?? (isDeadLetterTopic(topic) ? Number.POSITIVE_INFINITY : this.#default);
  }

  /** How often something was learned: after an error by which it has grown, doing the same again ends otherwise. */
  get learned(): number {
    return this.#learned;
  }

  /** @throws RecordTooLargeError, RecordRefusedError */
  check(
    topic: string,
    key: Buffer | null,
    value: Buffer | null,
    headers: readonly Header[],
    timestamp: number,
  ): void {
    const size = sizeOf(key, value, headers);
    // Nearly all are far below every limit.
    if (size > this.#least) {
      const limit = this.of(topic);
      if (size > limit) {
        throw new RecordTooLargeError(`a record of ${size} bytes for ${topic}, which takes ${limit}`);
      }
    }
    const cause = this.#refusedCount === 0 ? undefined : this.#refusal(topic, { key, value, timestamp });
    if (cause !== undefined) throw new RecordRefusedError(cause.message, { cause });
  }

  /** Learns from an error of sending. */
  learn(error: unknown, sent: readonly SendBatch[]): void {
    if (!(error instanceof SendError)) return;
    const records = new Map<SendBatch, readonly ProducerRecord[]>();
    for (const { batch, record: index, error: cause } of error.failures) {
      const from = sent[batch];
      if (from === undefined) continue;
      let all = records.get(from);
      if (all === undefined) records.set(from, (all = recordsOf(from)));
      const record = all[index];
      if (record === undefined) continue;
      const { topic } = from;
      const { key, value, headers = NONE } = record;
      if (cause.code === 'TOO_LARGE') this.#learnSize(topic, sizeOf(key, value, headers));
      if (cause.code === 'REFUSED') this.#learnRefusal(topic, record, cause);
    }
  }

  #learnSize(topic: string, size: number): void {
    if (size > this.of(topic)) return;
    this.#sizes.set(topic, size - 1);
    if (size - 1 < this.#least) this.#least = size - 1;
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

  #refusal(topic: string, record: Refusable): Error | undefined {
    return this.#refused.get(placeOf(topic, record))?.get(fingerprint(record));
  }
}

type Refusable = Pick<ProducerRecord, 'key' | 'value' | 'timestamp'>;

function placeOf(topic: string, { timestamp }: Refusable): string {
  return `${topic}@${timestamp}`;
}

function fingerprint({ key, value }: Refusable): string {
  const hash = createHash('sha1');
  hash.update(key === null ? 'null' : `${key.length}:`);
  if (key !== null) hash.update(key);
  if (value !== null) hash.update(value);
  return hash.digest('base64');
}

function sizeOf(key: Buffer | null, value: Buffer | null, headers: readonly Header[]): number {
  let size = BATCH_OVERHEAD + RECORD_OVERHEAD;
  if (key !== null) size += key.length;
  if (value !== null) size += value.length;
  for (const [name, data] of headers) size += Buffer.byteLength(name) + (data?.length ?? 0) + 8;
  return size;
}

function recordsOf(sent: SendBatch): readonly ProducerRecord[] {
  return 'batch' in sent ? sent.batch.decoded() : sent.records;
}

const NONE: readonly Header[] = [];
