import type { Command } from 'commander';
import {
  committedAt,
  describedApps,
  writeDescription,
  type DescribedApp,
} from '../topology/described-apps.js';
import { judge, shown, type Verdict } from '../topology/verdict.js';

/** `mesh topology`: what stream applications keep, and what a change of one would leave behind. */
export function register(program: Command): void {
  const topology = program
    .command('topology')
    .description('what stream applications keep in the cluster, and what a change of one orphans');
  topology
    .command('show')
    .description("print an application's topology as Kafka Streams does")
    .option('--mermaid', 'as a Mermaid graph')
    .argument('<app>', 'a folder of apps/')
    .action(async (name: string, { mermaid }: { mermaid?: true }) => {
      const apps = await describedApps();
      const app = apps.find((candidate) => candidate.name === name);
      if (app === undefined) {
        throw new Error(
          `${name} has no described.ts; these have: ${apps.map((each) => each.name).join(', ')}`,
        );
      }
      process.stdout.write(mermaid === true ? app.topology.toMermaid() : app.topology.describe());
    });
  topology
    .command('diff')
    .description('compare the code with the committed apps/*/topology.json; fails where they differ')
    .option('--against <revision>', 'compare with what a git revision has committed, as main')
    .action(async ({ against }: { against?: string }) => {
      for (const app of await describedApps()) {
        const before = against === undefined ? app.committed : await committedAt(against, app.name);
        const verdict = judge(app, before);
        console.log(shown(verdict));
        if (verdict.outcome === 'breaking' || (verdict.outcome === 'outdated' && against === undefined)) {
          process.exitCode = 1;
          console.error(advice(app, verdict));
        }
      }
    });
  topology
    .command('write')
    .description('write apps/*/topology.json, where every loss is acknowledged')
    .action(async () => {
      for (const app of await describedApps()) {
        const verdict = judge(app, app.committed);
        console.log(shown(verdict));
        if (verdict.outcome === 'breaking') {
          process.exitCode = 1;
          console.error(advice(app, verdict));
        } else if (verdict.outcome === 'outdated') {
          writeDescription(app);
        }
      }
    });
}

function advice({ name }: DescribedApp, { outcome, changes }: Verdict): string {
  if (outcome === 'outdated') return `mesh: apps/${name}/topology.json is not current: ./mesh topology write`;
  const open = changes.find(({ breaking, reason }) => breaking && reason === undefined);
  const example = JSON.stringify({ code: open?.code, name: open?.name, reason: '…' });
  return (
    `mesh: ${name} would lose what it keeps. Keep the names and formats; or, where the loss is meant, ` +
    `say so in apps/${name}/topology.acknowledged.json: [${example}]`
  );
}
