import type { Header } from '@mesh/kafka';

/**
 * Where the record being processed came from, and its time. The object is reused for the next record: copy what must
 * outlive the call (`mapAsync` hands out a copy of its own).
 */
export interface RecordMetadata {
  /** Topic, partition and offset of the source record. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since the epoch: the record's, or what the timestamp extractor or an aggregation made of it. */
  readonly timestamp: number;
  readonly headers: readonly Header[];
}

/**
 * A key in a window of time.
 *
 * `start` inclusive and `end` exclusive, milliseconds since the epoch.
 */
export class Windowed<K> {
  readonly key: K;
  readonly start: number;
  readonly end: number;

  constructor(key: K, start: number, end: number) {
    this.key = key;
    this.start = start;
    this.end = end;
  }
}
