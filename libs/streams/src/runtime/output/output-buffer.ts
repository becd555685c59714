import type { Header, ProducerRecord, TopicRecords } from '@mesh/kafka';
import type { RecordCollector } from '../collector.js';
import type { RecordLimits } from './record-limits.js';

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
    const record: ProducerRecord =
      partition === undefined
        ? { key, value, headers, timestamp }
        : { key, value, headers, timestamp, partition };
    this.#bytes += this.#limits.check(topic, record);
    let records = this.#topics.get(topic);
    if (records === undefined) {
      records = [];
      this.#topics.set(topic, records);
    }
    records.push(record);
  }

  /** Empties the buffer. */
  take(): TopicRecords[] {
    const batches = Array.from(this.#topics, ([topic, records]) => ({ topic, records }));
    this.#topics = new Map();
    this.#bytes = 0;
    return batches;
  }
}
