import { RUN_SOURCES } from '@mesh/jest/sources.mjs';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { until } from '@mesh/jest/until.mjs';
import type { FromInstance, InstanceOptions, ToInstance } from './instance.js';

/** An instance in a process of its own. */
export class InstanceProcess {
  state = '';
  /** Every state it went through, and why it was not ready. */
  readonly states: { readonly state: string; readonly notReady: string | undefined }[] = [];
  processed = 0;
  restored = 0;
  readonly #child: ChildProcess;
  #output = '';

  /** @param onWrite what the instance's sink writes; it is acknowledged when the promise settles */
  constructor(
    options: InstanceOptions,
    onWrite: (key: string, value: string) => Promise<void> = async () => undefined,
  ) {
    this.#child = fork(join(import.meta.dirname, 'instance.ts'), [JSON.stringify(options)], {
      execArgv: [...RUN_SOURCES],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (data: Buffer) => {
        this.#output += data.toString();
      });
    }
    this.#child.on('message', (message: FromInstance) => {
      if (message.type === 'write') {
        void onWrite(message.key, message.value).then(() => {
          const answer: ToInstance = { type: 'written', id: message.id };
          if (this.#child.connected) this.#child.send(answer, () => undefined);
        });
      } else if (message.type === 'state') {
        this.states.push(message);
      } else {
        this.state = message.state;
        this.processed = message.processed;
        this.restored = message.restored;
      }
    });
  }

  /** Waits until it runs, and then until it has processed so many records more. */
  async processMore(records: number): Promise<void> {
    await this.#until('an instance runs', () => this.state === 'RUNNING');
    const before = this.processed;
    await this.#until(
      `an instance processes ${records} more records`,
      () => this.processed >= before + records,
    );
  }

  async #until(what: string, condition: () => boolean): Promise<void> {
    await until(what, () => {
      if (this.#child.exitCode !== null) throw new Error(`the instance has ended by itself: ${this.#output}`);
      return condition();
    });
  }

  /** SIGKILL: nothing of it runs any more when this returns. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** SIGTERM: it closes by itself. @returns its exit code */
  async stop(): Promise<number | null> {
    await this.#end('SIGTERM');
    return this.#child.exitCode;
  }

  suspend(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill(signal);
    await exited;
  }
}
