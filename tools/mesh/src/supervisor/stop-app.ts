import { readState } from './state.js';
import { stopOne } from './stop-all.js';

const GRACE_MS = 15_000;

/** Stops one app of the mesh that `up` left running; the next `up` starts it again. Passes over one that does not run. */
export async function stopApp(dir: string, name: string, log: (line: string) => void): Promise<void> {
  const record = readState(dir)?.processes.find((process) => process.name === name && process.tier === 'app');
  if (record !== undefined) await stopOne(record, log, GRACE_MS);
}
