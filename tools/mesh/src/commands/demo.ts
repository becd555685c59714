import type { Command } from 'commander';
import { Checks } from '../demo/checks.js';
import { runDemo } from '../demo/run.js';
import { Progress } from '../progress.js';
import { startMesh } from '../supervisor/mesh.js';
import { runDir } from '../supervisor/paths.js';
import { meshStatus } from '../supervisor/status.js';
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
      const startedAt = performance.now();
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
        print(`\n${await cost(startedAt)}`);
        print(checks.allHeld ? 'Every check held.' : 'Not every check held.');
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

/** What the run took until now. */
async function cost(startedAt: number): Promise<string> {
  const rows = await meshStatus(runDir());
  const bytes = rows.reduce((sum, { rss = 0 }) => sum + rss, 0);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  return `${seconds} s in all; ${rows.length} processes have ${Math.round(bytes / 1_048_576).toLocaleString('en-GB')} MB of memory`;
}
