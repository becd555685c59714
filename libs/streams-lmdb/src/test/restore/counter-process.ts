import { RUN_SOURCES } from '@mesh/jest/sources.mjs';
import { execFile, fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { CounterOptions, CounterReport } from './counter.js';

const ORACLE = join(import.meta.dirname, '../../../../../tools/oracle');

/** An application that counts, as a process of its own, to be killed. */
export class CounterProcess {
  report: CounterReport = { state: '', processed: 0, restored: 0, mostPerCommit: 0, error: undefined };
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #errors = '';
  #killed = false;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#exited = once(this.#child, 'exit');
    child.stderr?.on(
      'data',
      (data: Buffer) => (this.#errors = (this.#errors + data.toString()).slice(-4_000)),
    );
  }

  /** On this library. */
  static ours(options: CounterOptions): CounterProcess {
    const child = fork(join(import.meta.dirname, 'counter.ts'), [JSON.stringify(options)], {
      execArgv: [...RUN_SOURCES],
    });
    const counter = new CounterProcess(child);
    child.on('message', (report) => (counter.report = report as CounterReport));
    return counter;
  }

  /** On Kafka Streams, with its state in RocksDB; {@link buildJava} comes before. */
  static java({ brokers, directory, commitIntervalMs }: CounterOptions): CounterProcess {
    const classPath = [join(ORACLE, 'target/oracle.jar'), join(ORACLE, 'target/lib/*')].join(':');
    const args = ['-Xmx1g', '-cp', classPath, 'Counter', brokers, directory, String(commitIntervalMs)];
    const child = spawn('java', args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const counter = new CounterProcess(child);
    createInterface({ input: child.stdout }).on('line', (line) => {
      counter.report = { error: undefined, ...(JSON.parse(line) as Omit<CounterReport, 'error'>) };
    });
    return counter;
  }

  /** @throws Error where it fails, or ends, before */
  async until(what: string, condition: (report: CounterReport) => boolean): Promise<void> {
    while (!condition(this.report)) {
      if (this.report.error !== undefined) throw new Error(`${what}: ${this.report.error}`);
      if (this.#child.exitCode !== null)
        throw new Error(`${what}: the process ended before: ${this.#errors}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async kill(): Promise<void> {
    if (!this.#killed) this.#child.kill('SIGKILL');
    this.#killed = true;
    await this.#exited;
  }
}

/** Builds the Java program, with Maven and Java 17. */
export async function buildJava(): Promise<void> {
  await promisify(execFile)('mvn', ['-q', '-B', 'package'], { cwd: ORACLE });
}
