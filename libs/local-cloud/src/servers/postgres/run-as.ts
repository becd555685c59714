import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

import { LocalCloudError } from '../../errors.js';

/** How to run a program that refuses to be root. */
export interface Unprivileged {
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Put before the program and its arguments. */
  readonly prefix: readonly string[];
}

/** `nobody`, under the number that it has everywhere. */
const NOBODY = { uid: 65_534, gid: 65_534 };
/** In a user namespace of its own the process is still root to files, and nobody to itself. */
const NAMESPACE = ['unshare', '--user', '--map-user=65534', '--map-group=65534'];

/**
 * As whom to run Postgres, which refuses to be root: as this user where it is not root, else as `nobody`, who is
 * given the folder `own` and let through the one above it; or, where folders further up are closed to `nobody`, in a
 * user namespace.
 *
 * @param reads what the program reads besides.
 * @throws LocalCloudError `MESH_LOCAL_INSTALL_FAILED` where none of these works.
 */
export function unprivileged(own: string, reads: string): Unprivileged {
  if (process.getuid?.() !== 0) return { prefix: [] };
  chmodSync(dirname(own), 0o711);
  if (isOpen(own) && isOpen(reads)) {
    chownSync(own, NOBODY.uid, NOBODY.gid);
    return { user: NOBODY, prefix: [] };
  }
  if (spawnSync(NAMESPACE[0] ?? '', [...NAMESPACE.slice(1), 'true']).status === 0)
    return { prefix: NAMESPACE };
  throw new LocalCloudError(
    'MESH_LOCAL_INSTALL_FAILED',
    `Postgres does not run as root, and another user can't enter ${own} or ${reads}: work as another user than root, ` +
      'or set MESH_HOME to a folder that all may enter, as /var/tmp/mesh',
  );
}

/** Whether everybody may pass through the folders above it. */
function isOpen(path: string): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}
