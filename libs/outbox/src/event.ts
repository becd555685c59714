import type { Header } from '@mesh/kafka';

/** A change of one aggregate, as it is written beside the business data and later becomes one Kafka record. */
export interface OutboxEvent {
  /** A UUID, the same on each repeated delivery: consumers deduplicate by it. */
  readonly eventId: string;
  readonly topic: string;
  /** Which aggregate changed; its UTF-8 bytes are the record's key. */
  readonly aggregateId: string;
  /** Revision of the aggregate after this change. The first is 1, and none is left out, also over a deletion. */
  readonly version: number;
  /** Milliseconds since the epoch, UTC; the record's timestamp. */
  readonly occurredAt: number;
  /** Framed for the topic's readers when it is written, so that the relay needs no schema; `null` is a tombstone. */
  readonly value: Buffer | null;
  /** CloudEvents attributes. A tombstone has no body, so they alone carry its event id and correlation id. */
  readonly headers: readonly Header[];
}
