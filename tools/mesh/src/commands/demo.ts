import type { Command } from 'commander';
import { Checks } from '../demo/checks.js';
import { runDemo } from '../demo/run.js';
import { Progress } from '../progress.js';
import { startMesh } from '../supervisor/mesh.js';
import { positive } from './options.js';

interface Flags {
  readonly exit?: boolean;
  readonly chaos?: boolean;
  readonly interactions: number;
  readonly rate?: number;
  readonly seed: string;
  readonly report?: string;
}

/** `mesh demo`: the whole mesh from nothing, on data of its own that each run starts without. */
export function register(program: Command): void {
  program
    .command('demo')
    .description('start everything, load, stream, show what comes out, and account for every event')
    .option('--exit', 'end by itself, with status 0 only where every check held')
    .option('--chaos', 'kill and restart each application and the broker on the way')
    .option('--interactions <count>', 'length of the listening log', positive, 50_000)
    .option('--rate <per second>', 'interactions a second; as fast as it goes where absent', positive)
    .option('--seed <text>', 'another seed gives another log', 'music-mesh')
    .option('--report <file>', 'leave the totals of the checks here, as JSON')
    .action(async (flags: Flags) => {
      const progress = new Progress(process.stdout);
      const print = (line: string) => progress.print(line);
      const checks = new Checks(print);
      const mesh = await startMesh({ onProgress: print, data: 'demo', fresh: true });
      try {
        await runDemo(
          mesh,
          {
            interactions: flags.interactions,
            seed: flags.seed,
            chaos: flags.chaos ?? false,
            ...(flags.rate === undefined ? {} : { rate: flags.rate }),
          },
          checks,
          progress,
        );
        if (flags.report !== undefined) checks.report(flags.report);
        print(checks.allHeld ? '\nEvery check held.' : '\nNot every check held.');
        if (flags.exit !== true) {
          print(`The mesh goes on: ${mesh.appUrl('recommendations')}/v1/trending. Ctrl-C stops all of it.`);
          await mesh.untilInterrupted();
        }
      } finally {
        await mesh.stop();
      }
      process.exitCode = checks.allHeld ? 0 : 1;
    });
}
