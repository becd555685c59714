import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package's own folder, from `src/install` as from `dist/install`. */
export const packageDir = fileURLToPath(new URL('../..', import.meta.url));

/** The one folder that holds all state of this machine's mesh: `MESH_HOME`, else `.mesh` of the workspace. */
export function meshHome(): string {
  const home = process.env['MESH_HOME'];
  return home === undefined || home === '' ? resolve(packageDir, '../../.mesh') : resolve(home);
}

/** Where installed servers live; shared by all runs and tests. */
export function toolsDir(): string {
  return join(meshHome(), 'tools');
}
