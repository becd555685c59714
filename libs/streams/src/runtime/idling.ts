import type { PartitionQueue } from './partition-queue.js';

export interface IdlingOptions {
  /** See `KafkaStreamsOptions.maxTaskIdleMs`. Milliseconds; −1 for no waiting at all. */
  readonly maxTaskIdleMs: number;
  /** Offsets there are to read that were not handed over; `undefined` where the broker has not said. */
  readonly currentLag: (topic: string) => number | undefined;
  /** Milliseconds. */
  readonly now: () => number;
}

/**
 * Whether a task goes on though one of its source partitions has no record at hand (KIP-695): by the others' records
 * alone it may get ahead of those that come there with earlier times. It waits while the broker has not said that there
 * is nothing more, and from then on for the idle time.
 */
export class Idling {
  readonly #options: IdlingOptions;
  /** When to go on without, of partitions that have nothing more. */
  readonly #deadlines = new Map<PartitionQueue, number>();
  /** The answer that holds until more is handed over, and for how many partitions without records it was. */
  #known: { readonly missing: number; readonly goesOn: boolean } | undefined;

  constructor(options: IdlingOptions) {
    this.#options = options;
  }

  /** To be called before records are chosen anew: what there is may have changed. */
  look(): void {
    this.#known = undefined;
  }

  /** @param missing how many of the queues have no record */
  goesOn(queues: readonly PartitionQueue[], missing: number): boolean {
    if (this.#known?.missing !== missing) this.#known = { missing, goesOn: this.#ask(queues) };
    return this.#known.goesOn;
  }

  #ask(queues: readonly PartitionQueue[]): boolean {
    const { maxTaskIdleMs, currentLag, now } = this.#options;
    if (maxTaskIdleMs < 0) return true;
    let goesOn = true;
    for (const queue of queues) {
      // With something at hand, or behind what is being prepared, or known to be there: the wait begins anew.
      if (!queue.empty || currentLag(queue.offsets.topic) !== 0) {
        this.#deadlines.delete(queue);
        if (queue.empty) goesOn = false;
        continue;
      }
      const deadline = this.#deadlines.get(queue) ?? now() + maxTaskIdleMs;
      this.#deadlines.set(queue, deadline);
      if (now() < deadline) goesOn = false;
    }
    return goesOn;
  }
}
