import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseConfig, startService, Type, type Service } from '@mesh/service';
import { unusedKafka } from '@mesh/service/testing';
import { Answers } from '../domain/answers.js';
import { Catalogue } from '../domain/catalogue.js';
import { CircuitBreaker } from '../domain/circuit-breaker.js';
import { RecommenderError } from '../domain/recommender.js';
import { TrendTable } from '../domain/trend-table.js';
import { episodeOf, songOf } from '../test/catalogue.js';
import { FakeRecommender } from '../test/fake-recommender.js';
import { addRoutes } from './http.js';

let service: Service;
let recommender: FakeRecommender;
let catalogue: Catalogue;
let degradedBy: string[];

beforeEach(async () => {
  recommender = new FakeRecommender();
  degradedBy = [];
  const trends = new TrendTable();
  catalogue = new Catalogue();
  for (const [itemId, plays] of [
    ['song-1', 5],
    ['song-2', 9],
    ['episode-3', 7],
  ] as const) {
    const itemType = itemId.startsWith('song') ? 'SONG' : 'EPISODE';
    const windowStart = Date.UTC(2026, 0, 2, 3);
    trends.apply({ itemId, itemType, windowStart, windowEnd: windowStart + 3_600_000, plays });
  }
  const breaker = new CircuitBreaker({
    failures: 3,
    openMs: 60_000,
    isFailure: (error) => error instanceof RecommenderError,
    now: () => 0,
  });
  const answers = new Answers(recommender, breaker, { trends, catalogue }, (error) =>
    degradedBy.push(error.message),
  );
  service = await startService(
    {
      name: 'recommendations',
      config: parseConfig(Type.Object({}), { KAFKA_BROKERS: 'unused:1', LOG_LEVEL: 'silent' }),
      start: ({ http }) => {
        addRoutes(http, answers);
        return {};
      },
    },
    { kafka: unusedKafka() },
  );
});

afterEach(() => service.stop());

/** What is answered of an item that is not in the catalogue. */
const unknown = { itemType: null, title: null, artist: null, show: null };

async function ask(path: string, body?: unknown) {
  const response = await fetch(
    service.url + path,
    body === undefined
      ? {}
      : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
  );
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const itemsOf = (body: Record<string, unknown>) =>
  (body['items'] as { itemId: string }[]).map(({ itemId }) => itemId);

describe('GET /v1/users/:userId/recommendations', () => {
  it("gives Personalize's answer", async () => {
    const { status, body } = await ask('/v1/users/user-1/recommendations?limit=2');
    expect(status).toBe(200);
    expect(body).toEqual({
      source: 'personalize',
      degraded: false,
      recommendationId: 'recommendation-1',
      items: [
        { itemId: 'pick-1', score: 1, ...unknown },
        { itemId: 'pick-2', score: 0.5, ...unknown },
      ],
    });
  });

  it('says what each item is, and leaves out what was deleted', async () => {
    catalogue.songs.apply(songOf('pick-1', 'So What'));
    catalogue.episodes.remove('pick-2');
    catalogue.episodes.apply(episodeOf('pick-3', 'Pilot'));
    const { body } = await ask('/v1/users/user-1/recommendations?limit=4');
    expect(body['items']).toEqual([
      { itemId: 'pick-1', score: 1, itemType: 'SONG', title: 'So What', artist: 'Credited', show: null },
      {
        itemId: 'pick-3',
        score: expect.any(Number),
        itemType: 'EPISODE',
        title: 'Pilot',
        artist: null,
        show: 'Old Show',
      },
      { itemId: 'pick-4', score: 0.25, ...unknown },
    ]);
  });

  it('falls back to as many trending items as there are, without what was deleted', async () => {
    recommender.failure = 'UNAVAILABLE';
    catalogue.songs.remove('song-2');
    const { body } = await ask('/v1/users/user-1/recommendations?limit=2');
    expect(itemsOf(body)).toEqual(['episode-3', 'song-1']);
  });

  it('gives 20 items where not told how many', async () => {
    expect(itemsOf((await ask('/v1/users/user-1/recommendations')).body)).toHaveLength(20);
  });

  it.each([
    ['UNAVAILABLE', 'Personalize is unavailable'],
    ['TIMED_OUT', 'Personalize did not answer in time'],
    ['THROTTLED', 'Personalize throttles'],
    ['REFUSED', 'Personalize refused the request'],
  ] as const)('gives what is trending where Personalize is %s, and says so', async (failure, reason) => {
    recommender.failure = failure;
    const { status, body } = await ask('/v1/users/user-1/recommendations?limit=2');
    expect(status).toBe(200);
    expect(body).toEqual({
      source: 'trending',
      degraded: true,
      reason,
      items: [
        { itemId: 'song-2', ...unknown },
        { itemId: 'episode-3', ...unknown },
      ],
    });
    expect(degradedBy).toEqual(['made to fail']);
  });

  it('leaves Personalize alone after failures in a row', async () => {
    recommender.failure = 'UNAVAILABLE';
    for (let request = 0; request < 3; request++) await ask('/v1/users/user-1/recommendations');
    const { body } = await ask('/v1/users/user-1/recommendations');
    expect(recommender.calls).toBe(3);
    expect(body).toMatchObject({
      source: 'trending',
      degraded: true,
      reason: expect.stringMatching(/left alone/),
    });
  });

  it.each(['0', '101', 'many', '1.5'])('refuses limit=%s', async (limit) => {
    const { status, body } = await ask(`/v1/users/user-1/recommendations?limit=${limit}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ errors: [{ field: 'limit', reason: expect.any(String) }] });
  });
});

describe('POST /v1/users/:userId/ranking', () => {
  it('leaves out what was deleted', async () => {
    catalogue.songs.remove('b');
    const { body } = await ask('/v1/users/user-1/ranking', { itemIds: ['a', 'b', 'c'] });
    expect(itemsOf(body)).toEqual(['c', 'a']);
    recommender.failure = 'UNAVAILABLE';
    const degraded = await ask('/v1/users/user-1/ranking', { itemIds: ['a', 'b', 'c'] });
    expect(itemsOf(degraded.body)).toEqual(['a', 'c']);
  });

  it("gives Personalize's order", async () => {
    const { status, body } = await ask('/v1/users/user-1/ranking', { itemIds: ['a', 'b', 'c'] });
    expect(status).toBe(200);
    expect(body).toMatchObject({ source: 'personalize', degraded: false });
    expect(itemsOf(body)).toEqual(['c', 'b', 'a']);
  });

  it('gives the trending ones first where Personalize is down, and all of them', async () => {
    recommender.failure = 'UNAVAILABLE';
    const { body } = await ask('/v1/users/user-1/ranking', { itemIds: ['a', 'song-1', 'b', 'song-2'] });
    expect(body).toMatchObject({ source: 'trending', degraded: true });
    expect(itemsOf(body)).toEqual(['song-2', 'song-1', 'a', 'b']);
  });

  it.each([
    [{}, 'itemIds', /is required/],
    [{ itemIds: [] }, 'itemIds', /fewer than 1/],
    [{ itemIds: ['a', 'a'] }, 'itemIds', /duplicate/],
    [{ itemIds: ['a', 7] }, 'itemIds[1]', /must be string/],
    [{ itemIds: ['a'], order: 'best' }, 'order', /is not a known field/],
  ])('refuses %j', async (request, field, reason) => {
    const { status, body } = await ask('/v1/users/user-1/ranking', request);
    expect(status).toBe(400);
    expect(body).toMatchObject({ errors: [{ field, reason: expect.stringMatching(reason) }] });
  });
});

describe('GET /v1/items/:itemId/similar', () => {
  it('gives the answer for an item that was played, and asks no more than needed', async () => {
    const { status, body } = await ask('/v1/items/song-1/similar?limit=3');
    expect(status).toBe(200);
    expect(itemsOf(body)).toEqual(['pick-1', 'pick-2', 'pick-3']);
    expect(recommender.calls).toBe(1);
  });

  it('gives the answer for an item only Personalize has heard of', async () => {
    recommender.known.add('song-77');
    expect((await ask('/v1/items/song-77/similar')).status).toBe(200);
  });

  it('answers 404 for an item nobody has heard of', async () => {
    const { status, body } = await ask('/v1/items/song-404/similar');
    expect(status).toBe(404);
    expect(body).toMatchObject({
      detail: 'no item song-404 has ever been played',
      errors: [{ field: 'itemId', reason: 'is not known' }],
    });
    expect(degradedBy).toEqual([]);
  });

  it('answers 404 for an item that was deleted', async () => {
    catalogue.songs.remove('song-1');
    const { status, body } = await ask('/v1/items/song-1/similar');
    expect(status).toBe(404);
    expect(body).toMatchObject({ detail: 'the item song-1 was deleted' });
  });

  it('gives what is trending, but not the item itself, where Personalize is down', async () => {
    recommender.failure = 'TIMED_OUT';
    const { body } = await ask('/v1/items/song-2/similar?limit=2');
    expect(body).toMatchObject({ source: 'trending', degraded: true });
    expect(itemsOf(body)).toEqual(['episode-3', 'song-1']);
  });
});

describe('GET /v1/trending', () => {
  it('gives the most played items of the newest window, without what was deleted', async () => {
    catalogue.songs.remove('song-2');
    catalogue.songs.apply(songOf('song-1', 'So What'));
    const { status, body } = await ask('/v1/trending?limit=2');
    expect(status).toBe(200);
    expect(body).toEqual({
      windowStart: '2026-01-02T03:00:00.000Z',
      windowEnd: '2026-01-02T04:00:00.000Z',
      items: [
        { itemId: 'episode-3', ...unknown, itemType: 'EPISODE', plays: 7 },
        { itemId: 'song-1', itemType: 'SONG', title: 'So What', artist: 'Credited', show: null, plays: 5 },
      ],
    });
  });
});

it('describes itself', async () => {
  const { body } = await ask('/openapi.json');
  expect(Object.keys(body['paths'] as object)).toEqual(
    expect.arrayContaining([
      '/v1/users/{userId}/recommendations',
      '/v1/users/{userId}/ranking',
      '/v1/items/{itemId}/similar',
      '/v1/trending',
    ]),
  );
  expect(JSON.stringify(body)).toContain('`trending` where Personalize could not be asked.');
});
