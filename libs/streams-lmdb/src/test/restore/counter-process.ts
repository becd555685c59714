import { RUN_SOURCES } from '@mesh/jest/sources.mjs';
import { buildJar } from '@mesh/local-cloud';
import { fork, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ReportingProcess } from '../reporting-process.js';
import type { CounterOptions, CounterReport } from './counter.js';

const ORACLE = join(import.meta.dirname, '../../../../../tools/oracle');
const JAR = 'target/oracle.jar';

/** An application that counts, as a process of its own, to be killed. */
export type CounterProcess = ReportingProcess<CounterReport>;

const BEFORE: CounterReport = { state: '', processed: 0, restored: 0, mostPerCommit: 0, error: undefined };

/** On this library. */
export function countOurs(options: CounterOptions): CounterProcess {
  const child = fork(join(import.meta.dirname, 'counter.ts'), [JSON.stringify(options)], {
    execArgv: [...RUN_SOURCES],
  });
  return new ReportingProcess(child, BEFORE);
}

/** On Kafka Streams, with its state in RocksDB; {@link buildJava} comes before. */
export function countJava({ brokers, directory, commitIntervalMs }: CounterOptions): CounterProcess {
  const classPath = [join(ORACLE, JAR), join(ORACLE, 'target/lib/*')].join(':');
  const args = ['-Xmx1g', '-cp', classPath, 'Counter', brokers, directory, String(commitIntervalMs)];
  const child = spawn('java', args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const counter = new ReportingProcess(child, BEFORE);
  createInterface({ input: child.stdout }).on('line', (line) => {
    counter.report = { error: undefined, ...(JSON.parse(line) as Omit<CounterReport, 'error'>) };
  });
  return counter;
}

/** Builds the Java program, with Maven and Java 17, where it is not built since it was changed. */
export async function buildJava(): Promise<void> {
  await buildJar(ORACLE, JAR);
}
