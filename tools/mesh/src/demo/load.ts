import { GlueClient } from '@aws-sdk/client-glue';
import { PersonalizeClient } from '@aws-sdk/client-personalize';
import { artist, episode, podcast, song, user } from '@mesh/contracts';
import { glueSchemaRegistry } from '@mesh/serde/glue';
import { entityTopicHop } from '../accounting/entity-hops.js';
import { personalizeRecordsHop } from '../accounting/personalize-hop.js';
import { importDataset } from '../bulk/import.js';
import type { Entity } from '../entities/entity.js';
import { loadEntities } from '../entities/load.js';
import { itemEntities, rootEntities } from '../entities/of-catalogue.js';
import { account, localClient } from '../provision/aws.js';
import { registryName } from '../provision/contracts.js';
import { buckets, s3Client } from '../provision/storage.js';
import { report, settle, underChaos, withKafka, type Account, type Stage } from './stage.js';

/** Which apps have something to do while entities are loaded: those that own them, and those that tell Personalize. */
export const AT_WORK = ['users', 'songs', 'podcasts', 'users-update', 'items-update'];

/** Creates users and catalogue through the APIs of their owners, and sees them arrive in the topics and in Personalize. */
export async function loadStage(stage: Stage): Promise<void> {
  const { mesh, catalogue, listeners, progress } = stage;
  const roots = [...rootEntities(catalogue, listeners)];
  const items = [...itemEntities(catalogue)];
  const total = roots.length + items.length;
  progress.print(`\nCreating ${total.toLocaleString('en-GB')} users, artists, songs, podcasts and episodes`);
  let loaded = 0;
  const from = performance.now();
  const victims = mesh.victims().filter(({ name }) => AT_WORK.includes(name));
  await underChaos(
    stage,
    victims,
    total,
    () => loaded,
    async (gate) => {
      for (const entities of [roots, items]) {
        await loadEntities(gate ? gate.through(entities) : entities, {
          urlOf: (owner) => mesh.appUrl(owner),
          onProgress: () => {
            loaded += 1;
            progress.show(`${loaded.toLocaleString('en-GB')} created`);
          },
        });
      }
    },
  );
  const seconds = (performance.now() - from) / 1000;
  progress.print(`${total.toLocaleString('en-GB')} created in ${seconds.toFixed(1)} s`);

  const ledgers = await settle(stage, entityAccounts(stage, [...roots, ...items]));
  report(stage, 'Every entity accounted for', ledgers);
  await importStage(stage, 'users', listeners.length);
  await importStage(stage, 'items', items.length);
}

/** Personalize's bulk path, as before going live or for a training anew: what the topics hold, by a dataset import. */
async function importStage(stage: Stage, kind: 'users' | 'items', expected: number): Promise<void> {
  const { mesh, checks } = stage;
  const { aws, doubles } = mesh.endpoints;
  const { environment } = mesh;
  const personalize = new PersonalizeClient(localClient(doubles));
  const glue = new GlueClient(localClient(doubles));
  const s3 = s3Client(aws);
  try {
    const rows = await withKafka(stage, (kafka) =>
      importDataset({
        kind,
        kafka,
        registry: glueSchemaRegistry({ registryName, client: glue }),
        personalize,
        s3,
        bucket: buckets.personalizeImport,
        datasetArn: environment[`PERSONALIZE_${kind.toUpperCase()}_DATASET_ARN`] ?? '',
        roleArn: `arn:aws:iam::${account}:role/music-mesh-personalize`,
        mode: 'FULL',
        onUnreadable: (where, error) => stage.progress.print(`${where} is left out: ${String(error)}`),
      }),
    );
    checks.check(`a bulk import brings all ${kind} from their topics`, rows === expected, `${rows} rows`);
  } finally {
    personalize.destroy();
    glue.destroy();
    s3.destroy();
  }
}

function entityAccounts(stage: Stage, entities: readonly Entity[]): readonly Account[] {
  const { doubles } = stage.mesh.endpoints;
  const idsOf = (...plurals: string[]) =>
    new Set(entities.filter(({ plural }) => plurals.includes(plural)).map(({ id }) => id));
  const topic = (name: string) => withKafka(stage, (client, admin) => entityTopicHop(client, admin, name));
  const account = (plural: string, hops: Account['hops']): Account => ({
    what: `${plural} created`,
    accepted: idsOf(plural),
    hops,
  });
  return [
    account('users', async () => [await topic(user.topic), await personalizeRecordsHop(doubles, 'user')]),
    account('artists', async () => [await topic(artist.topic)]),
    account('podcasts', async () => [await topic(podcast.topic)]),
    account('songs', async () => [await topic(song.topic)]),
    account('episodes', async () => [await topic(episode.topic)]),
    {
      what: 'songs and episodes',
      accepted: idsOf('songs', 'episodes'),
      hops: async () => [await personalizeRecordsHop(doubles, 'item')],
    },
  ];
}
