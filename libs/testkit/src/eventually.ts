import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until `condition` holds, looking every 50 ms.
 * @param what is said where it does not hold in time
 * @param timeoutMs default 60,000
 */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`still not after ${timeoutMs} ms: ${what}`);
    await sleep(50);
  }
}

/** Waits until what is being created is ACTIVE. */
export async function active(
  what: string,
  look: () => Promise<{ readonly status?: string | undefined } | undefined>,
): Promise<void> {
  await eventually(`${what} is active`, async () => (await look())?.status === 'ACTIVE');
}
