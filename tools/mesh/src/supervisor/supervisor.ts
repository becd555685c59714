import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import {
  freePort,
  isFree,
  isRunning,
  ManagedProcess,
  processStartTime,
  signal,
  withLock,
  type ProcessSpec,
} from '@mesh/local-cloud';

import { MeshError } from './errors.js';
import { readState, removeState, writeState, type ProcessRecord, type RunState } from './state.js';
import { RUN_MARK, killAll, markedProcesses, stopAll } from './stop-all.js';

/** A process of the mesh: how to run it, and what others need to know of it. */
export interface Part {
  readonly name: string;
  readonly tier: 'server' | 'app';
  readonly url: string;
  readonly health: string;
  readonly spec: ProcessSpec;
}

/** What a part that crashed leaves to say. */
export interface Crash {
  readonly name: string;
  readonly how: string;
  readonly logFile: string;
}

export interface ClaimOptions {
  /** Take over a mesh that `up` left running, instead of refusing. */
  readonly adopt: boolean;
  readonly log: (line: string) => void;
  readonly onCrash?: (crash: Crash) => void;
}

/** Starts, records and stops the processes of one run folder; at most one supervisor has it at a time. */
export class Supervisor {
  readonly dir: string;
  readonly #options: ClaimOptions;
  readonly #processes = new Map<string, ManagedProcess>();
  #state: RunState;
  #stopping: Promise<void> | undefined;

  private constructor(dir: string, options: ClaimOptions, state: RunState) {
    this.dir = dir;
    this.#options = options;
    this.#state = state;
  }

  /**
   * Makes this process the run folder's supervisor, after ending what a killed one left behind.
   *
   * @throws MeshError `MESH_BUSY` while another supervisor is at work, `MESH_RUNNING` when a mesh of `up` runs
   *   and is not to be adopted.
   */
  static async claim(dir: string, options: ClaimOptions): Promise<Supervisor> {
    mkdirSync(dir, { recursive: true });
    return withLock(
      join(dir, 'claim.lock'),
      () => undefined,
      async () => {
        const before = await settle(dir, options);
        const state: RunState = {
          version: 1,
          supervisor: { pid: process.pid, startTime: processStartTime(process.pid) ?? '' },
          handedOver: false,
          environment: before?.environment ?? {},
          processes: before?.processes ?? [],
        };
        if (before === undefined) removeLogs(dir);
        writeState(dir, state);
        return new Supervisor(dir, options, state);
      },
    );
  }

  /** What provisioning gave to the apps that run. */
  get environment(): Readonly<Record<string, string>> {
    return this.#state.environment;
  }

  record(name: string): ProcessRecord | undefined {
    return this.#state.processes.find((record) => record.name === name);
  }

  /** A recorded process that still runs and so could be adopted. */
  runningRecord(name: string): ProcessRecord | undefined {
    const record = this.record(name);
    return record !== undefined && isRunning(record.pid, record.startTime) ? record : undefined;
  }

  /** The part's port of before, as clients know it, unless another program has it now; else a free one. */
  async portFor(name: string): Promise<number> {
    const port = Number(this.record(name)?.url.split(':').at(-1));
    const usable = this.runningRecord(name) !== undefined || (port > 0 && (await isFree(port)));
    return usable ? port : freePort();
  }

  setEnvironment(environment: Readonly<Record<string, string>>): void {
    this.#write({ environment });
  }

  /** Starts a part and waits until it is ready. Errors as `ManagedProcess.start`. */
  async start(part: Part): Promise<ManagedProcess> {
    if (this.#stopping !== undefined) throw new MeshError('MESH_BUSY', 'the mesh is being stopped');
    const managed = new ManagedProcess(this.#specOf(part));
    this.#processes.set(part.name, managed);
    await managed.start();
    return managed;
  }

  /** Takes a part that runs as it is, without starting anything. */
  adopt(part: Part, record: ProcessRecord): ManagedProcess {
    const managed = ManagedProcess.adopt(this.#specOf(part), record.pid, record.startTime);
    this.#processes.set(part.name, managed);
    return managed;
  }

  /** Leaves everything running when this process ends. */
  handOver(): void {
    for (const managed of this.#processes.values()) managed.release();
    this.#write({ handedOver: true });
  }

  /** Ends everything, in order, and gives the run folder up. */
  async stop(): Promise<void> {
    this.#stopping ??= this.#stopNow();
    return this.#stopping;
  }

  /** Ends everything at once. */
  kill(): void {
    killAll(this.dir, this.#state.processes);
    removeState(this.dir);
  }

  async #stopNow(): Promise<void> {
    // So that no end from here on counts as a crash.
    for (const managed of this.#processes.values()) managed.expectEnd();
    await stopAll(this.dir, this.#state.processes, this.#options.log);
    removeState(this.dir);
  }

  #specOf(part: Part): ProcessSpec {
    return {
      ...part.spec,
      env: { ...part.spec.env, [RUN_MARK]: this.dir },
      onSpawn: (pid) => {
        this.#recordSpawn(part, pid);
      },
      onCrash: (how) => {
        this.#options.onCrash?.({ name: part.name, how, logFile: part.spec.logFile });
      },
    };
  }

  #recordSpawn(part: Part, pid: number): void {
    const { name, tier, url, health } = part;
    const { stopSignal } = part.spec;
    const record = {
      ...{ name, tier, pid, startTime: processStartTime(pid) ?? '', url, health },
      ...(stopSignal === undefined ? {} : { stopSignal }),
    };
    const { processes } = this.#state;
    // One that is started again keeps its place, and so its turn when all are stopped.
    const known = processes.some((other) => other.name === name);
    this.#write({
      processes: known
        ? processes.map((other) => (other.name === name ? record : other))
        : [...processes, record],
    });
  }

  #write(change: Partial<RunState>): void {
    this.#state = { ...this.#state, ...change };
    writeState(this.dir, this.#state);
  }
}

/** Ends the running mesh, whoever started it. @returns false when nothing ran */
export async function stopRunningMesh(dir: string, log: (line: string) => void): Promise<boolean> {
  const state = readState(dir);
  const left = markedProcesses(dir).length > 0;
  if (state === undefined && !left) return false;
  if (state !== undefined && !state.handedOver && supervisorAlive(state)) {
    log(`asking process ${String(state.supervisor.pid)} to stop the mesh`);
    signal(state.supervisor.pid, 'SIGTERM');
    await supervisorGone(state);
  }
  await stopAll(dir, (readState(dir) ?? state)?.processes ?? [], log);
  removeState(dir);
  return true;
}

/** What to go on from: the state of a mesh to adopt, or undefined after ending what was left behind. */
async function settle(dir: string, options: ClaimOptions): Promise<RunState | undefined> {
  const state = readState(dir);
  if (state !== undefined && !state.handedOver && supervisorAlive(state)) {
    throw new MeshError(
      'MESH_BUSY',
      `another mesh command (process ${String(state.supervisor.pid)}) has the mesh: wait for it, or end it with ./mesh down`,
    );
  }
  const alive = state?.processes.filter(({ pid, startTime }) => isRunning(pid, startTime)) ?? [];
  if (state?.handedOver === true && alive.length > 0) {
    if (options.adopt) return state;
    throw new MeshError(
      'MESH_RUNNING',
      'a mesh started by ./mesh up is running: end it with ./mesh down first',
    );
  }
  if (alive.length > 0) options.log('cleaning up after a mesh that was killed');
  await stopAll(dir, alive, options.log);
  removeState(dir);
  return undefined;
}

function supervisorAlive({ supervisor }: RunState): boolean {
  return supervisor.pid !== process.pid && isRunning(supervisor.pid, supervisor.startTime);
}

async function supervisorGone(state: RunState): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (supervisorAlive(state) && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 50));
  if (supervisorAlive(state)) signal(state.supervisor.pid, 'SIGKILL');
}

function removeLogs(dir: string): void {
  for (const entry of readdirSync(dir)) if (entry.endsWith('.log')) rmSync(join(dir, entry));
}
