import { closeSync, fsyncSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/*
 * Commits are not flushed to the device: what is written survives the process, however it ends, in the system's memory.
 * It does not survive the machine. So a folder says in which run of the machine it was last written, until it is
 * flushed; what another run left behind unflushed is not read.
 */

const RUNNING = 'boot';

/** The run of the machine; `undefined` where it cannot be told, and each commit must be flushed. */
export function bootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** Whether what is in the folder can be trusted to be whole. */
export function isWhole(directory: string, boot: string | undefined): boolean {
  try {
    return readFileSync(join(directory, RUNNING), 'utf8') === boot;
  } catch {
    // Flushed when it was closed, or written by one that flushes each commit.
    return true;
  }
}

/** Before the first commit that is not flushed. */
export function markRunning(directory: string, boot: string): void {
  writeFileSync(join(directory, RUNNING), boot);
}

/** Flushes the folder's data, after its last commit. */
export function markWhole(directory: string): void {
  const file = openSync(join(directory, 'data.mdb'), 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  rmSync(join(directory, RUNNING), { force: true });
}
