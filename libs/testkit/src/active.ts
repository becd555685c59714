import { until } from '@mesh/jest/until.mjs';

/** Waits until what is being created is ACTIVE. */
export async function active(
  what: string,
  look: () => Promise<{ readonly status?: string | undefined } | undefined>,
): Promise<void> {
  await until(`${what} is active`, async () => (await look())?.status === 'ACTIVE');
}
