import { RUN_SOURCES } from '@mesh/jest/sources.mjs';
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';

export const FIXTURES = join(import.meta.dirname, '../../../fixtures');
const SUFFIX = '.mdb.gz';
/** The application of `libs/streams/src/test/upgrade/topology.ts`. */
const APPLICATION_ID = 'upgrade';
const PROGRAM = join(import.meta.dirname, '../../../../streams/src/test/upgrade/main.ts');

/** Runs the program that records, and goes on from, what an application leaves behind. @returns what it prints */
export async function runProgram(directory: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      ...[...RUN_SOURCES, PROGRAM, ...args],
      ...['--state-stores', join(import.meta.dirname, 'state-stores.ts')],
    ],
    { env: { ...process.env, STATE_DIRECTORY: directory }, maxBuffer: 64 * 1024 * 1024 },
  );
  return stdout;
}

/** Keeps the environments of all tasks, in place of those there were. Most of their pages are empty. */
export function pack(directory: string, version: string): void {
  const target = join(FIXTURES, version);
  mkdirSync(target, { recursive: true });
  for (const file of readdirSync(target).filter((name) => name.endsWith(SUFFIX))) rmSync(join(target, file));
  const application = join(directory, APPLICATION_ID);
  for (const taskId of readdirSync(application)) {
    const data = readFileSync(join(application, taskId, 'data.mdb'));
    writeFileSync(join(target, `${taskId}${SUFFIX}`), gzipSync(data, { level: 9 }));
  }
}

/** The versions that there are fixtures of. */
export function recordedVersions(): readonly string[] {
  return readdirSync(FIXTURES).filter((name) => /^\d/.test(name));
}

export function unpack(version: string, directory: string): void {
  const source = join(FIXTURES, version);
  for (const file of readdirSync(source).filter((name) => name.endsWith(SUFFIX))) {
    const task = join(directory, APPLICATION_ID, file.slice(0, -SUFFIX.length));
    mkdirSync(task, { recursive: true });
    writeFileSync(join(task, 'data.mdb'), gunzipSync(readFileSync(join(source, file))));
  }
}
