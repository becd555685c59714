import { setTimeout as sleep } from 'node:timers/promises';
import { Gate } from './gate.js';

/** Something that can be killed without notice and started again. */
export interface Victim {
  readonly name: string;
  kill(): Promise<void>;
  restart(): Promise<void>;
}

/** One kill: how much of the work was done when it hit, and when the victim was back. */
export interface Strike {
  readonly victim: string;
  readonly before: number;
  readonly after: number;
}

/**
 * Kills each of several victims once with kill -9 and starts it again, spread over a log: the n-th when n/(count + 1)
 * of the events are through. However fast the log goes, it is held back half a stretch behind each strike until the
 * victim is back, so that each is hit while events flow, misses some, and is there for the rest.
 */
export class Chaos {
  readonly #victims: readonly Victim[];
  readonly #stretch: number;
  readonly gate: Gate;

  /** @param total the length of the log */
  constructor(victims: readonly Victim[], total: number) {
    this.#victims = victims;
    this.#stretch = Math.floor(total / (victims.length + 1));
    this.gate = new Gate(Math.floor(1.5 * this.#stretch));
  }

  /** @param progress events answered so far */
  async strike(
    progress: () => number,
    log: (line: string) => void,
    signal: AbortSignal,
  ): Promise<readonly Strike[]> {
    const strikes: Strike[] = [];
    for (const [index, victim] of this.#victims.entries()) {
      while (progress() < (index + 1) * this.#stretch) await sleep(5, undefined, { signal });
      const before = progress();
      await victim.kill();
      log(`kill -9 ${victim.name} after ${before} of the work`);
      await victim.restart();
      strikes.push({ victim: victim.name, before, after: progress() });
      log(`${victim.name} is back after ${progress()} of the work`);
      this.gate.raise(Math.floor((index + 2.5) * this.#stretch));
    }
    this.gate.raise(Infinity);
    return strikes;
  }
}
