import type { ConsumedRecord, RecordBatch } from '@mesh/kafka';
import type { CompiledSource } from './compile.js';
import { OffsetTracker } from './offsets.js';
import type { StampedRecord } from './operators/source.js';

/** What was fetched of one source partition and is not processed yet. */
export class PartitionQueue {
  readonly source: CompiledSource;
  readonly offsets: OffsetTracker;
  /** The offset after the last record there is to read, as of the last fetch; −1 before. */
  highWatermark = -1;
  /** The head record's `prepare` is under way: nothing is taken from this partition until it has ended. */
  preparing = false;
  /** The head record's `prepare` said that it never can be read. */
  prepareFailure:
    { readonly stage: 'KEY_CONVERTER' | 'VALUE_CONVERTER'; readonly error: unknown } | undefined;
  /** The head record with its time, once its source's timestamp extractor was asked for that. */
  stamped: StampedRecord | undefined;
  /** The latest time that the extractor gave a record taken from here; −1 before the first. */
  partitionTime = -1;
  #batches: RecordBatch[] = [];
  #index = 0;

  constructor(source: CompiledSource, topic: string, partition: number) {
    this.source = source;
    this.offsets = new OffsetTracker(topic, partition);
  }

  add(batch: RecordBatch): void {
    this.highWatermark = batch.highWatermark;
    this.#batches.push(batch);
    this.#skipEnd();
  }

  get head(): ConsumedRecord | undefined {
    return this.#batches[0]?.records[this.#index];
  }

  /** Whether the head record's time is still to be asked for. */
  get unstamped(): boolean {
    return this.source.stamp !== undefined && this.stamped === undefined && !this.empty;
  }

  /** The time that the head record is chosen by; −1 while it is not known. */
  timeOf(head: ConsumedRecord): number {
    if (this.source.stamp === undefined) return head.timestamp;
    return this.stamped?.timestamp ?? -1;
  }

  /** Takes the head record away: it is processed, or left out. */
  advance(record: ConsumedRecord): void {
    this.stamped = undefined;
    this.offsets.position = record.offset + 1;
    this.#index += 1;
    this.#skipEnd();
  }

  /** Records there are to read behind those processed. */
  get lag(): number {
    return this.offsets.position < 0 ? 0 : Math.max(0, this.highWatermark - this.offsets.position);
  }

  get empty(): boolean {
    return this.#batches.length === 0;
  }

  #skipEnd(): void {
    for (let batch = this.#batches[0]; batch !== undefined; batch = this.#batches[0]) {
      if (this.#index < batch.records.length) return;
      // Past what holds no record for us too: transaction markers, compacted and aborted records.
      this.offsets.position = batch.nextOffset;
      this.#batches.shift();
      this.#index = 0;
    }
  }
}
