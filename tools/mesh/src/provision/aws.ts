import { setTimeout as sleep } from 'node:timers/promises';

/** The account and region every local resource belongs to; the doubles and moto accept no others in an ARN. */
export const region = 'us-east-1';
export const account = '123456789012';

/** Client settings towards a local endpoint; the credentials sign requests that nobody verifies. */
export function localClient(endpoint: string) {
  return {
    endpoint,
    region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
}

/** Runs `create`, and takes it for done where the service says that the resource exists (an error named `exists`). */
export async function ensure<T>(exists: string, create: () => Promise<T>): Promise<T | undefined> {
  try {
    return await create();
  } catch (error) {
    if (error instanceof Error && error.name === exists) return undefined;
    throw error;
  }
}

/**
 * Asks `probe` until its status is `ACTIVE`.
 *
 * @throws where the resource failed to become active, with the service's own reason, or after `timeoutMs`
 */
export async function awaitActive(
  what: string,
  probe: () => Promise<{ status: string | undefined; reason?: string | undefined }>,
  timeoutMs = 60_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const { status, reason } = await probe();
    if (status === 'ACTIVE') return;
    if (status?.includes('FAILED'))
      throw new Error(`${what} is ${status}: ${reason ?? 'the service gave no reason'}`);
    if (Date.now() > deadline) throw new Error(`${what} is still ${status} after ${timeoutMs / 1000} s`);
    await sleep(100);
  }
}
