import { buildJar } from '@mesh/local-cloud';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Measurement, RunSettings } from './settings.js';
import type { Workload } from './workloads.js';

const JAVA_FOLDER = join(import.meta.dirname, '../java');
const JAR = 'target/bench.jar';
/** A run that takes longer hangs. Milliseconds. */
const RUN_TIMEOUT_MS = 180_000;

/** Builds the Java harness, with Maven and Java 17, where it is not built since it was changed. */
export async function buildJava(): Promise<void> {
  await buildJar(JAVA_FOLDER, JAR);
}

/** Our side, or another in Node, in a process of its own. */
export async function runNode(
  settings: RunSettings,
  { program, nodeArgs }: { readonly program: string; readonly nodeArgs: readonly string[] },
): Promise<Measurement> {
  return measured(await run(process.execPath, [...nodeArgs, program, JSON.stringify(settings)]));
}

/** The Java side. */
export async function runJava(
  settings: RunSettings,
  workload: Workload,
  javaArgs: readonly string[],
): Promise<Measurement> {
  const options: Readonly<Record<string, string | number>> = {
    workload: settings.workload,
    bootstrap: settings.bootstrap,
    application: settings.application,
    input: settings.input,
    table: settings.table,
    output: settings.output,
    steps: settings.steps,
    'steps-per-record': settings.stepsPerRecord,
    'commit-interval-ms': settings.commitIntervalMs,
    'cache-bytes': settings.cacheBytes,
    'batch-bytes': settings.batchBytes,
    'linger-ms': settings.lingerMs,
    'state-dir': settings.stateDir,
    threads: settings.threads,
    store: workload.javaStore,
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return measured(await run('java', [...javaArgs, '-jar', join(JAVA_FOLDER, JAR), ...args]));
}

function measured(output: string): Measurement {
  const line = output.trimEnd().split('\n').at(-1) ?? '';
  return JSON.parse(line) as Measurement;
}

/** @returns what it wrote to stdout. @throws Error where it fails, with the end of what it wrote to stderr */
function run(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: RUN_TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-4_000)));
    child.on('error', reject);
    child.on('close', (status, signal) => {
      if (status === 0) resolve(output);
      else reject(new Error(`${command} ended with ${signal ?? `status ${status}`}: ${errors}${output}`));
    });
  });
}
