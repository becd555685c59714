import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { isRunning, processStartTime } from '../servers/process-table.js';

/**
 * Runs `work` while no other process does under the same lock file. A lock whose owner died is taken over.
 * Taking over is not perfectly exclusive (two may do it in the same instant), so `work` must only be
 * wasteful when done twice, never wrong.
 */
export async function withLock<T>(
  file: string,
  onWait: (ownerPid: number) => void,
  work: () => Promise<T>,
): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  const mine = `${String(process.pid)} ${processStartTime(process.pid) ?? ''}`;
  let told = false;
  while (!tryCreate(file, mine)) {
    const owner = readOwner(file);
    if (owner !== undefined && !isRunning(owner.pid, owner.startTime)) {
      takeAway(file);
      continue;
    }
    if (!told && owner !== undefined) {
      told = true;
      onWait(owner.pid);
    }
    await sleep(100);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function tryCreate(file: string, content: string): boolean {
  try {
    writeFileSync(file, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readOwner(file: string): { pid: number; startTime: string } | undefined {
  try {
    const [pid, startTime] = readFileSync(file, 'utf8').split(' ');
    // Created and not yet written: its owner is alive and about to write.
    return pid === undefined || startTime === undefined ? undefined : { pid: Number(pid), startTime };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function takeAway(file: string): void {
  const aside = `${file}.${String(process.pid)}`;
  try {
    renameSync(file, aside);
    rmSync(aside, { force: true });
  } catch (error) {
    // Another waiter was faster.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
