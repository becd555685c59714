import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../batching/clock.js';

/** A clock that stands still until it is told to go on. */
export class ManualClock implements Clock {
  #now = 0;
  readonly #alarms = new Set<{ readonly at: number; readonly ring: () => void }>();

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const alarm = { at: this.#now + Math.max(0, ms), ring: callback };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  /** Alarms that nobody cancelled. */
  get waiting(): number {
    return this.#alarms.size;
  }

  /** Rings what is due within `ms`, in order, and lets each do all that follows from it. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await setImmediate();
    for (;;) {
      const due = [...this.#alarms].filter((alarm) => alarm.at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#alarms.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.ring();
      await setImmediate();
    }
    this.#now = end;
  }
}
