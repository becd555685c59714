import { RecordAccumulator, type Header, type Producer, type SendBatch } from '@mesh/kafka';
import type { PartitionCounts, RecordCollector } from '../collector.js';
import type { RecordLimits } from './record-limits.js';

/** Records on their way out, in the order they came, encoded for the producer that they go to. */
export class OutputBuffer implements RecordCollector {
  readonly partitions: PartitionCounts;
  readonly #limits: RecordLimits;
  readonly #records: RecordAccumulator;

  /** @param producer knows how many partitions topics have */
  constructor(limits: RecordLimits, producer: Pick<Producer, 'partitionCount' | 'partitionsFor'>) {
    const known = (topic: string): number | undefined => producer.partitionCount?.(topic);
    this.#limits = limits;
    this.#records = new RecordAccumulator(known);
    this.partitions = { known, ask: (topic) => producer.partitionsFor(topic) };
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
