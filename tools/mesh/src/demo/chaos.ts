import { setTimeout as sleep } from 'node:timers/promises';

/** Something that can be killed without notice and started again. */
export interface Victim {
  readonly name: string;
  kill(): Promise<void>;
  restart(): Promise<void>;
}

/** One kill, and the progress of the log when it hit and when the victim was back. */
export interface Strike {
  readonly victim: string;
  readonly eventsBefore: number;
  readonly eventsAfter: number;
}

/**
 * Kills each victim once with kill -9 and starts it again, spread over the run: the n-th is hit when n/(count + 1) of
 * the events are through, so that work is under way before and after each.
 *
 * @param progress events answered so far
 * @param total of which so many will be
 */
export async function strikeEach(
  victims: readonly Victim[],
  progress: () => number,
  total: number,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<readonly Strike[]> {
  const strikes: Strike[] = [];
  for (const [index, victim] of victims.entries()) {
    const at = Math.floor(((index + 1) / (victims.length + 1)) * total);
    while (progress() < at) await sleep(20, undefined, { signal });
    const eventsBefore = progress();
    log(`kill -9 ${victim.name} at ${eventsBefore} events`);
    await victim.kill();
    await victim.restart();
    strikes.push({ victim: victim.name, eventsBefore, eventsAfter: progress() });
    log(`${victim.name} is back at ${progress()} events`);
  }
  return strikes;
}
