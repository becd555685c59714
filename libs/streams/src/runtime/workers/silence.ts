const LOOK_MS = 1_000;

/**
 * Notices that a worker, once it was heard, has said nothing for so long. Time in which nobody listened here, as where
 * this process was stopped, does not count: what the worker said meanwhile is still to be read.
 */
export class Silence {
  readonly #limitMs: number;
  readonly #onSilent: () => void;
  #lasted = 0;
  #looked = 0;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  /** @param onSilent called once, after which nothing is watched */
  constructor(limitMs: number, onSilent: () => void) {
    this.#limitMs = limitMs;
    this.#onSilent = onSilent;
  }

  heard(): void {
    this.#lasted = 0;
    this.#looked = performance.now();
    if (this.#timer !== undefined || this.#ended) return;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  end(): void {
    this.#ended = true;
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    this.#lasted += Math.min(now - this.#looked, 2 * LOOK_MS);
    this.#looked = now;
    if (this.#lasted < this.#limitMs) return;
    this.end();
    this.#onSilent();
  }
}
