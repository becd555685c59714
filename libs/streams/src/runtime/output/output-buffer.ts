import { RecordAccumulator, type Header, type SendBatch } from '@mesh/kafka';
import type { RecordCollector } from '../collector.js';
import type { RecordLimits } from './record-limits.js';

/** Records on their way out, in the order they came, encoded for the producer that they go to. */
export class OutputBuffer implements RecordCollector {
  readonly #limits: RecordLimits;
  readonly #records: RecordAccumulator;

  /** @param partitionCount of a topic, where its producer knows it */
  constructor(limits: RecordLimits, partitionCount: (topic: string) => number | undefined) {
    this.#limits = limits;
    this.#records = new RecordAccumulator(partitionCount);
  }

  get bytes(): number {
    return this.#records.bytes;
  }

  send(
    topic: string,
    key: Buffer | null,
    value: Buffer | null,
    headers: readonly Header[],
    timestamp: number,
    partition?: number,
  ): void {
    this.#limits.check(topic, key, value, headers, timestamp);
    this.#records.append(topic, key, value, headers, timestamp, partition);
  }

  /** Empties the buffer. */
  take(): readonly SendBatch[] {
    return this.#records.take();
  }
}
