import type { Cancellable, Punctuator } from '../processor/processor.js';

interface Schedule extends Cancellable {
  /** When it is to be called next. */
  time: number;
  readonly intervalMs: number;
  readonly punctuator: Punctuator;
  cancelled: boolean;
}

/**
 * Calls that come each time an interval has passed, of one kind of time. As Kafka Streams has them: where several intervals
 * have passed at once, one call is made for all, and the next is due at the next whole interval from the first.
 */
export class Punctuations {
  /** Earliest first; of one time, in the order they were made. */
  readonly #schedules: Schedule[] = [];
  #due = Number.POSITIVE_INFINITY;

  /** When the next call is due, or infinity. */
  get due(): number {
    return this.#due;
  }

  schedule(firstTime: number, intervalMs: number, punctuator: Punctuator): Cancellable {
    const schedule: Schedule = {
      time: firstTime,
      intervalMs,
      punctuator,
      cancelled: false,
      cancel: () => {
        schedule.cancelled = true;
        const at = this.#schedules.indexOf(schedule);
        if (at >= 0) this.#schedules.splice(at, 1);
        this.#lookAhead();
      },
    };
    this.#insert(schedule);
    return schedule;
  }

  /** Makes the calls that are due, also those that a call brings about. */
  punctuate(now: number): void {
    while (this.due <= now) {
      const schedule = this.#schedules.shift();
      if (schedule === undefined) return;
      this.#lookAhead();
      schedule.punctuator(now);
      if (schedule.cancelled) continue;
      const passed = Math.floor((now - schedule.time) / schedule.intervalMs);
      schedule.time += (passed + 1) * schedule.intervalMs;
      this.#insert(schedule);
    }
  }

  #insert(schedule: Schedule): void {
    let at = this.#schedules.length;
    while (at > 0 && (this.#schedules[at - 1]?.time ?? 0) > schedule.time) at -= 1;
    this.#schedules.splice(at, 0, schedule);
    this.#lookAhead();
  }

  #lookAhead(): void {
    this.#due = this.#schedules[0]?.time ?? Number.POSITIVE_INFINITY;
  }
}
