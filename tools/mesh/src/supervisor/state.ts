import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A process as recorded the moment it exists, so that whoever comes after can find and end it. */
export interface ProcessRecord {
  readonly name: string;
  readonly tier: 'server' | 'app';
  readonly pid: number;
  /** With the pid it names a process for good; see `processStartTime`. */
  readonly startTime: string;
  /** Where clients reach it: a URL, or host:port for Kafka. */
  readonly url: string;
  /** What is asked whether it is ready: a URL answered with 200, or `kafka:<port>`, or `postgres:<port>`. */
  readonly health: string;
  /** What asks it to end; SIGTERM where absent. */
  readonly stopSignal?: NodeJS.Signals;
}

/**
 * `state.json`.
 *
 *     claimed (supervisor alive) --up is done--> handed over --down--> (no file)
 *                                --stop-------------------------------> (no file)
 *                                --kill -9--> left behind --next up, down--> (no file)
 */
export interface RunState {
  readonly version: 1;
  /** The command that starts, watches or stops the mesh. */
  readonly supervisor: { readonly pid: number; readonly startTime: string };
  /** The processes are to run on without a supervisor. */
  readonly handedOver: boolean;
  /** What provisioning found or made, given to every app. */
  readonly environment: Readonly<Record<string, string>>;
  /** In the order of their start. */
  readonly processes: readonly ProcessRecord[];
}

function stateFile(dir: string): string {
  return join(dir, 'state.json');
}

export function readState(dir: string): RunState | undefined {
  try {
    return JSON.parse(readFileSync(stateFile(dir), 'utf8')) as RunState;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** At any moment the file is the old state or the new one, whole. */
export function writeState(dir: string, state: RunState): void {
  const file = stateFile(dir);
  mkdirSync(dirname(file), { recursive: true });
  const next = `${file}.${String(process.pid)}`;
  writeFileSync(next, `${JSON.stringify(state, undefined, 2)}\n`);
  renameSync(next, file);
}

export function removeState(dir: string): void {
  rmSync(stateFile(dir), { force: true });
}
