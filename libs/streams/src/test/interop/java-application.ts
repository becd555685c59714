import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@mesh/jest/until.mjs';
import { buildOracle, ORACLE } from '../conformance/oracle.js';

/** The application of `Interop.java`, run by Kafka Streams in a process of its own, with an empty state directory. */
export class JavaApplication {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #stateDir: string;
  #output = '';

  private constructor(child: ChildProcessWithoutNullStreams, stateDir: string) {
    this.#child = child;
    this.#stateDir = stateDir;
    child.stdout.on('data', (data: Buffer) => (this.#output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (this.#output += data.toString()));
  }

  /** Returns when it runs: its stores are restored. */
  static async start(bootstrap: string, applicationId: string): Promise<JavaApplication> {
    await buildOracle();
    const stateDir = await mkdtemp(join(tmpdir(), 'interop-'));
    const classPath = [join(ORACLE, 'target/oracle.jar'), join(ORACLE, 'target/lib/*')].join(':');
    const options = ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', classPath];
    const child = spawn('java', [...options, 'Interop', bootstrap, applicationId, stateDir]);
    const application = new JavaApplication(child, stateDir);
    await until(
      'the Java application runs',
      () => {
        if (child.exitCode !== null) throw new Error(`it has ended: ${application.#output}`);
        return application.#output.includes('STATE RUNNING');
      },
      120_000,
    );
    return application;
  }

  get output(): string {
    return this.#output;
  }
  /** How many records each store was restored from. */
  get restored(): ReadonlyMap<string, number> {
    const lines = [...this.#output.matchAll(/^RESTORED (\S+) (\d+)$/gm)];
    return new Map(lines.map(([, store = '', total]) => [store, Number(total)]));
  }

  /** Leaves nothing running where a test has failed. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.stdin.end();
    await exited;
    await rm(this.#stateDir, { recursive: true, force: true });
    if (!this.#output.includes('CLOSED')) throw new Error(`the Java application failed: ${this.#output}`);
  }
}
