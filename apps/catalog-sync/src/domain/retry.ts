export interface RetryOptions {
  readonly maxReceives: number;
  /** Seconds. */
  readonly first: number;
  /** Seconds. */
  readonly longest: number;
}

/** Seconds to the next try: full jitter, so that what failed together does not come back together. */
export function retryDelay(receives: number, { first, longest }: RetryOptions, random = Math.random): number {
  const ceiling = Math.min(longest, first * 2 ** (receives - 1));
  return Math.round(random() * ceiling);
}
