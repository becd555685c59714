/**
 * - `UNSUPPORTED`: the driver cannot do what was asked (see its capabilities).
 * - `UNAVAILABLE`: no broker answers, a coordinator is loading, a request timed out.
 * - `FENCED`: a newer producer of this transactional id, or a newer generation of the group, has taken over.
 * - `FENCED_INSTANCE`: another process has joined the group under the same group instance id (KIP-345).
 * - `REBALANCED`: the member no longer owns what it acted on.
 * - `UNKNOWN_TOPIC`: a topic or partition that does not exist.
 * - `OFFSET_OUT_OF_RANGE`: the position to read from is no longer, or not yet, there.
 * - `TOO_LARGE`: a record or batch above the broker's limit.
 * - `REFUSED`: a record that its topic never takes as it is: a time out of bounds, no key where it is compacted.
 * - `NOT_ENOUGH_REPLICAS`: fewer replicas in sync than `min.insync.replicas`.
 * - `DENIED`: authentication or authorisation failed.
 * - `CLOSED`: used after close.
 * - `PROTOCOL`: any other answer of the broker.
 */
export type KafkaErrorCode =
  | 'UNSUPPORTED'
  | 'UNAVAILABLE'
  | 'FENCED'
  | 'FENCED_INSTANCE'
  | 'REBALANCED'
  | 'UNKNOWN_TOPIC'
  | 'OFFSET_OUT_OF_RANGE'
  | 'TOO_LARGE'
  | 'REFUSED'
  | 'NOT_ENOUGH_REPLICAS'
  | 'DENIED'
  | 'CLOSED'
  | 'PROTOCOL';

/** Every error of the port. The driver's own is the `cause`. */
export class KafkaError extends Error {
  override readonly name = 'KafkaError';
  readonly code: KafkaErrorCode;
  /** The same call may succeed later. */
  readonly retriable: boolean;

  constructor(code: KafkaErrorCode, message: string, options: { cause?: unknown; retriable?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retriable = options.retriable ?? (code === 'UNAVAILABLE' || code === 'NOT_ENOUGH_REPLICAS');
  }
}

/** A record of a send that was not acknowledged, by its place in what was sent. */
export interface RecordFailure {
  readonly batch: number;
  readonly record: number;
  readonly error: KafkaError;
}

/**
 * A send that was not acknowledged as a whole; `code` and message are those of the first failure. Records that
 * {@link failures} does not list were appended. With `TOO_LARGE` and other faults of a record of its own, those around
 * it went through.
 */
export class SendError extends KafkaError {
  readonly failures: readonly RecordFailure[];

  constructor(failures: readonly [RecordFailure, ...RecordFailure[]]) {
    const [{ error }] = failures;
    const others = failures.length > 1 ? ` (and ${failures.length - 1} more records)` : '';
    super(error.code, `${error.message}${others}`, { cause: error, retriable: error.retriable });
    this.failures = failures;
  }
}
