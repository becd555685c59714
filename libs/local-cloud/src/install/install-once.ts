import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { LocalCloudError } from '../errors.js';
import { withLock } from './lock.js';
import { toolsDir } from './paths.js';

/** Takes one readable line about what a long step is doing. */
export type Progress = (line: string) => void;

export const toStderr: Progress = (line) => {
  process.stderr.write(`${line}\n`);
};

export interface Installation {
  /** Folder name and name in messages, as `kafka-4.3.1`. */
  readonly name: string;
  /** Files that decide what is installed; another content is another installation. */
  readonly lockFiles: readonly string[];
  /** Anything else that decides, such as the interpreter's version. */
  readonly salt?: string;
  /** Fills the empty folder `dir`; run again in a new folder when it throws. */
  readonly install: (dir: string, attempt: number) => Promise<void>;
}

const COMPLETE = '.complete';
const ATTEMPTS = 3;

/**
 * Installs under MESH_HOME/tools and returns the folder; returns at once when that was done before. Several
 * processes may call it at the same time. An interrupted installation is thrown away and done again: only
 * a folder that was finished gets its final name.
 *
 * @throws LocalCloudError `MESH_LOCAL_INSTALL_FAILED` after three attempts.
 */
export async function installOnce(what: Installation, progress: Progress = toStderr): Promise<string> {
  const dir = join(toolsDir(), `${what.name}-${fingerprint(what)}`);
  if (existsSync(join(dir, COMPLETE))) return dir;
  const waiting = (pid: number) => {
    progress(`${what.name}: waiting for process ${String(pid)}, which is installing it`);
  };
  return withLock(`${dir}.lock`, waiting, async () => {
    if (existsSync(join(dir, COMPLETE))) return dir;
    removeLeftovers(`${what.name}-${fingerprint(what)}.partial-`);
    const partial = `${dir}.partial-${String(process.pid)}`;
    await attempt(what, partial, progress);
    writeFileSync(join(partial, COMPLETE), '');
    // Without its marker it is no installation of ours, whatever it is.
    if (!existsSync(join(dir, COMPLETE))) {
      rmSync(dir, { recursive: true, force: true });
      renameSync(partial, dir);
    }
    progress(`${what.name}: installed`);
    return dir;
  });
}

async function attempt(what: Installation, dir: string, progress: Progress): Promise<void> {
  for (let number = 1; ; number++) {
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir, { recursive: true });
    try {
      await what.install(dir, number);
      return;
    } catch (error) {
      rmSync(dir, { recursive: true, force: true });
      const reason = error instanceof Error ? error.message : String(error);
      if (number === ATTEMPTS) {
        throw new LocalCloudError(
          'MESH_LOCAL_INSTALL_FAILED',
          `${what.name} could not be installed under ${toolsDir()} in ${String(ATTEMPTS)} attempts. ` +
            `Check that the package registry is reachable, then run the command again. Last error: ${reason}`,
          { cause: error },
        );
      }
      progress(
        `${what.name}: attempt ${String(number)} of ${String(ATTEMPTS)} failed, trying again: ${reason}`,
      );
      await sleep(1000 * 2 ** number);
    }
  }
}

function fingerprint(what: Installation): string {
  const hash = createHash('sha256').update(what.salt ?? '');
  for (const file of what.lockFiles) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 8);
}

function removeLeftovers(prefix: string): void {
  for (const entry of readdirSync(toolsDir())) {
    if (entry.startsWith(prefix)) rmSync(join(toolsDir(), entry), { recursive: true, force: true });
  }
}
