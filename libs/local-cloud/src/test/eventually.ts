import { setTimeout as sleep } from 'node:timers/promises';

/** Asks until the answer satisfies, and gives it; fails with the last answer after `timeoutMs`. */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  satisfies: (answer: T) => boolean,
  timeoutMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (satisfies(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`not after ${timeoutMs} ms; last: ${JSON.stringify(answer)}`);
    await sleep(20);
  }
}
