import { existsSync, globSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { runMaven } from './run-maven.js';

/**
 * Builds a Maven project with Java 17, unless its jar is newer than its sources. Several processes may ask for it at once.
 *
 * @param folder of the `pom.xml`
 * @param jar what the build makes, in that folder
 * @throws LocalCloudError `MESH_LOCAL_INSTALL_FAILED` with Maven's last lines
 */
export async function buildJar(folder: string, jar: string): Promise<void> {
  const current = (): boolean => isCurrent(folder, jar);
  if (!current()) await runMaven(['-q', '-B', '-f', join(folder, 'pom.xml'), 'package'], { unless: current });
}

function isCurrent(folder: string, jar: string): boolean {
  const file = join(folder, jar);
  if (!existsSync(file)) return false;
  const built = statSync(file).mtimeMs;
  const sources = ['pom.xml', ...globSync('src/**/*.java', { cwd: folder })];
  return sources.every((source) => statSync(join(folder, source)).mtimeMs < built);
}
