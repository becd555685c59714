/**
 * What a failed call, or a failed record of a call, means:
 * - `throttled`: too much at once; the same again later.
 * - `retryable`: the service or the way to it failed; the same again later.
 * - `rejected`: what was sent is at fault and will never be taken.
 * - `misconfigured`: neither the record nor the moment is at fault (no such tracker, access denied). Tried again for
 *   as long as it takes, with an alarm, since dropping records would make somebody else's mistake ours.
 */
export type Verdict = 'throttled' | 'retryable' | 'rejected' | 'misconfigured';

export interface Failure {
  readonly verdict: Verdict;
  /** The service's name of the error, as `ThrottlingException`. */
  readonly code: string;
  readonly message: string;
  readonly cause?: unknown;
}

/** A record of a call that was not written although others were. */
export interface RecordFailure extends Failure {
  readonly index: number;
}

/** One kind of batched remote call. */
export interface BatchTransport<T> {
  /** In messages, as `personalize-events PutEvents`. */
  readonly name: string;
  /**
   * Writes a batch, in order. Resolves with the records that were not written, none in the best case; rejects where
   * the call as a whole failed, and then nothing is known to be written. `signal` ends the call.
   */
  send(batch: readonly T[], signal: AbortSignal): Promise<readonly RecordFailure[]>;
  /** What a rejection of {@link send} means. */
  classify(error: unknown): Failure;
  /**
   * For those who trace: the `done`, as the sink was handed them, of the records that an entry stands for when it is
   * sent. Where absent, an entry is the one record that it was added with.
   */
  writesOf?(entry: T): readonly ((error?: Error) => void)[];
}
