/** A moment by both clocks: the wall clock may be set back, the other may stand still while the machine sleeps. */
export interface Moment {
  /** Milliseconds since the epoch. */
  readonly wall: number;
  /** Milliseconds since the process began. */
  readonly monotonic: number;
}

export function thisMoment(): Moment {
  return { wall: Date.now(), monotonic: performance.now() };
}

/** Milliseconds, by the clock that says more. */
function since(from: Moment, now: Moment): number {
  return Math.ceil(Math.max(0, now.wall - from.wall, now.monotonic - from.monotonic));
}

interface SeenEnd {
  /** Before the broker was asked, so that what was written until then lies before the end. */
  readonly asked: Moment;
  readonly end: number;
}

/**
 * When a copy that follows a log is known to have been at its end, as `replica.lag.time.max.ms` means it for replicas of
 * partitions: all that had been written by then is in the copy. It is never later than in truth.
 */
export class CaughtUp {
  #at: Moment | undefined;
  /** Ends not reached yet: the one that comes next, and the latest. Those between would only tell it in finer steps. */
  #ahead: readonly SeenEnd[] = [];

  /** The broker was asked for the end of the log, with the copy at `position` when it had answered. */
  saw(end: number, asked: Moment, position: number): void {
    const [next] = this.#ahead;
    this.#ahead = next === undefined ? [{ asked, end }] : [next, { asked, end }];
    this.reached(position);
  }

  /** The copy holds everything before `position`. */
  reached(position: number): void {
    if (this.#ahead.length === 0) return;
    for (const { asked, end } of this.#ahead) if (position >= end) this.#at = asked;
    this.#ahead = this.#ahead.filter(({ end }) => position < end);
  }

  /** How long ago that was: milliseconds, or `undefined` where it never was as far as is known. */
  age(now: Moment): number | undefined {
    return this.#at === undefined ? undefined : since(this.#at, now);
  }
}
