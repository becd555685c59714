import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { LocalCloudError } from '../errors.js';
import { guard, unguard } from './guardian.js';
import { fileSize, logTail } from './log-tail.js';
import { isRunning, processStartTime, signal } from './process-table.js';

export interface ProcessSpec {
  /** In messages, as `kafka`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** As whom to run it, where this process is root; default: as this process. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** What asks it to end in order; default SIGTERM. */
  readonly stopSignal?: 'SIGTERM' | 'SIGINT';
  /** Standard output and error are appended here. */
  readonly logFile: string;
  /** Asked every 100 ms while starting: true when the server does its work, else what is missing. An error ends the start. */
  readonly probe: () => Promise<true | string>;
  /** Default 120,000 ms: many times what it takes, as tests of several packages may run at once. */
  readonly readyTimeoutMs?: number;
  /** Called right after the process exists, long before it is ready. */
  readonly onSpawn?: (pid: number) => void;
  /** Called when the process, once ready, ends without having been asked to, with how it ended. */
  readonly onCrash?: (how: string) => void;
}

/**
 * One process: started, asked until ready, stopped by pid. It ends with this process, also on kill -9, unless
 * it is released.
 *
 *     (new) --start--> starting --ready--> running --stop, kill, crash--> ended --start, restart--> starting
 */
export class ManagedProcess {
  readonly spec: ProcessSpec;
  #pid: number | undefined;
  #startTime: string | undefined;
  /** How the child of this process ended; its parent learns that by an event. */
  #exit: string | undefined;
  #adopted = false;
  #isReady = false;
  #asked = false;
  #logStart = 0;

  constructor(spec: ProcessSpec) {
    this.spec = spec;
  }

  /** Takes charge of a process that an earlier run of this program started with the same spec. */
  static adopt(spec: ProcessSpec, pid: number, startTime: string): ManagedProcess {
    const adopted = new ManagedProcess(spec);
    adopted.#adopted = true;
    adopted.#pid = pid;
    adopted.#startTime = startTime;
    return adopted;
  }

  /** Of the last start; 0 before the first. */
  get pid(): number {
    return this.#pid ?? 0;
  }

  get startTime(): string {
    return this.#startTime ?? '';
  }

  get running(): boolean {
    if (this.#pid === undefined || this.#exit !== undefined) return false;
    return this.#adopted ? isRunning(this.#pid, this.#startTime) : true;
  }

  /** How it ended (`status 1`, `SIGKILL`), as far as known; undefined while it runs. */
  get ended(): string | undefined {
    return this.running ? undefined : (this.#exit ?? 'unknown reason');
  }

  /**
   * Starts the process and waits until its probe says it is ready.
   *
   * @throws LocalCloudError `MESH_LOCAL_SERVER_DIED`, `MESH_LOCAL_SERVER_NOT_READY` or `MESH_LOCAL_PORT_TAKEN`,
   *   with the log's tail; the process is gone then.
   */
  async start(): Promise<void> {
    this.spawn();
    await this.ready();
  }

  /** Starts the process without waiting for it; `ready()` is the other half. */
  spawn(): void {
    const { command, args, env, cwd, user, logFile } = this.spec;
    mkdirSync(dirname(logFile), { recursive: true });
    this.#logStart = fileSize(logFile);
    const log = openSync(logFile, 'a');
    this.#exit = undefined;
    this.#adopted = false;
    this.#isReady = false;
    this.#asked = false;
    // In a session of its own: Ctrl-C is for this process, which then stops the others in order.
    const child = spawn(command, args, {
      cwd,
      ...user,
      env: { ...process.env, ...env },
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    const pid = child.pid;
    child.once('error', (error) => {
      if (pid === undefined) this.#exit = error.message;
    });
    if (pid === undefined) {
      this.#exit = `${command} cannot be run`;
      return;
    }
    this.#pid = pid;
    this.#startTime = processStartTime(pid);
    guard(pid);
    child.once('exit', (code, signalName) => {
      unguard(pid);
      if (this.#pid === pid) this.#ends(signalName ?? `status ${String(code)}`);
    });
    child.unref();
    this.spec.onSpawn?.(pid);
  }

  /** Waits until the probe answers true. Errors as `start`. */
  async ready(): Promise<void> {
    const { name, probe, logFile, readyTimeoutMs = 120_000 } = this.spec;
    const deadline = Date.now() + readyTimeoutMs;
    let missing: true | string = 'it was not asked yet';
    while (Date.now() < deadline) {
      if (!this.running) {
        const tail = logTail(logFile, this.#logStart);
        throw new LocalCloudError(
          tail.includes('Address already in use') ? 'MESH_LOCAL_PORT_TAKEN' : 'MESH_LOCAL_SERVER_DIED',
          `${name} ended (${this.ended ?? ''}) before it was ready. ${tail}`,
        );
      }
      try {
        missing = await probe();
      } catch (error) {
        await this.kill();
        throw error;
      }
      if (missing === true) {
        this.#isReady = true;
        return;
      }
      await sleep(100);
    }
    await this.kill();
    throw new LocalCloudError(
      'MESH_LOCAL_SERVER_NOT_READY',
      `${name} was not ready within ${String(readyTimeoutMs / 1000)} s: ${missing}. ${logTail(logFile, this.#logStart)}`,
    );
  }

  /** The spec's stop signal, and SIGKILL when the process is still there after `graceMs` (default 10,000). */
  async stop(graceMs = 10_000): Promise<void> {
    if (!this.running) return;
    this.#asked = true;
    signal(this.pid, this.spec.stopSignal ?? 'SIGTERM');
    if (!(await this.#gone(graceMs))) await this.kill();
  }

  /** SIGKILL: what a crash looks like. Returns when the process is gone. */
  async kill(): Promise<void> {
    if (!this.running) return;
    this.#asked = true;
    signal(this.pid, 'SIGKILL');
    // A process in an uninterruptible call ends when the call does; nothing else can be done for it.
    await this.#gone(30_000);
  }

  /** Stops what still runs and starts it anew, with the same arguments and so the same port and data. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** From now on the process goes on when this one ends. */
  release(): void {
    if (this.running) unguard(this.pid);
  }

  /** Someone else is about to end the process: that is no crash. */
  expectEnd(): void {
    this.#asked = true;
  }

  #ends(how: string): void {
    this.#exit = how;
    if (this.#isReady && !this.#asked) this.spec.onCrash?.(how);
  }

  async #gone(withinMs: number): Promise<boolean> {
    const deadline = Date.now() + withinMs;
    while (this.running) {
      if (Date.now() >= deadline) return false;
      await sleep(20);
    }
    return true;
  }
}
