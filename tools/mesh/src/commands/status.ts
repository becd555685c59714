import type { Command } from 'commander';

import { runDir } from '../supervisor/paths.js';
import { formatStatus, meshStatus } from '../supervisor/status.js';

/** As `systemctl status` has it: the thing asked about does not run. */
const NOT_RUNNING = 3;

/** `mesh status`: a table; exit status 0 only when everything runs and is ready. */
export function register(program: Command): void {
  program
    .command('status')
    .description(
      'show every server and app: state, readiness, address, memory (exit status 3 unless all are ready)',
    )
    .action(async () => {
      const rows = await meshStatus(runDir());
      process.stdout.write(
        rows.length === 0 ? 'Nothing is running. ./mesh up starts the mesh.\n' : `${formatStatus(rows)}\n`,
      );
      if (rows.length === 0 || rows.some((row) => row.ready !== true)) process.exitCode = NOT_RUNNING;
    });
}
