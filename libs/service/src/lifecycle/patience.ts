import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../logging/logger.js';

/** Between two tries. */
const RETRY_MS = 1_000;

/** The stop came before the start was done. */
export class StartAbandoned extends Error {
  override readonly name = 'StartAbandoned';
}

export interface Patience {
  readonly log: Logger;
  /** From the first try; a try begun before is not cut short. */
  readonly timeoutMs: number;
  /** Ends the waiting at once. */
  readonly signal: AbortSignal;
  /** Told after each failed try, before the next one, what the failure was. */
  readonly onWaiting: (reason: string) => Promise<void> | void;
}

/**
 * Tries until it works. An outage of what the start needs (an error that is `retriable`: a schema registry or a
 * broker that does not answer) is waited for, since nothing is mended by ending a process that is started again to
 * find the same outage; what no waiting mends is thrown at once.
 *
 * @param attempt leaves nothing open where it fails
 * @throws the last error, where it is not `retriable` or the time is over
 * @throws StartAbandoned
 */
export async function startPatiently<T>(attempt: () => Promise<T>, patience: Patience): Promise<T> {
  const { log, timeoutMs, signal, onWaiting } = patience;
  const giveUpAt = performance.now() + timeoutMs;
  let said: string | undefined;
  for (;;) {
    throwIfAborted(signal);
    try {
      const started = await abandonable(attempt(), signal);
      if (said !== undefined) log.info('what the start waited for is there');
      return started;
    } catch (error) {
      throwIfAborted(signal);
      if ((error as { retriable?: unknown }).retriable !== true) throw error;
      if (performance.now() + RETRY_MS > giveUpAt) {
        log.error({ timeoutMs }, 'what the start waits for did not come within START_TIMEOUT_MS');
        throw error;
      }
      const reason = error instanceof Error ? error.message : String(error);
      // An outage is told when it begins, and when it turns into another.
      if (reason !== said) log.warn({ err: error }, 'can not start yet, and waits');
      said = reason;
      await onWaiting(reason);
      await sleep(RETRY_MS, undefined, { signal }).catch(() => throwIfAborted(signal));
    }
  }
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new StartAbandoned('stopped before the start was done');
}

/** A try that hangs does not hold up the stop. */
async function abandonable<T>(trying: Promise<T>, signal: AbortSignal): Promise<T> {
  let abandon = (): void => {};
  const abandoned = new Promise<never>((_resolve, reject) => {
    abandon = () => reject(new StartAbandoned('stopped before the start was done'));
    signal.addEventListener('abort', abandon);
  });
  try {
    return await Promise.race([trying, abandoned]);
  } finally {
    signal.removeEventListener('abort', abandon);
  }
}
