import { join } from 'node:path';

import { withLock } from './lock.js';
import { toolsDir } from './paths.js';
import { runCommand } from './run-command.js';

export interface MavenOptions {
  readonly onLine?: (line: string) => void;
  /** Asked once no other Maven runs: whether there is nothing left to do. */
  readonly unless?: () => boolean;
}

/** Runs Maven while no other one of ours does: two at once may damage each other's downloads in `~/.m2`. */
export async function runMaven(
  args: readonly string[],
  { onLine, unless = () => false }: MavenOptions = {},
): Promise<void> {
  await withLock(
    join(toolsDir(), 'maven.lock'),
    () => undefined,
    async () => {
      if (!unless()) await runCommand('mvn', args, onLine === undefined ? {} : { onLine });
    },
  );
}
