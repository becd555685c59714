import type { Command } from 'commander';
import { formatLag, lagOf } from '../housekeeping/lag.js';
import { apps } from '../supervisor/apps.js';
import { withKafka } from './kafka.js';

/** `mesh lag`: how far the applications are behind. */
export function register(program: Command): void {
  program
    .command('lag')
    .description('show how far each application is behind its topics, in records and in time')
    .argument('[app...]', 'application ids (consumer groups); all of the mesh where absent')
    .option('--partitions', 'a line for each partition')
    .action(async (names: string[], flags: { partitions?: boolean }) => {
      const groups = names.length > 0 ? names : apps.map(({ name }) => name);
      await withKafka('mesh-lag', async (client) => {
        const admin = client.admin();
        const lags = (await Promise.all(groups.map((group) => lagOf(client, admin, group)))).flat();
        await admin.close();
        const silent = names.filter((name) => !lags.some(({ group }) => group === name));
        if (lags.length > 0) process.stdout.write(`${formatLag(lags, flags.partitions === true)}\n`);
        else if (silent.length === 0) process.stdout.write('no application has committed anything yet\n');
        for (const name of silent)
          process.stdout.write(`${name} has committed nothing: it has no lag to show\n`);
      });
    });
}
