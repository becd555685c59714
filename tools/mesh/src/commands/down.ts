import type { Command } from 'commander';

import { runDir } from '../supervisor/paths.js';
import { stopRunningMesh } from '../supervisor/supervisor.js';

/** `mesh down`: ends whatever runs, also what a killed command left behind. */
export function register(program: Command): void {
  program
    .command('down')
    .description('stop all apps and servers; their data stays')
    .action(async () => {
      const something = await stopRunningMesh(runDir(), (line) => process.stderr.write(`${line}\n`));
      process.stdout.write(something ? 'The mesh is down.\n' : 'Nothing was running.\n');
    });
}
