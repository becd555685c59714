import type { Command } from 'commander';
import { loadEntities } from '../entities/load.js';
import { itemEntities, rootEntities } from '../entities/of-catalogue.js';
import { generateCatalogue } from '../listening/generate/catalogue.js';
import { generateListeners } from '../listening/generate/users.js';
import { Progress } from '../progress.js';
import { urlOfApp } from './running-app.js';

/** `mesh load`: the generated users and catalogue through their owners' APIs. */
export function register(program: Command): void {
  program
    .command('load')
    .description(
      'create the generated users, artists, songs, podcasts and episodes through the APIs of their owners',
    )
    .action(async () => {
      const progress = new Progress(process.stderr);
      const catalogue = generateCatalogue();
      let created = 0;
      let existed = 0;
      for (const entities of [rootEntities(catalogue, generateListeners()), itemEntities(catalogue)]) {
        const before = created + existed;
        const loaded = await loadEntities(entities, {
          urlOf: urlOfApp,
          onProgress: (count) => progress.show(`${before + count} loaded`),
        });
        created += loaded.created;
        existed += loaded.existed;
      }
      process.stdout.write(`${created} created, ${existed} were there already\n`);
    });
}
