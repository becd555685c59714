import type { Logger } from '@mesh/service';
import type { Verdict } from './domain/message-handler.js';

/** One line on what became of an event. */
export function report(log: Logger, verdict: Verdict): void {
  switch (verdict.kind) {
    case 'done':
      return log.info({ detail: verdict.detail }, 'catalogue brought up to date');
    case 'nothing':
    case 'ignored':
      return log.info({ detail: verdict.detail }, 'nothing to do');
    case 'retry':
      return log.warn({ err: verdict.error, seconds: verdict.seconds }, 'to be tried again');
    case 'dead':
      return log.error({ err: verdict.error, reason: verdict.reason.code }, 'dead letter');
  }
}
