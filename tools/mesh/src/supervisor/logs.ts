import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { lastLines } from '@mesh/local-cloud';

import { MeshError } from './errors.js';
import { logFileOf } from './paths.js';

/**
 * Writes a log's last lines.
 *
 * @returns the log's file.
 * @throws MeshError `MESH_UNKNOWN_PART` when nothing of that name has a log.
 */
export function printLog(dir: string, name: string, lines: number, write: (text: string) => void): string {
  const names = logNames(dir);
  if (!names.includes(name)) {
    const there =
      names.length === 0 ? 'there are none yet (./mesh up)' : `there are those of ${names.join(', ')}`;
    throw new MeshError('MESH_UNKNOWN_PART', `there is no log of ${name}: ${there}`);
  }
  const file = logFileOf(dir, name);
  for (const line of lastLines(file, lines)) write(`${line}\n`);
  return file;
}

/** Writes what is added to the log until `signal` is aborted; begins anew when the log does. */
export async function followLog(
  file: string,
  write: (text: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  let at = size(file);
  while (signal?.aborted !== true) {
    const end = size(file);
    if (end < at) at = 0;
    if (end > at) write(read(file, at, end));
    at = end;
    await sleep(200);
  }
}

function logNames(dir: string): string[] {
  try {
    return readdirSync(dir)
      .filter((file) => file.endsWith('.log'))
      .map((file) => file.slice(0, -'.log'.length))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function size(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function read(file: string, from: number, to: number): string {
  const buffer = Buffer.alloc(to - from);
  const fd = openSync(file, 'r');
  try {
    return buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, from));
  } finally {
    closeSync(fd);
  }
}
