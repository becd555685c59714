import { InvalidArgumentError, type Command } from 'commander';

import { followLog, printLog } from '../supervisor/logs.js';
import { runDir } from '../supervisor/paths.js';

/** `mesh logs <name> [-f]`. */
export function register(program: Command): void {
  program
    .command('logs')
    .description('print what an app or server said last')
    .argument('<name>', 'as ./mesh status names it')
    .option('-f, --follow', 'go on with what it says from now on, until Ctrl-C')
    .option('-n, --lines <count>', 'how many lines', (text) => wholeNumber(text), 200)
    .action(async (name: string, options: { follow?: boolean; lines: number }) => {
      const write = (text: string) => process.stdout.write(text);
      const file = printLog(runDir(), name, options.lines, write);
      if (options.follow === true) await followLog(file, write);
    });
}

function wholeNumber(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 0) throw new InvalidArgumentError('must be a whole number');
  return count;
}
