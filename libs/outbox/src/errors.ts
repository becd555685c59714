/**
 * - `UNAVAILABLE`: the database does not answer.
 * - `LEASE_LOST`: another relay may have taken over.
 * - `TOO_LARGE`: an event is larger than its topic takes; refused when it is written, before the business data is.
 * - `INVALID_EVENT`: an event that cannot become a record; a fault of the writing program.
 * - `DATABASE`: any other answer of the database.
 */
export type OutboxErrorCode = 'UNAVAILABLE' | 'LEASE_LOST' | 'TOO_LARGE' | 'INVALID_EVENT' | 'DATABASE';

/** Every error of this package. The database's own is the `cause`. */
export class OutboxError extends Error {
  override readonly name = 'OutboxError';
  readonly code: OutboxErrorCode;
  /** The same call may succeed later. */
  readonly retriable: boolean;

  constructor(code: OutboxErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
    this.retriable = code === 'UNAVAILABLE' || code === 'LEASE_LOST';
  }
}
