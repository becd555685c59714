import { install, pack } from '@mesh/jest/packed.mjs';
import { RUN_SOURCES } from '@mesh/jest/sources.mjs';
import { fork } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ReportingProcess } from '../reporting-process.js';
import { FIXTURES } from './fixtures.js';
import type { InstanceOptions, InstanceReport } from './instance.js';

const LIBS = join(import.meta.dirname, '../../../..');
const PROGRAM = 'instance.ts';

/** A build of the library, which instances run on. */
export interface Build {
  /** The folder that the program is in. */
  readonly folder: string;
  readonly nodeArgs: readonly string[];
}

/** The sources as they are now. */
export const presentBuild: Build = { folder: import.meta.dirname, nodeArgs: RUN_SOURCES };

/** Keeps the build of a version: the packages as npm would publish them. */
export async function recordBuild(version: string): Promise<void> {
  const folder = packages(version);
  mkdirSync(folder, { recursive: true });
  for (const name of ['kafka', 'streams', 'streams-lmdb']) {
    const { tarball } = await pack(join(LIBS, name), folder);
    renameSync(tarball, join(folder, `${name}.tgz`));
  }
}

export function isBuildRecorded(version: string): boolean {
  return existsSync(packages(version));
}

/** Installs the build of a version in an empty folder. */
export async function recordedBuild(version: string, folder: string): Promise<Build> {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', private: true }));
  const tarballs = readdirSync(packages(version)).map((file) => join(packages(version), file));
  await install(folder, tarballs);
  copyFileSync(join(import.meta.dirname, PROGRAM), join(folder, PROGRAM));
  return { folder, nodeArgs: [] };
}

export type Instance = ReportingProcess<InstanceReport>;

export function startInstance({ folder, nodeArgs }: Build, options: InstanceOptions): Instance {
  const child = fork(join(folder, PROGRAM), [JSON.stringify(options)], {
    cwd: folder,
    execArgv: [...nodeArgs],
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  return new ReportingProcess<InstanceReport>(child, {
    ...{
      library: '',
      state: '',
      ready: false,
      processed: 0,
      stores: 0,
      changelogRecords: 0,
      error: undefined,
    },
  });
}

function packages(version: string): string {
  return join(FIXTURES, version, 'packages');
}
