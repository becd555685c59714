export interface BackoffOptions {
  /** The first pause is up to this long. Milliseconds, default 50. */
  readonly baseMs?: number;
  /** No pause is longer. Milliseconds, default 5,000. */
  readonly maxMs?: number;
}

/**
 * "Full jitter": anything from 0 to the exponential bound, which spreads the retries of many clients best.
 * Source: Exponential Backoff And Jitter, AWS Architecture Blog, 2015.
 */
export function fullJitter(attempt: number, options: BackoffOptions, random: () => number): number {
  const { baseMs = 50, maxMs = 5_000 } = options;
  return random() * Math.min(maxMs, baseMs * 2 ** Math.min(attempt - 1, 30));
}
