import type { Command } from 'commander';

import { startMesh } from '../supervisor/mesh.js';

/** `mesh up`: starts what does not run yet and leaves it running. */
export function register(program: Command): void {
  program
    .command('up')
    .description('start the servers and all apps, and leave them running')
    .option('--fresh', 'forget the data of earlier runs')
    .action(async (options: { fresh?: boolean }) => {
      const mesh = await startMesh({
        onProgress: (line) => process.stderr.write(`${line}\n`),
        adopt: options.fresh !== true,
        fresh: options.fresh === true,
      });
      mesh.handOver();
      process.stdout.write(
        'The mesh is up. ./mesh status shows it, ./mesh logs <app> what an app says, ./mesh down ends it.\n',
      );
    });
}
