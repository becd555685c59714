import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseConfig, startService, Type, type Service } from '@mesh/service';
import { unusedKafka } from '@mesh/service/testing';
import { Catalogue } from '../domain/catalogue.js';
import { Insights } from '../domain/insights.js';
import { artistOf, songOf } from '../test/catalogue.js';
import { FakeTrendStores } from '../test/fake-trend-stores.js';
import { addInsightRoutes } from './insight-routes.js';

const HOUR = 3_600_000;
const DAY_START = Date.UTC(2026, 0, 5);
const DAY = { start: DAY_START, end: DAY_START + 24 * HOUR };
const BEFORE = { start: DAY_START - 24 * HOUR, end: DAY_START };
const DAY_TEXT = { windowStart: '2026-01-05T00:00:00.000Z', windowEnd: '2026-01-06T00:00:00.000Z' };

let service: Service;
let stores: FakeTrendStores;
let catalogue: Catalogue;

beforeEach(async () => {
  stores = new FakeTrendStores();
  catalogue = new Catalogue();
  service = await startService(
    {
      name: 'recommendations',
      config: parseConfig(Type.Object({}), { KAFKA_BROKERS: 'unused:1', LOG_LEVEL: 'silent' }),
      start: ({ http }) => {
        addInsightRoutes(http, new Insights(stores, catalogue));
        return {};
      },
    },
    { kafka: unusedKafka() },
  );
});

afterEach(() => service.stop());

async function ask(path: string) {
  const response = await fetch(service.url + path);
  const { status, headers } = response;
  return { status, headers, body: (await response.json()) as Record<string, unknown> };
}

describe('GET /v1/genres/:genre/chart', () => {
  it('gives the newest window with titles and current names, without what was deleted', async () => {
    catalogue.songs.apply(songOf('song-2', 'Second'));
    catalogue.artists.apply(artistOf('The Artist'));
    catalogue.songs.remove('song-3');
    const songs = [
      { songId: 'song-3', plays: 9 },
      { songId: 'song-2', plays: 7 },
      { songId: 'song-1', plays: 5 },
      { songId: 'song-4', plays: 1 },
    ];
    stores.chartsOf.set('bossa nova', [
      { ...DAY, songs },
      { ...BEFORE, songs: [] },
    ]);
    const { status, body } = await ask('/v1/genres/bossa%20nova/chart?limit=2');
    expect(status).toBe(200);
    expect(body).toEqual({
      genre: 'bossa nova',
      ...DAY_TEXT,
      items: [
        { itemId: 'song-2', itemType: 'SONG', title: 'Second', artist: 'The Artist', show: null, plays: 7 },
        { itemId: 'song-1', itemType: null, title: null, artist: null, show: null, plays: 5 },
      ],
    });
  });

  it('is empty for a genre that nobody plays', async () => {
    expect((await ask('/v1/genres/polka/chart')).body).toEqual({ genre: 'polka', items: [] });
  });
});

describe('GET /v1/items/:itemId/plays', () => {
  it('gives the last windows, also of an item that the catalogue does not know', async () => {
    stores.playsOf.set('EPISODE/episode-1', [
      { ...DAY, plays: 2 },
      { ...BEFORE, plays: 3 },
    ]);
    const { body } = await ask('/v1/items/episode-1/plays?limit=1');
    expect(body).toEqual({
      itemId: 'episode-1',
      itemType: 'EPISODE',
      windows: [{ ...DAY_TEXT, plays: 2 }],
    });
  });

  it('is empty for an item that nobody played', async () => {
    catalogue.songs.apply(songOf('song-1', 'First'));
    expect((await ask('/v1/items/song-1/plays')).body).toEqual({
      itemId: 'song-1',
      itemType: 'SONG',
      windows: [],
    });
  });
});

describe('GET /v1/items/:itemId/skips', () => {
  it('tells how many plays were skipped', async () => {
    stores.skipsOf.set('SONG/song-1', { plays: 4, skips: 1 });
    const { body } = await ask('/v1/items/song-1/skips');
    expect(body).toEqual({ itemId: 'song-1', itemType: 'SONG', plays: 4, skips: 1, skipRate: 0.25 });
  });

  it('has no rate without a play', async () => {
    expect((await ask('/v1/items/song-1/skips')).body).toMatchObject({ plays: 0, skipRate: null });
    stores.skipsOf.set('SONG/song-1', { plays: 0, skips: 2 });
    expect((await ask('/v1/items/song-1/skips')).body).toMatchObject({ skips: 2, skipRate: null });
  });
});

describe('GET /v1/users/:userId/sessions', () => {
  it('gives the last sessions', async () => {
    const [later, earlier] = [
      { start: DAY_START + HOUR, end: DAY_START + 2 * HOUR, plays: 9, skips: 2, finishes: 6 },
      { start: DAY_START, end: DAY_START, plays: 1, skips: 0, finishes: 0 },
    ];
    stores.sessionsOf.set('user-1', [later, earlier]);
    expect((await ask('/v1/users/user-1/sessions?limit=1')).body).toEqual({
      userId: 'user-1',
      sessions: [
        {
          start: '2026-01-05T01:00:00.000Z',
          end: '2026-01-05T02:00:00.000Z',
          plays: 9,
          skips: 2,
          finishes: 6,
        },
      ],
    });
    expect((await ask('/v1/users/user-2/sessions')).body).toEqual({ userId: 'user-2', sessions: [] });
  });
});

describe('GET /v1/artists/:artistId/audience', () => {
  it('gives the newest window, with the current name', async () => {
    const counted = {
      artistName: 'Former',
      artistCountry: 'US',
      plays: 6,
      countries: { FR: 1, DE: 2, CH: 2 },
      ageGroups: { '25-34': 5 },
    };
    stores.audiencesOf.set('artist-1', [{ ...DAY, ...counted }]);
    expect((await ask('/v1/artists/artist-1/audience')).body).toMatchObject({ artistName: 'Former' });
    catalogue.artists.apply(artistOf('Current'));
    expect((await ask('/v1/artists/artist-1/audience')).body).toEqual({
      artistId: 'artist-1',
      artistName: 'Current',
      artistCountry: 'US',
      ...DAY_TEXT,
      plays: 6,
      countries: [
        { country: 'CH', plays: 2 },
        { country: 'DE', plays: 2 },
        { country: 'FR', plays: 1 },
      ],
      ageGroups: { '25-34': 5 },
    });
  });

  it('is nobody for an artist that nobody plays', async () => {
    expect((await ask('/v1/artists/artist-1/audience')).body).toEqual({
      artistId: 'artist-1',
      plays: 0,
      countries: [],
      ageGroups: {},
    });
  });
});

describe('where the counts are out of reach', () => {
  it.each([
    '/v1/genres/jazz/chart',
    '/v1/items/song-1/plays',
    '/v1/items/song-1/skips',
    '/v1/users/user-1/sessions',
    '/v1/artists/artist-1/audience',
  ])('%s is 503, says to try again, and nothing of the inside', async (path) => {
    stores.unavailable = true;
    const { status, headers, body } = await ask(path);
    expect(status).toBe(503);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(headers.get('retry-after')).toBe('1');
    expect(body).toMatchObject({ status: 503, detail: expect.stringContaining('try again') });
    expect(JSON.stringify(body)).not.toContain('10.0.0.7');
  });

  it('a limit out of bounds is 400 all the same', async () => {
    const { status, body } = await ask('/v1/genres/jazz/chart?limit=0');
    expect(status).toBe(400);
    expect(body).toMatchObject({ errors: [{ field: 'limit' }] });
  });
});
