import { planReset, resetApplication, type ResetTo } from '@mesh/streams';
import { Option, type Command } from 'commander';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { formatPlan } from '../housekeeping/reset.js';
import { apps } from '../supervisor/apps.js';
import { dataDir, runDir, stateDir } from '../supervisor/paths.js';
import { stopApp } from '../supervisor/stop-app.js';
import { withKafka } from './kafka.js';

/** `mesh reset`: an application begins anew. */
export function register(program: Command): void {
  program
    .command('reset')
    .description(
      'let an application begin anew: offsets, internal topics, local state (only says so without --execute)',
    )
    .argument('<app>', 'its application id')
    .option('--execute', 'do it; an instance that the mesh runs is stopped first')
    .addOption(
      new Option('--to <where>', 'where it reads on').choices(['earliest', 'latest']).default('earliest'),
    )
    .option('--state-directory <dir>', 'where it keeps state on this machine', stateDir(dataDir('up')))
    .action(async (name: string, flags: { execute?: boolean; to: ResetTo; stateDirectory: string }) => {
      const print = (line: string) => process.stdout.write(`${line}\n`);
      const state = join(flags.stateDirectory, name);
      await withKafka('mesh-reset', async (client) => {
        const admin = client.admin();
        try {
          if (flags.execute === true) await stopApp(runDir(), name, print);
          const plan = await planReset(admin, name, {
            to: flags.to,
            otherIds: apps.map((app) => app.name),
          });
          print(formatPlan(plan));
          if (existsSync(state)) print(`deletes its state on this machine\n  ${state}`);
          if (flags.execute !== true) {
            print('Nothing was changed: --execute does it.');
            return;
          }
          await resetApplication(admin, plan);
          rmSync(state, { recursive: true, force: true });
          print(`${name} is reset. ./mesh up starts it again.`);
        } finally {
          await admin.close();
        }
      });
    });
}
