import { Command, CommanderError } from 'commander';

import { register as bench } from './commands/bench.js';
import { register as demo } from './commands/demo.js';
import { register as dlq } from './commands/dlq.js';
import { register as doctor } from './commands/doctor.js';
import { register as down } from './commands/down.js';
import { register as frame } from './commands/frame.js';
import { register as importBulk } from './commands/import.js';
import { register as lag } from './commands/lag.js';
import { register as load } from './commands/load.js';
import { register as logs } from './commands/logs.js';
import { register as replay } from './commands/replay.js';
import { register as reset } from './commands/reset.js';
import { register as status } from './commands/status.js';
import { register as topology } from './commands/topology.js';
import { register as up } from './commands/up.js';

/** `EX_USAGE` of sysexits.h: no such command, or one used wrongly. */
const USAGE_ERROR = 64;

/** In the order of `./mesh --help`; a new command is a file of its own that exports `register`. */
const commands = [
  demo,
  up,
  down,
  status,
  logs,
  load,
  replay,
  importBulk,
  lag,
  dlq,
  reset,
  doctor,
  frame,
  topology,
  bench,
];

const program = new Command('mesh')
  .description('The music data mesh on this machine.')
  .addHelpText('after', '\n  test [options]              install what is missing, then run npm run verify')
  .configureHelp({ showGlobalOptions: true })
  .showHelpAfterError('(./mesh --help lists the commands)')
  .exitOverride();
for (const register of commands) register(program);
for (const command of program.commands) command.exitOverride().showHelpAfterError();

// The reader of our output may have seen enough (| head).
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : USAGE_ERROR;
  } else {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`mesh: ${message}\n`);
    if (process.env['MESH_DEBUG'] !== undefined && error instanceof Error)
      process.stderr.write(`${error.stack ?? ''}\n`);
    process.exitCode = 1;
  }
}
