import { PersonalizeClient } from '@aws-sdk/client-personalize';
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  artist,
  episode,
  interaction,
  song,
  user,
  type Artist,
  type Episode,
  type Song,
  type User,
} from '@mesh/contracts';
import { INTERACTIONS_SCHEMA, ITEMS_SCHEMA, USERS_SCHEMA } from '@mesh/personalize';
import { glueSchemaRegistry } from '@mesh/serde/glue';
import { createDatasets, plays, startTestMesh, type TestMesh } from '@mesh/testkit';
import { uploadCsv } from './csv-upload.js';
import { importDataset, type ImportKind, type ImportOptions } from './import.js';

const bucket = 'import';
const envelope = { occurredAt: 1, producer: 'test', correlationId: 'test', version: 1 };
const eventId = '0b2b2e6c-6a33-4c1f-9a55-0a4f5f8f7f01';

let mesh: TestMesh;
let datasets: Record<'Users' | 'Items' | 'Interactions', string>;
let personalize: PersonalizeClient;
let s3: S3Client;
let unreadable: string[];

beforeAll(async () => {
  mesh = await startTestMesh({ moto: true });
  datasets = await createDatasets(mesh.cloud.url, {
    Users: USERS_SCHEMA.fields,
    Items: ITEMS_SCHEMA.fields,
    Interactions: INTERACTIONS_SCHEMA.fields,
  });
  personalize = new PersonalizeClient({ endpoint: mesh.cloud.url });
  s3 = new S3Client({ endpoint: mesh.cloud.moto?.url ?? '', forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
}, 180_000);
afterAll(async () => {
  personalize?.destroy();
  s3?.destroy();
  await mesh?.stop();
});

function importOf(kind: ImportKind, more: Partial<ImportOptions> = {}): Promise<number> {
  unreadable = [];
  const { cloud, client } = mesh;
  return importDataset({
    kind,
    kafka: client,
    registry: glueSchemaRegistry({ registryName: 'music-mesh', region: cloud.region, endpoint: cloud.url }),
    personalize,
    s3,
    bucket,
    datasetArn: datasets[kind === 'users' ? 'Users' : kind === 'items' ? 'Items' : 'Interactions'],
    roleArn: 'arn:aws:iam::123456789012:role/import',
    onUnreadable: (where) => unreadable.push(where),
    ...more,
  });
}

async function stored(kind: 'user' | 'item'): Promise<Record<string, Record<string, unknown>>> {
  const { records } = await mesh.cloud.admin('personalize-events/records', { kind });
  return records as Record<string, Record<string, unknown>>;
}

const tombstone = (topic: string, key: string) => mesh.send(topic, [{ key: Buffer.from(key), value: null }]);

const listener = (userId: string, country: string): User => ({
  ...envelope,
  eventId,
  userId,
  displayName: 'Ada, "the first"',
  country,
  birthYear: null,
  plan: 'FREE',
  favouriteGenres: [],
  registeredAt: 1,
});

const songBy = (artistId: string, songId: string): Song => ({
  ...envelope,
  eventId,
  songId,
  title: 'Comma, "quote"',
  artistId,
  artistName: 'Credited',
  albumTitle: null,
  genres: ['jazz'],
  durationMs: 1,
  explicit: false,
  isrc: null,
  releasedAt: 1_700_000_000_000,
});

const renamed: Artist = {
  ...envelope,
  eventId,
  artistId: 'artist-1',
  name: 'Now',
  genres: ['jazz'],
  country: null,
};

const pilot: Episode = {
  ...envelope,
  eventId,
  episodeId: 'episode-1',
  title: 'Pilot',
  podcastId: 'podcast-1',
  podcastTitle: 'Show',
  publisher: 'Publisher',
  topics: ['news'],
  language: 'en',
  durationMs: 1,
  explicit: false,
  publishedAt: 1_700_000_000_000,
};

describe('a bulk import', () => {
  it('brings nothing where there is nothing', async () => {
    expect(await importOf('users')).toBe(0);
  });

  it('brings the newest state of each user, without those deleted, and passes over what is unreadable', async () => {
    await mesh.publish(user, [listener('user-1', 'AT'), listener('user-2', 'DE'), listener('user-1', 'CH')]);
    await tombstone(user.topic, 'user-2');
    await mesh.send(user.topic, [{ key: Buffer.from('user-3'), value: Buffer.from('no frame') }]);
    expect(await importOf('users')).toBe(1);
    expect(await stored('user')).toEqual({ 'user-1': { COUNTRY: 'CH', PLAN: 'FREE' } });
    expect(unreadable).toEqual([expect.stringMatching(/^users-\d@\d+$/)]);
  });

  it('brings songs with their current artists, episodes, and what was deleted as not active', async () => {
    await mesh.publish(
      song,
      ['song-1', 'song-2'].map((id) => songBy('artist-1', id)),
    );
    await mesh.publish(song, [songBy('artist-2', 'song-3')]);
    await mesh.publish(artist, [{ ...renamed, name: 'Before' }, renamed]);
    await mesh.publish(episode, [pilot]);
    await tombstone(song.topic, 'song-2');
    expect(await importOf('items')).toBe(4);
    const items = await stored('item');
    expect(items).toMatchObject({
      'song-1': { TITLE: 'Comma, "quote"', CREATOR: 'Now', COLLECTION: null, ACTIVE: 'true' },
      'song-2': { TITLE: null, ACTIVE: 'false' },
      'song-3': { CREATOR: 'Credited' },
      'episode-1': { CREATOR: 'Publisher', COLLECTION: 'Show', CREATION_TIMESTAMP: 1_700_000_000 },
    });
  });

  it('brings interactions, all or those with items of the catalogue', async () => {
    const all = plays(200);
    await mesh.publish(interaction, all);
    const imported = async () => Number((await mesh.cloud.admin('personalize-events/counts'))['imported']);
    expect(await importOf('interactions', { cataloguedOnly: true })).toBe(
      all.filter(({ itemId }) => ['song-1', 'song-3'].includes(itemId)).length,
    );
    expect(await importOf('interactions')).toBe(200);
    expect(await imported()).toBe(
      new Set(
        all.map(({ userId, itemId, occurredAt }) => `${userId}/${itemId}/${Math.floor(occurredAt / 1_000)}`),
      ).size,
    );
  });

  it('fails with the reason of the service', async () => {
    await expect(importOf('items', { datasetArn: datasets.Users })).rejects.toThrow(/FAILED.*ITEM_ID/);
  });

  it('is in several files where it is long', async () => {
    async function* rows() {
      for (let i = 0; i < 25; i += 1) yield { USER_ID: `many-${i}`, COUNTRY: 'CH', PLAN: null };
    }
    const upload = { s3, bucket, folder: 'parts', schema: USERS_SCHEMA, rows: rows(), fileBytes: 100 };
    expect(await uploadCsv(upload)).toBe(25);
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'parts/' }));
    expect(Contents?.map(({ Key }) => Key)).toEqual([
      'parts/part-00001.csv',
      'parts/part-00002.csv',
      'parts/part-00003.csv',
    ]);
  });
});
