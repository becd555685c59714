import type { OperatorEnvironment } from './operator.js';

/** A store with a time of its own. */
interface Timed {
  readonly streamTime: number;
  advance(time: number): void;
}

/**
 * Has an operator's time go on where no record comes. Once there was none for `idleMs` by the machine's clock, stream time
 * counts as gone on by as long as there was none: windows close that would have closed had records gone on coming.
 */
export class Idle {
  readonly #env: OperatorEnvironment;
  readonly #store: Timed;
  /** When the last record came, by the machine's clock, and the stream time it left. */
  #since = 0;
  #base = -1;

  private constructor(
    env: OperatorEnvironment,
    idleMs: number,
    store: Timed,
    closeUntil: (time: number, before: number) => void,
  ) {
    this.#env = env;
    this.#store = store;
    env.life.onInit(() => {
      this.touch();
      // Half of it, so that the end of a silence is not noticed as late again.
      const everyMs = Math.max(1, Math.ceil(idleMs / 2));
      env.life.schedule(
        everyMs,
        'wall-clock-time',
        (now) => {
          const silent = now - this.#since;
          if (silent < idleMs || this.#base < 0) return;
          const time = this.#base + silent;
          const before = store.streamTime;
          store.advance(time);
          closeUntil(time, before);
        },
        undefined,
      );
    });
  }

  /**
   * @param idleMs `closeOnIdleMs` of the operator; where it has none, time stands still
   * @param closeUntil is told the time that it is to be taken for, which is the store's own by then, and what that was
   *   before
   */
  static of(
    env: OperatorEnvironment,
    idleMs: number | undefined,
    store: Timed,
    closeUntil: (time: number, before: number) => void,
  ): Idle | undefined {
    return idleMs === undefined ? undefined : new Idle(env, idleMs, store, closeUntil);
  }

  /** A record came, and is processed. */
  touch(): void {
    this.#since = this.#env.life.now();
    this.#base = this.#store.streamTime;
  }
}
