import { personalizeRecords } from '../accounting/personalize-hop.js';
import { deleteEntity, replaceEntity, type ChangeOptions } from '../entities/change.js';
import type { Entity } from '../entities/entity.js';
import { itemEntities, rootEntities } from '../entities/of-catalogue.js';
import { recommendationsFor } from './read-api.js';
import type { Recommended } from './recommend.js';
import { until, type Stage } from './stage.js';

const FIRST_VERSION = 1;

/**
 * Changes the catalogue under the recommendations: renames the artist of a recommended song, gives that song another
 * title, and deletes what was recommended first; then waits for the answers to say so.
 */
export async function changeStage(stage: Stage, { userId, items }: Recommended): Promise<void> {
  const { mesh, catalogue, listeners, checks, progress } = stage;
  const options: ChangeOptions = { urlOf: (owner) => mesh.appUrl(owner) };
  const entities = new Map(
    [...rootEntities(catalogue, listeners), ...itemEntities(catalogue)].map((entity) => [entity.id, entity]),
  );
  const [first, ...others] = items;
  const changed = others.find(({ itemType }) => itemType === 'SONG');
  if (first === undefined || changed === undefined) {
    checks.check('there are recommendations to change', false, `${items.length} items`);
    return;
  }
  const song = known(entities, changed.itemId);
  const artist = known(entities, String(song.body['artistId']));
  const title = `${String(song.body['title'])} (remastered)`;
  const name = `${String(artist.body['name'])} Trio`;
  progress.print(
    `\nChanging the catalogue: ${artist.id} is now ${name}, ${song.id} ${title}, and ${first.itemId} is deleted`,
  );
  await replaceEntity({ ...artist, body: { ...artist.body, name } }, FIRST_VERSION, options);
  await replaceEntity({ ...song, body: { ...song.body, title } }, FIRST_VERSION, options);
  await deleteEntity(known(entities, first.itemId), FIRST_VERSION, options);

  const api = mesh.appUrl('recommendations');
  const inAnswer = await until(async () => {
    const { items: now } = await recommendationsFor(api, userId, 2 * items.length);
    const one = now.find(({ itemId }) => itemId === song.id);
    const gone = !now.some(({ itemId }) => itemId === first.itemId);
    return one?.title === title && one.artist === name && gone
      ? true
      : `${song.id} is ${one?.title ?? 'not there'} by ${one?.artist ?? 'nobody'}, ${first.itemId} is ${gone ? 'gone' : 'there'}`;
  });
  checks.check(
    'recommendations show the new title and artist, and not what was deleted',
    inAnswer === true,
    inAnswer === true ? `${title} by ${name}` : inAnswer,
  );

  const ofArtist = catalogue.songs
    .filter(({ artistId }) => artistId === artist.id)
    .map(({ itemId }) => itemId);
  const alive = ofArtist.filter((id) => id !== first.itemId);
  const inPersonalize = await until(async () => {
    const records = await personalizeRecords(mesh.endpoints.doubles, 'item');
    const renamed = alive.filter((id) => records.get(id)?.['CREATOR'] === name).length;
    const active = records.get(first.itemId)?.['ACTIVE'];
    return renamed === alive.length && active === 'false'
      ? true
      : `${renamed} of ${alive.length} songs carry the new name, ACTIVE of ${first.itemId} is ${String(active)}`;
  });
  checks.check(
    "Personalize has the artist's new name on all songs, and the deleted item as inactive",
    inPersonalize === true,
    inPersonalize === true ? `${alive.length} songs` : inPersonalize,
  );
}

function known(entities: ReadonlyMap<string, Entity>, id: string): Entity {
  const entity = entities.get(id);
  if (entity === undefined) throw new Error(`the catalogue has no ${id}`);
  return entity;
}
