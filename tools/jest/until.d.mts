/**
 * Waits until a condition holds.
 *
 * @param timeoutMs default 60,000
 * @throws Error that says what did not happen in time
 */
export declare function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs?: number,
): Promise<void>;
