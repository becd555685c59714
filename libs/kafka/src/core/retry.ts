import { KafkaError } from '../port/errors.js';

/** Waits, unless `signal` ends it before. */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}

export interface RetryOptions {
  /** Point in time, milliseconds since the epoch. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  /** The first wait; it doubles up to `maxDelayMs`, with full jitter on the upper half. Default 20. */
  readonly delayMs?: number;
  /** Default 1,000. */
  readonly maxDelayMs?: number;
  /**
   * How long an unknown topic is asked for again, from when that was answered first. Milliseconds. Default 0; see
   * {@link UNKNOWN_TOPIC_PATIENCE_MS}.
   */
  readonly unknownTopicMs?: number;
  /** Called before each wait, as to forget a stale coordinator. */
  readonly onRetry?: (error: KafkaError) => void;
}

/** A topic just created is not known to every broker at once. */
export const UNKNOWN_TOPIC_PATIENCE_MS = 2_000;

/** Calls again while the error is retriable, time is left and nobody closed. @throws the last error */
export async function retrying<T>(call: () => Promise<T>, options: RetryOptions): Promise<T> {
  let wait = options.delayMs ?? 20;
  let unknownSince: number | undefined;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      unknownSince = error.code === 'UNKNOWN_TOPIC' ? (unknownSince ?? Date.now()) : undefined;
      const patient = unknownSince !== undefined && Date.now() < unknownSince + (options.unknownTopicMs ?? 0);
      if (!error.retriable && !patient) throw error;
      if (options.signal.aborted)
        throw new KafkaError('CLOSED', `closed while retrying: ${error.message}`, { cause: error });
      const pause = wait / 2 + (Math.random() * wait) / 2;
      if (Date.now() + pause > options.deadline) throw error;
      options.onRetry?.(error);
      await delay(pause, options.signal);
      wait = Math.min(wait * 2, options.maxDelayMs ?? 1000);
    }
  }
}
