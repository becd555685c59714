import type { Header } from '@mesh/kafka';

/** A record at the end of a topology, with the place of the source record it came from. */
export interface SinkRecord<K, V> {
  readonly key: K;
  readonly value: V;
  readonly headers: readonly Header[];
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** The record's own fault: no retry will help, it goes to the dead letters. Any other error stops the task. */
export class RejectedRecordError extends Error {
  override readonly name = 'RejectedRecordError';
  /** A stable name of the reason, as `ValidationException` or `PROPERTIES_TOO_LONG`. */
  readonly reason: string;

  constructor(reason: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.reason = reason;
  }
}

/**
 * An external system that records are written to, at least once and idempotently: writing a record again leaves the
 * same end state. It batches, limits its rate and retries what is retryable by itself, for as long as it takes.
 */
export interface Sink<K, V> {
  /**
   * Takes a record over. `done` is called once, later or at once: without an error when the effect is durable, with
   * a {@link RejectedRecordError} where the record can never be written. Records of one key take effect in order.
   */
  write(record: SinkRecord<K, V>, done: (error?: Error) => void): void;
  /** Sends what waits for a batch to fill now, and settles when every write before it is done. */
  flush(): Promise<void>;
  /** Stops; writes not done are given up, their `done` is never called, and their offsets stay uncommitted. */
  close(): Promise<void>;
}
