import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { isRunning, processStartTime, signal } from '@mesh/local-cloud';

import type { ProcessRecord } from './state.js';

/** The variable that marks every process of a run, with the run's folder as its value. */
export const RUN_MARK = 'MESH_RUN';

const GRACE_MS = 10_000;

/**
 * Ends what is recorded, apps before servers, the last started first: SIGTERM, and SIGKILL after 10 s. Then
 * kills what carries the run's mark and was not recorded. A pid that meanwhile belongs to another process is
 * left alone.
 */
export async function stopAll(
  dir: string,
  records: readonly ProcessRecord[],
  log: (line: string) => void,
  graceMs = GRACE_MS,
): Promise<void> {
  // Apps together: they do not need one another. Servers one by one: the doubles write to OpenSearch and moto.
  await Promise.all(
    records.filter((record) => record.tier === 'app').map((app) => stopOne(app, log, graceMs)),
  );
  for (const server of records.filter((record) => record.tier === 'server').reverse()) {
    await stopOne(server, log, graceMs);
  }
  for (const pid of markedProcesses(dir)) {
    const startTime = processStartTime(pid) ?? '';
    if (signal(pid, 'SIGKILL')) log(`killed process ${String(pid)}, which an earlier run left behind`);
    await gone({ pid, startTime }, GRACE_MS);
  }
}

/** At once and without grace. */
export function killAll(dir: string, records: readonly ProcessRecord[]): void {
  for (const { pid, startTime } of records) if (isRunning(pid, startTime)) signal(pid, 'SIGKILL');
  for (const pid of markedProcesses(dir)) signal(pid, 'SIGKILL');
}

/** SIGTERM, and SIGKILL after the grace; passes over what does not run. */
export async function stopOne(
  record: ProcessRecord,
  log: (line: string) => void,
  graceMs: number,
): Promise<void> {
  const { name, pid, startTime, stopSignal = 'SIGTERM' } = record;
  if (!isRunning(pid, startTime)) return;
  signal(pid, stopSignal);
  if (await gone(record, graceMs)) {
    log(`${name} stopped`);
    return;
  }
  signal(pid, 'SIGKILL');
  await gone(record, GRACE_MS);
  log(`${name} did not stop within ${String(graceMs / 1000)} s and was killed`);
}

async function gone(
  { pid, startTime }: Pick<ProcessRecord, 'pid' | 'startTime'>,
  withinMs: number,
): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (isRunning(pid, startTime)) {
    if (Date.now() >= deadline) return false;
    await sleep(20);
  }
  return true;
}

/** Processes with the run's mark in their environment, this one excepted; none where there is no /proc. */
export function markedProcesses(dir: string): number[] {
  if (process.platform !== 'linux') return [];
  const mark = `${RUN_MARK}=${dir}`;
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => pid !== process.pid && environmentOf(pid).includes(mark) && isRunning(pid));
}

function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${String(pid)}/environ`, 'utf8').split('\0');
  } catch {
    // Gone meanwhile, or another user's: not ours in either case.
    return [];
  }
}
