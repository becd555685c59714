import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { artist, interaction, song, user, type Interaction } from '@mesh/contracts';
import { until } from '@mesh/jest/until.mjs';
import { startServiceProcess, type ServiceProcess } from '@mesh/service/testing';
import { startTestMesh, type TestMesh } from '@mesh/testkit';
import { randomUUID } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { workspaceRoot } from '../supervisor/paths.js';

/*
 * What `recommendations` answers of what two instances of `trends` have counted: the applications' own processes, on a
 * real broker.
 */

const INSTANCES = 2;
const MINUTE = 60_000;
const DAY_START = Date.UTC(2026, 0, 5);
const DAY = { windowStart: '2026-01-05T00:00:00.000Z', windowEnd: '2026-01-06T00:00:00.000Z' };
const GENRES = ['blues', 'jazz', 'soul', 'funk', 'rock', 'folk'];
const COUNTRIES = ['CH', 'DE', 'FR'];
const USERS = Array.from({ length: 12 }, (_, index) => `user-${index}`);
const SONGS = Array.from({ length: 24 }, (_, index) => `song-${index}`);

const genreOf = (song: number) => GENRES[song % GENRES.length] ?? '';
const artistOf = (song: number) => `artist-${song % 5}`;

let mesh: TestMesh;
const servers: string[] = [];
const instances: ServiceProcess[] = [];
let recommendations: ServiceProcess;
let url: string;

beforeAll(async () => {
  mesh = await startTestMesh();
  for (let index = 0; index < INSTANCES; index++) servers.push(await freeAddress());
  for (const index of servers.keys()) instances.push(startTrends(index));
  const arn = 'arn:aws:personalize:us-east-1:000000000000:campaign/unused';
  recommendations = startServiceProcess(mainOf('recommendations'), {
    ...mesh.env,
    PERSONALIZE_CAMPAIGN_ARN: arn,
    PERSONALIZE_RANKING_CAMPAIGN_ARN: arn,
    PERSONALIZE_SIMILAR_ITEMS_CAMPAIGN_ARN: arn,
    // One alone: what the other has must come through it.
    TRENDS_URLS: `http://${servers[0]}`,
  });
  url = String((await recommendations.line('listening')).url);
}, 180_000);

afterAll(async () => {
  for (const service of [recommendations, ...instances]) {
    service?.child.kill('SIGKILL');
    await service?.exit;
  }
  await mesh?.stop();
}, 60_000);

function mainOf(app: string): string {
  return join(workspaceRoot, 'apps', app, 'src', 'main.ts');
}

function startTrends(index: number): ServiceProcess {
  const [server = '', port = ''] = [servers[index], servers[index]?.split(':')[1]];
  return startServiceProcess(mainOf('trends'), {
    ...mesh.env,
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: port,
    APPLICATION_SERVER: server,
    APPLICATION_INSTANCE_ID: `trends-${index}`,
  });
}

async function freeAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
}

interface Asked {
  readonly status: number;
  readonly contentType: string;
  readonly body: Readonly<Record<string, unknown>>;
}

async function ask(path: string): Promise<Asked> {
  const response = await fetch(url + path);
  const contentType = response.headers.get('content-type') ?? '';
  return { status: response.status, contentType, body: (await response.json()) as Asked['body'] };
}

const envelope = () => ({
  eventId: randomUUID(),
  occurredAt: DAY_START,
  producer: 'test',
  correlationId: 'test',
});

function listened(userIndex: number, songIndex: number, minute: number, skipped = false): Interaction {
  return {
    ...envelope(),
    eventType: skipped ? 'SKIP' : 'PLAY',
    occurredAt: DAY_START + minute * MINUTE,
    userId: USERS[userIndex] ?? '',
    sessionId: 'session',
    itemId: SONGS[songIndex] ?? '',
    itemType: 'SONG',
    positionMs: null,
    durationMs: null,
  };
}

async function publishCatalogueAndUsers(): Promise<void> {
  await mesh.publish(
    user,
    USERS.map((userId, index) => ({
      ...envelope(),
      version: 1,
      userId,
      displayName: 'Somebody',
      country: COUNTRIES[index % COUNTRIES.length] ?? '',
      birthYear: 1990,
      plan: 'FREE' as const,
      favouriteGenres: [],
      registeredAt: DAY_START,
    })),
  );
  await mesh.publish(
    artist,
    Array.from({ length: 5 }, (_, index) => ({
      ...envelope(),
      version: 1,
      artistId: `artist-${index}`,
      name: `Artist ${index}`,
      genres: ['any'],
      country: 'US',
    })),
  );
  await mesh.publish(
    song,
    SONGS.map((songId, index) => ({
      ...envelope(),
      version: 1,
      songId,
      title: `Song ${index}`,
      artistId: artistOf(index),
      artistName: 'As credited',
      albumTitle: null,
      genres: [genreOf(index)],
      durationMs: 180_000,
      explicit: false,
      isrc: null,
      releasedAt: DAY_START,
    })),
  );
}

/** All that was sent, counted anew. */
const sent: Interaction[] = [];

async function send(events: readonly Interaction[]): Promise<void> {
  sent.push(...events);
  await mesh.publish(interaction, events);
}

const sentOf = (type: Interaction['eventType'], songIndex: number) =>
  sent.filter(({ eventType, itemId }) => eventType === type && itemId === SONGS[songIndex]).length;

function expectedChart(genre: string): readonly (readonly [itemId: string, plays: number])[] {
  return [...SONGS.keys()]
    .filter((index) => genreOf(index) === genre)
    .map((index) => [SONGS[index] ?? '', sentOf('PLAY', index)] as const)
    .filter(([, plays]) => plays > 0)
    .sort(([a, plays], [b, more]) => more - plays || (a < b ? -1 : 1));
}

async function chartOf(genre: string): Promise<Asked & { readonly entries: unknown }> {
  const asked = await ask(`/v1/genres/${genre}/chart`);
  const items = (asked.body['items'] ?? []) as readonly { readonly itemId: string; readonly plays: number }[];
  return { ...asked, entries: items.map(({ itemId, plays }) => [itemId, plays]) };
}

/** All that a user did is within half an hour of something else: one session. */
function sessionsOf(userId: string) {
  const own = sent.filter((event) => event.userId === userId);
  const times = own.map(({ occurredAt }) => occurredAt);
  const count = (type: Interaction['eventType']) => own.filter(({ eventType }) => eventType === type).length;
  return {
    userId,
    sessions: [
      {
        start: new Date(Math.min(...times)).toISOString(),
        end: new Date(Math.max(...times)).toISOString(),
        plays: count('PLAY'),
        skips: count('SKIP'),
        finishes: 0,
      },
    ],
  };
}

async function chartsAreRight(): Promise<boolean> {
  for (const genre of GENRES) {
    const { entries } = await chartOf(genre);
    if (JSON.stringify(entries) !== JSON.stringify(expectedChart(genre))) return false;
  }
  return true;
}

async function instancesReady(): Promise<boolean> {
  const answers = await Promise.all(
    servers.map((server) => fetch(`http://${server}/ready`).catch(() => null)),
  );
  return answers.every((answer) => answer?.ok === true);
}

/** The rows of a table that plays are joined with, as the application itself holds them. */
async function rows(store: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const response = await fetch(`http://${servers[0]}/query`, {
    method: 'POST',
    body: JSON.stringify({ application: 'trends', store, query: { type: 'range' } }),
  });
  if (!response.ok) return [];
  const { results } = (await response.json()) as {
    readonly results: readonly { readonly entries: readonly { readonly value: string }[] }[];
  };
  return results
    .flatMap(({ entries }) => entries)
    .map(({ value }) => JSON.parse(Buffer.from(value, 'base64').toString()) as Record<string, unknown>);
}

/** How many tasks each instance has, as the first one sees it. */
async function tasks(): Promise<readonly number[]> {
  const response = await fetch(`http://${servers[0]}/instances`);
  if (!response.ok) return [];
  const { instances: known } = (await response.json()) as {
    readonly instances: readonly { readonly activeTasks: readonly string[] }[];
  };
  return known.map(({ activeTasks }) => activeTasks.length);
}

const statuses = async (paths: readonly string[]): Promise<readonly number[]> =>
  (await Promise.all(paths.map(ask))).map(({ status }) => status);

describe('what trends counts, asked through recommendations', () => {
  it('is answered in full, whichever instance has it', async () => {
    await publishCatalogueAndUsers();
    await until('all instances have tasks', async () => {
      return (await instancesReady()) && (await tasks()).filter((count) => count > 0).length === INSTANCES;
    });
    // A play of a song, or by a user, that is not known yet would count in no chart, or for no country.
    await until('songs, artists and users are known', async () => {
      const songs = await rows('songs-by-item');
      return (
        songs.length === SONGS.length &&
        songs.every(({ artistCountry }) => artistCountry === 'US') &&
        (await rows('listeners')).length === USERS.length
      );
    });
    await send(
      Array.from({ length: 600 }, (_, index) =>
        listened(index % USERS.length, (index * index) % SONGS.length, index % 40, index % 7 === 0),
      ),
    );
    await until('all plays are in the charts', chartsAreRight);
    const jazz = await chartOf('jazz');
    expect(jazz.body).toMatchObject({ genre: 'jazz', ...DAY });
    const [first] = jazz.body['items'] as readonly Record<string, unknown>[];
    expect(first).toMatchObject({ itemType: 'SONG', title: expect.stringMatching(/^Song /) });
  }, 180_000);

  it('tells of an item its plays and skips', async () => {
    const [plays, skips] = [sentOf('PLAY', 1), sentOf('SKIP', 1)];
    expect((await ask('/v1/items/song-1/skips')).body).toEqual({
      itemId: 'song-1',
      itemType: 'SONG',
      plays,
      skips,
      skipRate: skips / plays,
    });
    const { body } = await ask('/v1/items/song-1/plays?limit=100');
    const windows = body['windows'] as readonly { readonly windowStart: string; readonly plays: number }[];
    // The hour from midnight on has all; those that begin a quarter later each have less.
    expect(windows.find(({ windowStart }) => windowStart === DAY.windowStart)).toMatchObject({ plays });
    expect(windows.map(({ windowStart }) => windowStart)).toEqual(
      windows.map(({ windowStart }) => windowStart).toSorted((a, b) => (a < b ? 1 : -1)),
    );
  });

  it("tells of each user one session, and of an artist its listeners' countries", async () => {
    for (const userId of USERS) {
      expect((await ask(`/v1/users/${userId}/sessions`)).body).toEqual(sessionsOf(userId));
    }
    const ofArtist = sent.filter(
      ({ eventType, itemId }) => eventType === 'PLAY' && artistOf(SONGS.indexOf(itemId)) === 'artist-1',
    );
    const { body } = await ask('/v1/artists/artist-1/audience');
    expect(body).toMatchObject({
      artistName: 'Artist 1',
      artistCountry: 'US',
      plays: ofArtist.length,
      ...DAY,
    });
    const byCountry: Record<string, number> = {};
    for (const { userId } of ofArtist) {
      const country = COUNTRIES[USERS.indexOf(userId) % COUNTRIES.length] ?? '';
      byCountry[country] = (byCountry[country] ?? 0) + 1;
    }
    const countries = body['countries'] as readonly { readonly country: string; readonly plays: number }[];
    expect(Object.fromEntries(countries.map(({ country, plays }) => [country, plays]))).toEqual(byCountry);
    expect(body['ageGroups']).toEqual({ '35-44': ofArtist.length });
  });

  it('is 503 where its owner was killed, and answered otherwise; and right again when it is back', async () => {
    const paths = USERS.map((userId) => `/v1/users/${userId}/sessions`);
    const killed = INSTANCES - 1;
    instances[killed]?.child.kill('SIGKILL');
    await instances[killed]?.exit;
    const answered = await statuses(paths);
    // Each of the two has some of the users.
    expect(new Set(answered)).toEqual(new Set([200, 503]));
    const refused = await ask(paths[answered.indexOf(503)] ?? '');
    expect(refused.status).toBe(503);
    expect(refused.contentType).toContain('application/problem+json');
    expect(refused.body).toMatchObject({ detail: expect.stringContaining('try again') });

    instances[killed] = startTrends(killed);
    // As a producer does that got no answer: these are in the topic already, and counted.
    await mesh.publish(interaction, sent.slice(300, 400));
    await send(
      Array.from({ length: 100 }, (_, index) => listened(index % USERS.length, index % SONGS.length, 41)),
    );
    await until('it is back', instancesReady);
    await until('all are answered', async () => (await statuses(paths)).every((status) => status === 200));
    await until('all plays are in the charts, each once', chartsAreRight);
    for (const userId of USERS)
      expect((await ask(`/v1/users/${userId}/sessions`)).body).toEqual(sessionsOf(userId));
  }, 180_000);

  it('is 503 where nobody is left, while what does not need it is answered', async () => {
    for (const { child, exit } of instances) {
      child.kill('SIGTERM');
      expect(await exit).toBe(0);
    }
    expect((await chartOf('jazz')).status).toBe(503);
    expect((await ask('/v1/trending')).status).toBe(200);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  }, 60_000);
});
