import type { ConsumedRecord, Header } from '@mesh/kafka';
import type { RecordMetadata } from '../record.js';
import type { Hold } from './offsets.js';

/**
 * The record under way in a task: one object for the task's life, overwritten for each record, so that an operator
 * is a call of `(key, value)` and nothing is allocated. What goes on later works on a copy.
 */
export class RecordContext implements RecordMetadata {
  topic = '';
  partition = 0;
  offset = 0;
  timestamp = 0;
  headers: readonly Header[] = NO_HEADERS;
  /** As it was read: its bytes are what an untouched key or value is written on as, and what a dead letter holds. */
  record: ConsumedRecord = NO_RECORD;
  /** Keeps the record's offset from being committed while something of it is still under way. */
  hold: Hold | undefined = undefined;

  /** Goes over to a record as it was read. */
  begin(topic: string, partition: number, record: ConsumedRecord): void {
    this.topic = topic;
    this.partition = partition;
    this.offset = record.offset;
    this.timestamp = record.timestamp;
    this.headers = record.headers;
    this.record = record;
    this.hold = undefined;
  }

  copyFrom(other: RecordContext): void {
    this.topic = other.topic;
    this.partition = other.partition;
    this.offset = other.offset;
    this.timestamp = other.timestamp;
    this.headers = other.headers;
    this.record = other.record;
    this.hold = other.hold;
  }

  /** Begins a punctuation: what comes of it has its time, and nothing else of a record. */
  punctuate(timestamp: number): void {
    this.topic = '';
    this.partition = -1;
    this.offset = -1;
    this.timestamp = timestamp;
    this.headers = NO_HEADERS;
    this.record = NO_RECORD;
    this.hold = undefined;
  }

  snapshot(): RecordContext {
    const copy = new RecordContext();
    copy.copyFrom(this);
    return copy;
  }
}

const NO_HEADERS: readonly Header[] = [];
/** In a punctuation: no record brought it about. */
export const NO_RECORD: ConsumedRecord = {
  key: null,
  value: null,
  headers: NO_HEADERS,
  timestamp: 0,
  offset: 0,
};
