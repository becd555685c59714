import { buildJar } from '@mesh/local-cloud';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Case } from './cases.js';
import type { Line } from './run.js';

const run = promisify(execFile);
/** The folder of the Java programs. */
export const ORACLE = join(import.meta.dirname, '../../../../../tools/oracle');
const JAR = 'target/oracle.jar';
/** In memory where there is such a folder: each case opens and deletes stores on disk. */
const SCRATCH = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** It runs for seconds: compiling to the last bit and collecting in parallel cost more than they give. */
const FAST_START = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];

/** Java's answer: its lines, or why it has none. */
export type Answer = readonly Line[] | { readonly error: string };

/** Builds the oracle, with Maven and Java 17, where it is not built yet, or was before its sources were changed. */
export async function buildOracle(): Promise<void> {
  await buildJar(ORACLE, JAR);
}

/** What Kafka Streams answers, case by case. Names of cases are made here. */
export async function askOracle(cases: readonly Case[]): Promise<readonly Answer[]> {
  return answers(cases, await runOracle(cases));
}

/** The text that Kafka Streams has for each case's topology. */
export async function describeOracle(cases: readonly Case[]): Promise<readonly string[]> {
  const lines = (await runOracle(cases, '--describe')).split('\n').filter((line) => line !== '');
  return lines.map((line) => (JSON.parse(line) as { readonly topology: string }).topology);
}

async function runOracle(cases: readonly Case[], ...options: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(SCRATCH, 'oracle-'));
  try {
    const file = join(folder, 'cases.json');
    await writeFile(
      file,
      JSON.stringify({ cases: cases.map((given, index) => ({ ...given, name: String(index) })) }),
    );
    const scratch = `-Djava.io.tmpdir=${folder}`;
    const { stdout } = await run(
      'java',
      [...FAST_START, scratch, '-jar', join(ORACLE, JAR), file, ...options],
      {
        maxBuffer: 1024 * 1024 * 1024,
      },
    );
    return stdout;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function answers(cases: readonly Case[], stdout: string): readonly Answer[] {
  const lines = new Map<string, Line[]>();
  const errors = new Map<string, string>();
  for (const text of stdout.split('\n')) {
    if (text === '') continue;
    const line = JSON.parse(text) as Line | { readonly case: string; readonly error: string };
    if ('error' in line) {
      errors.set(line.case, line.error);
      continue;
    }
    const list = lines.get(line.case) ?? [];
    list.push({ ...line, case: cases[Number(line.case)]?.name ?? '' });
    lines.set(line.case, list);
  }
  return cases.map((_given, index) => {
    const error = errors.get(String(index));
    return error === undefined ? (lines.get(String(index)) ?? []) : { error };
  });
}
