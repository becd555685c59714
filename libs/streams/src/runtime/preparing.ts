import type { Deserializer } from '../serde.js';
import { isRetriable, OperatorFailure, toError } from './failures.js';
import type { PendingWork } from './operators/operator.js';
import type { PartitionQueue } from './partition-queue.js';

/** First wait before a `prepare` is asked again that failed for now; doubled each time. Milliseconds. */
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 10_000;

interface Preparation {
  readonly stage: 'KEY_CONVERTER' | 'VALUE_CONVERTER';
  readonly promise: Promise<void>;
}

/** Lets serdes fetch what they need before they can read the head record of a partition. */
export class Preparing {
  readonly #work: Pick<PendingWork, 'closed' | 'later'>;
  readonly #onWake: () => void;

  constructor(work: Pick<PendingWork, 'closed' | 'later'>, onWake: () => void) {
    this.#work = work;
    this.#onWake = onWake;
  }

  /**
   * Asks the serdes of the queue's source.
   *
   * @returns true where the head record must wait
   * @throws OperatorFailure where it never can be read
   */
  mustWait(queue: PartitionQueue): boolean {
    const { source, prepareFailure: failure } = queue;
    if ((source.prepareKey ?? source.prepareValue) === undefined) return false;
    if (failure !== undefined) {
      queue.prepareFailure = undefined;
      throw new OperatorFailure(failure.stage, source.node.name, failure.error);
    }
    const waits = prepareHead(queue);
    if (waits === undefined) return false;
    queue.preparing = true;
    this.#wait(queue, waits, FIRST_RETRY_MS);
    return true;
  }

  #wait(queue: PartitionQueue, { stage, promise }: Preparation, retryMs: number): void {
    const goOn = (): void => {
      queue.preparing = false;
      if (!this.#work.closed) this.#onWake();
    };
    promise.then(goOn, (error: unknown) => {
      if (isRetriable(error)) {
        this.#work.later(retryMs, () => {
          const again = prepareHead(queue);
          if (again === undefined) goOn();
          else this.#wait(queue, again, Math.min(retryMs * 2, LAST_RETRY_MS));
        });
      } else {
        queue.prepareFailure = { stage, error };
        goOn();
      }
    });
  }
}

/** Key first: where both must wait, the value is asked when the key is ready. */
function prepareHead(queue: PartitionQueue): Preparation | undefined {
  const record = queue.head;
  const { prepareKey, prepareValue } = queue.source;
  const { topic } = queue.offsets;
  if (record === undefined) return undefined;
  const key = prepare(prepareKey, topic, record.key);
  if (key !== undefined) return { stage: 'KEY_CONVERTER', promise: key };
  const value = prepare(prepareValue, topic, record.value);
  return value === undefined ? undefined : { stage: 'VALUE_CONVERTER', promise: value };
}

/** What it throws at once is the record's failure as much as what it rejects with; there may be nobody to catch it. */
function prepare(
  serde: Deserializer<unknown> | undefined,
  topic: string,
  data: Buffer | null,
): Promise<void> | undefined {
  if (data === null) return undefined;
  try {
    return serde?.prepare?.(topic, data);
  } catch (error) {
    return Promise.reject(toError(error));
  }
}
