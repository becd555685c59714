/**
 * Allows `perSecond` units a second on average and `burst` at once. A cost above the burst is allowed once the bucket
 * is full, and makes the next one wait accordingly.
 */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;

  /** @param now milliseconds, as all times here */
  constructor(perSecond: number, burst: number, now: number) {
    if (!(perSecond > 0) || !(burst > 0))
      throw new RangeError(`rate ${perSecond}/s, burst ${burst}: both must be > 0`);
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#at = now;
  }

  /** How long until `cost` may be taken; 0 for now. */
  waitMs(cost: number, now: number): number {
    this.#refill(now);
    const missing = Math.min(cost, this.#burst) - this.#tokens;
    return missing <= 0 ? 0 : (missing / this.#perSecond) * 1_000;
  }

  /** Takes `cost`, also where it is not there yet: then what comes next waits. */
  take(cost: number, now: number): void {
    this.#refill(now);
    this.#tokens -= cost;
  }

  #refill(now: number): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#at) / 1_000) * this.#perSecond);
    this.#at = now;
  }
}
