/**
 * A quota per second: holds up to one second's worth of tokens and refills evenly. A call that finds too few is refused
 * and takes none.
 */
export class TokenBucket {
  readonly perSecond: number;
  #tokens: number;
  #at: number;

  constructor(perSecond: number, now: number) {
    this.perSecond = perSecond;
    this.#tokens = perSecond;
    this.#at = now;
  }

  /** Takes `amount` tokens if there are as many. @param now milliseconds since the epoch */
  take(amount: number, now: number): boolean {
    this.#refill(now);
    if (this.#tokens < amount) return false;
    this.#tokens -= amount;
    return true;
  }

  /** Gives back what was taken for nothing. */
  giveBack(amount: number): void {
    this.#tokens = Math.min(this.perSecond, this.#tokens + amount);
  }

  #refill(now: number): void {
    // A clock set back must not drain the bucket for as long as it went back.
    const elapsed = Math.max(0, now - this.#at);
    this.#at = now;
    this.#tokens = Math.min(this.perSecond, this.#tokens + (elapsed * this.perSecond) / 1000);
  }
}
