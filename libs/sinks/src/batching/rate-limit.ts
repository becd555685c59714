import { TokenBucket } from './token-bucket.js';

export interface RateLimitOptions {
  readonly callsPerSecond?: number;
  readonly bytesPerSecond?: number;
}

// A tenth of a second's worth at once: evens out timers, and stays far below what a service counts as a burst.
const BURST_SECONDS = 0.1;

/** Calls and bytes a second; what is not limited is free. */
export class RateLimit {
  readonly #calls: TokenBucket | undefined;
  readonly #bytes: TokenBucket | undefined;

  constructor({ callsPerSecond, bytesPerSecond }: RateLimitOptions, now: number) {
    if (callsPerSecond !== undefined) {
      this.#calls = new TokenBucket(callsPerSecond, Math.max(1, callsPerSecond * BURST_SECONDS), now);
    }
    if (bytesPerSecond !== undefined) {
      this.#bytes = new TokenBucket(bytesPerSecond, Math.max(1, bytesPerSecond * BURST_SECONDS), now);
    }
  }

  /** How long a call with so many bytes has to wait. */
  waitMs(bytes: number, now: number): number {
    return Math.max(this.#calls?.waitMs(1, now) ?? 0, this.#bytes?.waitMs(bytes, now) ?? 0);
  }

  take(bytes: number, now: number): void {
    this.#calls?.take(1, now);
    this.#bytes?.take(bytes, now);
  }
}
