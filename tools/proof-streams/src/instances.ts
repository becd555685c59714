import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { InstanceOptions, Progress } from './instance.js';

const PROGRAM = fileURLToPath(new URL('./instance.js', import.meta.url));

/** An instance over all its lives. */
export class Instance {
  readonly #options: InstanceOptions;
  readonly #log: string;
  readonly #failures: string[] = [];
  #child: ChildProcess | undefined;
  #progress: Progress | undefined;
  #earlier = 0;
  #asked = false;

  /** @param log the file that its output is appended to */
  constructor(options: InstanceOptions, log: string) {
    this.#options = options;
    this.#log = log;
  }

  get name(): string {
    return this.#options.name;
  }

  /** Records processed, in all its lives. */
  get processed(): number {
    return this.#earlier + (this.#progress?.processed ?? 0);
  }

  get state(): string {
    return this.#progress?.state ?? 'DOWN';
  }

  /** Ends that nobody asked for, and states of ERROR. */
  get failures(): readonly string[] {
    return this.#failures;
  }

  start(): void {
    const child = fork(PROGRAM, [JSON.stringify(this.#options)], {
      execArgv: ['--enable-source-maps', '--max-old-space-size=512'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    this.#asked = false;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (data: Buffer) => appendFileSync(this.#log, data));
    }
    child.on('message', (progress: Progress) => {
      if (this.#child !== child) return;
      if (progress.state === 'ERROR' && this.#progress?.state !== 'ERROR') {
        this.#failures.push(`${this.name} is in ERROR: ${progress.error ?? 'for no known reason'}`);
      }
      this.#progress = progress;
    });
    child.once('exit', (code, signal) => {
      if (!this.#asked) this.#failures.push(`${this.name} ended by itself with ${signal ?? String(code)}`);
      if (this.#child === child) this.#forget();
    });
  }

  /** SIGKILL: nothing of it runs any more when this returns. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** SIGTERM: it closes by itself; a minute on it is killed, which is a failure. */
  async stop(): Promise<void> {
    const child = this.#child;
    const timer = setTimeout(() => {
      this.#failures.push(`${this.name} did not close within a minute`);
      child?.kill('SIGKILL');
    }, 60_000);
    await this.#end('SIGTERM');
    clearTimeout(timer);
  }

  suspend(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#asked = true;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  #forget(): void {
    this.#earlier = this.processed;
    this.#child = undefined;
    this.#progress = undefined;
  }
}
