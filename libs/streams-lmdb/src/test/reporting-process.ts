import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

export interface Report {
  /** Why it cannot go on. */
  readonly error: string | undefined;
}

/** A process that says how it is, to be ended. */
export class ReportingProcess<R extends Report> {
  /** The last one. */
  report: R;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #errors = '';

  /** @param report until it sends another, as a message over its channel; who starts it without one sets them */
  constructor(child: ChildProcess, report: R) {
    this.report = report;
    this.#child = child;
    this.#exited = once(child, 'exit');
    child.on('message', (message) => (this.report = message as R));
    child.stderr?.on('data', (data: Buffer) => {
      this.#errors = (this.#errors + data.toString()).slice(-4_000);
    });
  }

  /** @throws Error where it fails, ends or takes too long before */
  async until(
    what: string,
    condition: (report: R) => boolean | Promise<boolean>,
    timeoutMs = Infinity,
  ): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!(await condition(this.report))) {
      if (this.report.error !== undefined) throw new Error(`${what}: ${this.report.error}`);
      if (this.#ended) throw new Error(`${what}: the process ended before: ${this.#errors}`);
      if (Date.now() > deadline) {
        throw new Error(`${what}: not within ${timeoutMs} ms: ${JSON.stringify(this.report)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** @returns its exit code; null where the signal ended it */
  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    if (!this.#ended) {
      this.#child.kill(signal);
      await this.#exited;
    }
    return this.#child.exitCode;
  }

  get #ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}
