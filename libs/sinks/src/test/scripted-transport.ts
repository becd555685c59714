import type { BatchTransport, Failure, RecordFailure, Verdict } from '../batching/transport.js';

/** A whole call's failure, as a script gives it. */
export class CallFailed extends Error {
  readonly failure: Failure;

  constructor(verdict: Verdict) {
    super(verdict);
    this.failure = { verdict, code: `${verdict}-code`, message: `it was ${verdict}`, cause: this };
  }
}

export interface Call<T> {
  readonly batch: readonly T[];
  readonly signal: AbortSignal;
  /** Answers: with the records that failed, or with a failure of the whole. */
  answer(outcome?: readonly RecordFailure[] | Verdict): void;
  answered: boolean;
}

/** A remote service whose answers the test gives: all by `reply`, or one by one through `calls`. */
export class ScriptedTransport<T> implements BatchTransport<T> {
  readonly name = 'scripted';
  readonly calls: Call<T>[] = [];
  /** Where given, answers each call at once; the number is the call's, from 0. */
  reply: ((batch: readonly T[], call: number) => readonly RecordFailure[] | Verdict) | undefined;

  send(batch: readonly T[], signal: AbortSignal): Promise<readonly RecordFailure[]> {
    return new Promise((resolve, reject) => {
      const call: Call<T> = {
        batch,
        signal,
        answered: false,
        answer: (outcome = []) => {
          call.answered = true;
          if (typeof outcome === 'string') reject(new CallFailed(outcome));
          else resolve(outcome);
        },
      };
      signal.addEventListener('abort', () => reject(new CallFailed('retryable')));
      this.calls.push(call);
      if (this.reply !== undefined) call.answer(this.reply(batch, this.calls.length - 1));
    });
  }

  classify(error: unknown): Failure {
    if (error instanceof CallFailed) return error.failure;
    throw error;
  }

  batches(): (readonly T[])[] {
    return this.calls.map((call) => call.batch);
  }
}
