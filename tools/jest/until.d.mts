/**
 * Waits until a condition holds.
 *
 * @param timeoutMs default 90,000: a broker that was killed takes half a minute to come back on a busy machine
 * @throws Error that says what did not happen in time
 */
export declare function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs?: number,
): Promise<void>;
