import { KafkaError, type KafkaErrorCode } from '@mesh/kafka';
import { StreamsError, type StreamsErrorCode } from '../errors.js';

const FIRST_MS = 100;
const LAST_MS = 10_000;
/** Of faults that no cluster or sink is to blame for, so many in a row without a commit between are too many. */
const MOST_UNEXPECTED = 5;

const UNEXPECTED: ReadonlySet<string> = new Set<KafkaErrorCode>([
  'PROTOCOL',
  'UNKNOWN_TOPIC',
  'OFFSET_OUT_OF_RANGE',
  'TOO_LARGE',
  'REFUSED',
]);

/** What another process, or the next try, may mend. */
const TRANSIENT: ReadonlySet<string> = new Set<StreamsErrorCode>(['RESTORE_FAILED', 'STATE_LOCKED']);

const FATAL: ReadonlySet<string> = new Set<KafkaErrorCode>(['DENIED', 'UNSUPPORTED', 'FENCED_INSTANCE']);

/** Nothing that waiting would mend. */
export function isFatal(error: Error): boolean {
  if (error instanceof StreamsError) return !TRANSIENT.has(error.code);
  return error instanceof KafkaError && FATAL.has(error.code);
}

/** What the cluster does to its clients, or a sink reports: to be tried again for as long as it takes. */
function isExpected(error: Error): boolean {
  if (!(error instanceof KafkaError)) return !(error instanceof TypeError || error instanceof RangeError);
  if (error.retriable) return true;
  return !UNEXPECTED.has(error.code);
}

/** How long to wait before the next try: doubling, with jitter, back to the first after a success. */
export class Backoff {
  #polls = 0;
  #restarts = 0;
  #unexpected = 0;

  /** Before polling again. Milliseconds. */
  poll(): number {
    this.#polls += 1;
    return delay(this.#polls);
  }

  /** Before beginning anew. Milliseconds. */
  restart(): number {
    this.#restarts += 1;
    return delay(this.#restarts);
  }

  /** Counts an error. @returns whether it came too often */
  exhausted(error: Error): boolean {
    this.#unexpected = isExpected(error) ? 0 : this.#unexpected + 1;
    return this.#unexpected >= MOST_UNEXPECTED;
  }

  succeededPoll(): void {
    this.#polls = 0;
  }

  /** A commit went through. */
  succeeded(): void {
    this.#restarts = 0;
    this.#unexpected = 0;
  }
}

function delay(attempt: number): number {
  const most = Math.min(LAST_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 20));
  return most / 2 + (Math.random() * most) / 2;
}
