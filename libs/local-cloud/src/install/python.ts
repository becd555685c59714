import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { LocalCloudError } from '../errors.js';
import { installOnce, toStderr, type Progress } from './install-once.js';
import { packageDir } from './paths.js';
import { runCommand } from './run-command.js';

const NAME = 'moto-5.2.5';

export interface MotoInstallation {
  /** The virtual environment's interpreter. */
  readonly python: string;
  readonly sitePackages: string;
}

/** moto's server in a virtual environment, every package pinned with its hash in python/requirements.txt. */
export async function installMoto(progress: Progress = toStderr): Promise<MotoInstallation> {
  const requirements = join(packageDir, 'python', 'requirements.txt');
  const dir = await installOnce(
    {
      name: NAME,
      lockFiles: [requirements],
      // A virtual environment is of no use to another interpreter.
      salt: interpreter(),
      install: async (venv) => {
        progress(`${NAME}: making a Python environment`);
        await runCommand('python3', ['-m', 'venv', venv]);
        await runCommand(join(venv, 'bin', 'python'), pipArgs(requirements), {
          onLine: packageCounter(requirements, progress),
        });
      },
    },
    progress,
  );
  // Programs in bin/ name the folder that the environment was made in; the interpreter finds its own.
  return { python: join(dir, 'bin', 'python'), sitePackages: sitePackages(dir) };
}

/** The AWS service models (`<service>/<date>/service-2.json`) that botocore, which moto brings, is made from. */
export async function botocoreDataDir(progress: Progress = toStderr): Promise<string> {
  return join((await installMoto(progress)).sitePackages, 'botocore', 'data');
}

function pipArgs(requirements: string): string[] {
  const locked = ['--require-hashes', '--only-binary', ':all:', '-r', requirements];
  return [
    '-m',
    'pip',
    'install',
    '--disable-pip-version-check',
    '--no-input',
    '--progress-bar',
    'off',
    ...locked,
  ];
}

function packageCounter(requirements: string, progress: Progress): (line: string) => void {
  const names = readFileSync(requirements, 'utf8').match(/^[a-z0-9-]+(?===)/gm) ?? [];
  const total = new Set(names).size;
  let seen = 0;
  return (line) => {
    if (line.startsWith('Installing collected')) progress(`${NAME}: installing the packages`);
    if (!line.startsWith('Collecting ')) return;
    seen += 1;
    if (seen % 15 === 0) progress(`${NAME}: fetched ${String(seen)} of about ${String(total)} packages`);
  };
}

function interpreter(): string {
  try {
    return execFileSync('python3', ['-c', 'import sys; print(sys.version, sys.base_prefix)'], {
      encoding: 'utf8',
    });
  } catch (error) {
    throw new LocalCloudError(
      'MESH_LOCAL_INSTALL_FAILED',
      'python3 could not be run: install Python 3.10 or newer (with venv) and put it on PATH',
      { cause: error },
    );
  }
}

function sitePackages(venv: string): string {
  const version = readdirSync(join(venv, 'lib')).find((entry) => entry.startsWith('python3'));
  if (version === undefined) {
    throw new LocalCloudError(
      'MESH_LOCAL_INSTALL_FAILED',
      `${venv} holds no Python library: remove it and try again`,
    );
  }
  return join(venv, 'lib', version, 'site-packages');
}
