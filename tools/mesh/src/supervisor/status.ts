import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { isRunning } from '@mesh/local-cloud';

import { formatTable } from '../table.js';
import { askHealth } from './health.js';
import { readState, type ProcessRecord } from './state.js';

export interface StatusRow {
  readonly name: string;
  readonly pid: number;
  readonly state: 'running' | 'ended';
  /** true, or what is wrong. */
  readonly ready: true | string;
  readonly url: string;
  /** Resident memory in bytes; undefined when the process ended. */
  readonly rss: number | undefined;
}

/** Every recorded process, asked now; empty when no mesh runs. */
export async function meshStatus(dir: string): Promise<StatusRow[]> {
  const state = readState(dir);
  return Promise.all((state?.processes ?? []).map(statusOf));
}

async function statusOf({ name, pid, startTime, url, health }: ProcessRecord): Promise<StatusRow> {
  if (!isRunning(pid, startTime)) {
    return { name, pid, state: 'ended', ready: `see ./mesh logs ${name}`, url, rss: undefined };
  }
  return { name, pid, state: 'running', ready: await askHealth(health), url, rss: residentBytes(pid) };
}

/** A table with a line per process, and one per reason of not being ready below it. */
export function formatStatus(rows: readonly StatusRow[]): string {
  const table = formatTable([
    ['name', 'pid', 'state', 'ready', 'rss', 'url'],
    ...rows.map(({ name, pid, state, ready, rss, url }) => [
      name,
      String(pid),
      state,
      ready === true ? 'yes' : 'no',
      rss === undefined ? '-' : `${String(Math.round(rss / 1_048_576))} MB`,
      url,
    ]),
  ]);
  const reasons = rows.flatMap(({ name, ready }) => (ready === true ? [] : [`${name}: ${ready}`]));
  return [table, ...reasons].join('\n');
}

function residentBytes(pid: number): number | undefined {
  try {
    const kilobytes =
      process.platform === 'linux'
        ? /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1]
        : execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    // It ended between the two questions.
    return undefined;
  }
}
