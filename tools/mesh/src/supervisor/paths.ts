import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { meshHome } from '@mesh/local-cloud';

/** The workspace's root, from `src/supervisor` as from `dist/supervisor`. */
export const workspaceRoot = fileURLToPath(new URL('../../../..', import.meta.url));

/** What runs now: `state.json` and a log per process. One mesh per MESH_HOME runs at a time. */
export function runDir(): string {
  return join(meshHome(), 'run');
}

export function logFileOf(dir: string, name: string): string {
  return join(dir, `${name}.log`);
}

/** The servers' data of one kind of run, which `up` keeps and the demo starts without. */
export function dataDir(kind: string): string {
  return join(meshHome(), 'data', kind);
}

/** The state that apps keep on disk, a folder for each application id. */
export function stateDir(data: string): string {
  return join(data, 'state');
}
