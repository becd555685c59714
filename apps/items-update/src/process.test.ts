import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { artist, episode, podcast, song } from '@mesh/contracts';
import { until } from '@mesh/jest/until.mjs';
import { ITEMS_SCHEMA } from '@mesh/personalize';
import { startServiceProcess, type ServiceProcess } from '@mesh/service/testing';
import { createDatasets, startTestMesh, type TestMesh } from '@mesh/testkit';
import { fileURLToPath } from 'node:url';
import { artistCalled, episodeOf, podcastCalled, songBy } from './test/catalogue.js';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

let mesh: TestMesh;
let datasetArn: string;
const started: ServiceProcess[] = [];

beforeAll(async () => {
  mesh = await startTestMesh();
  ({ Items: datasetArn } = await createDatasets(mesh.cloud.url, { Items: ITEMS_SCHEMA.fields }));
}, 120_000);
afterAll(() => mesh?.stop());
afterEach(async () => {
  for (const { child, exit } of started.splice(0)) {
    child.kill('SIGKILL');
    await exit;
  }
});

function start(env: Readonly<Record<string, string>> = {}): ServiceProcess {
  const service = startServiceProcess(MAIN, {
    ...mesh.env,
    PERSONALIZE_ITEMS_DATASET_ARN: datasetArn,
    ...env,
  });
  started.push(service);
  return service;
}

type Stored = Record<string, Record<string, unknown>>;

async function stored(): Promise<Stored> {
  return (await mesh.cloud.admin('personalize-events/records', { kind: 'item' }))['records'] as Stored;
}

async function storedOnce(what: string, condition: (items: Stored) => boolean): Promise<Stored> {
  await until(what, async () => condition(await stored()));
  return stored();
}

const songIds = Array.from({ length: 120 }, (_, i) => `song-${i}`);

describe('the process of items-update', () => {
  it('brings songs and episodes to Personalize, and renames over a kill -9', async () => {
    await mesh.publish(artist, [artistCalled('artist-0', 'Even'), artistCalled('artist-1', 'Odd')]);
    await mesh.publish(
      song,
      songIds.map((id, i) => songBy(`artist-${i % 2}`, id)),
    );
    await mesh.publish(episode, [episodeOf('podcast-1', 'episode-1')]);
    await mesh.publish(podcast, [podcastCalled('podcast-1', 'The Show', 'The Publisher')]);
    const first = start();
    const before = await storedOnce(
      'everything is there, with artists and podcast',
      (items) =>
        items['episode-1']?.['CREATOR'] === 'The Publisher' &&
        songIds.every((id) => /^(Even|Odd)$/.test(String(items[id]?.['CREATOR']))),
    );
    expect(before['song-2']).toEqual({
      ITEM_TYPE: 'SONG',
      GENRES: 'jazz|soul',
      CREATION_TIMESTAMP: Date.UTC(2020, 0, 1) / 1_000,
      TITLE: 'Title of song-2',
      CREATOR: 'Even',
      COLLECTION: 'Album',
      ACTIVE: 'true',
    });

    // The new process knows from its changelogs whose songs they are.
    await mesh.publish(artist, [artistCalled('artist-1', 'Odder')]);
    await mesh.send(song.topic, [{ key: Buffer.from('song-1'), value: null }]);
    first.child.kill('SIGKILL');
    await first.exit;
    const second = start();
    const after = await storedOnce(
      'every other song is renamed',
      (items) =>
        items['song-1']?.['ACTIVE'] === 'false' &&
        songIds.every(
          (id, i) => id === 'song-1' || items[id]?.['CREATOR'] === (i % 2 === 0 ? 'Even' : 'Odder'),
        ),
    );
    expect(after['song-1']).toEqual({ ITEM_TYPE: 'SONG', CREATION_TIMESTAMP: 0, ACTIVE: 'false' });
    second.child.kill('SIGTERM');
    expect(await second.exit).toBe(0);
    expect(await mesh.deadLetters(song.topic)).toEqual([]);
    expect((await stored())['song-1']?.['ACTIVE']).toBe('false');
  }, 180_000);

  it('ends with 78 where the dataset is not one of items', async () => {
    const service = start({ PERSONALIZE_ITEMS_DATASET_ARN: datasetArn.replace('ITEMS', 'USERS') });
    expect(await service.exit).toBe(78);
    expect(service.stderr()).toContain('PERSONALIZE_ITEMS_DATASET_ARN');
  });
});
