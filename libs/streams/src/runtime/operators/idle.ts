import type { OperatorEnvironment } from './operator.js';

/**
 * Has an operator's time go on where no record comes. Once there was none for `idleMs` by the machine's clock, stream time
 * counts as gone on by as long as there was none: windows close that would have closed had records gone on coming.
 */
export class Idle {
  readonly #env: OperatorEnvironment;
  readonly #streamTime: () => number;
  /** When the last record came, by the machine's clock, and the stream time it left. */
  #since = 0;
  #base = -1;

  /** @param goOn is told the time that it is to be taken for */
  constructor(
    env: OperatorEnvironment,
    idleMs: number,
    streamTime: () => number,
    goOn: (time: number) => void,
  ) {
    this.#env = env;
    this.#streamTime = streamTime;
    env.life.onInit(() => {
      this.touch();
      // Half of it, so that the end of a silence is not noticed as late again.
      const everyMs = Math.max(1, Math.ceil(idleMs / 2));
      env.life.schedule(
        everyMs,
        'wall-clock-time',
        (now) => {
          const silent = now - this.#since;
          if (silent >= idleMs && this.#base >= 0) goOn(this.#base + silent);
        },
        undefined,
      );
    });
  }

  /** A record came, and is processed. */
  touch(): void {
    this.#since = this.#env.life.now();
    this.#base = this.#streamTime();
  }
}
