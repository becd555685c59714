import { setTimeout as sleep } from 'node:timers/promises';
import { personalizeRecords } from '../accounting/personalize-hop.js';
import { loadEntities } from '../entities/load.js';
import { itemEntities, rootEntities } from '../entities/of-catalogue.js';
import { generateCatalogue } from '../listening/generate/catalogue.js';
import { generateListeners } from '../listening/generate/users.js';
import type { Progress } from '../progress.js';
import type { Mesh } from '../supervisor/mesh.js';
import { callDoubles, callsOf } from './doubles.js';

/** Personalize takes so many users or items a call. */
const PER_CALL = 10;

/** What loading the catalogue through the APIs showed. */
export interface EntitiesRun {
  /** Users, artists, songs, podcasts and episodes. */
  readonly entities: number;
  /** Seconds from the first request to the last answer, and to the last record in Personalize. */
  readonly seconds: { readonly created: number; readonly inPersonalize: number };
  readonly calls: Readonly<
    Record<'PutUsers' | 'PutItems', { readonly made: number; readonly fewest: number }>
  >;
}

/** Creates users and catalogue as fast as the APIs take them, and waits until Personalize has all users and items. */
export async function measureEntities(mesh: Mesh, progress: Progress): Promise<EntitiesRun> {
  const { doubles } = mesh.endpoints;
  const catalogue = generateCatalogue();
  const listeners = generateListeners();
  const roots = [...rootEntities(catalogue, listeners)];
  const items = [...itemEntities(catalogue)];
  await callDoubles(doubles, 'POST', 'reset-stats');
  const startedAt = performance.now();
  const elapsed = () => (performance.now() - startedAt) / 1000;
  let loaded = 0;
  for (const entities of [roots, items]) {
    await loadEntities(entities, {
      urlOf: (owner) => mesh.appUrl(owner),
      onProgress: () => progress.show(`${(loaded += 1)} entities created`),
    });
  }
  const created = elapsed();
  const deadline = Date.now() + 120_000;
  const arrived = async (kind: 'user' | 'item', count: number) =>
    (await personalizeRecords(doubles, kind)).size >= count;
  while (!((await arrived('user', listeners.length)) && (await arrived('item', items.length)))) {
    if (Date.now() > deadline) throw new Error('users and items did not arrive within two minutes');
    await sleep(100);
  }
  const inPersonalize = elapsed();
  const made = async (operation: string) => callsOf(doubles, 'personalize-events', operation);
  return {
    entities: loaded,
    seconds: { created, inPersonalize },
    calls: {
      PutUsers: { made: await made('PutUsers'), fewest: Math.ceil(listeners.length / PER_CALL) },
      PutItems: { made: await made('PutItems'), fewest: Math.ceil(items.length / PER_CALL) },
    },
  };
}
