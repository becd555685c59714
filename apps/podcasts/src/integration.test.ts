import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { episode as episodeContract, podcast as podcastContract, readCloudEvent } from '@mesh/contracts';
import { until } from '@mesh/jest/until.mjs';
import { createDynamoDbClient, ensureTable } from '@mesh/outbox/dynamodb';
import { callJson, startServiceProcess, type JsonAnswer, type ServiceProcess } from '@mesh/service/testing';
import { startTestMesh, type TestMesh } from '@mesh/testkit';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const TABLE = 'podcasts';

let mesh: TestMesh;
let service: ServiceProcess;
let url: string;

beforeAll(async () => {
  mesh = await startTestMesh();
  service = startServiceProcess(MAIN, { ...mesh.env, DYNAMODB_TABLE: TABLE });
  // It waits for what provisioning has not made yet only where that is an outage; a missing table is none.
  expect(await service.exit).toBe(70);
  const client = createDynamoDbClient({ endpoint: mesh.cloud.url, region: mesh.cloud.region });
  await ensureTable(client, TABLE);
  await ensureTable(client, TABLE);
  client.destroy();
  service = startServiceProcess(MAIN, { ...mesh.env, DYNAMODB_TABLE: TABLE });
  url = String((await service.line('listening')).url);
}, 240_000);

afterAll(async () => {
  service?.child.kill('SIGKILL');
  await mesh?.stop();
}, 60_000);

const api = (
  method: string,
  path: string,
  body?: object,
  headers?: Record<string, string>,
): Promise<JsonAnswer> => callJson(url, method, path, body, headers);
const at = (version: number) => ({ 'if-match': `"${version}"` });

const podcast = (podcastId: string, changes: object = {}) => ({
  podcastId,
  title: 'The Quiet Hour',
  publisher: 'Radio Nord',
  language: 'de-CH',
  ...changes,
});

const episode = (episodeId: string, changes: object = {}) => ({
  episodeId,
  title: 'On Lakes',
  podcastId: 'podcast-1',
  podcastTitle: 'The Quiet Hour',
  publisher: 'Radio Nord',
  topics: ['nature'],
  language: 'de',
  durationMs: 1_800_000,
  explicit: false,
  publishedAt: Date.UTC(2024, 4, 1),
  ...changes,
});

describe('podcasts and episodes', () => {
  it('are published to topics of their own; a new title of the podcast leaves its episodes as they were', async () => {
    expect(await api('POST', '/v1/podcasts', podcast('podcast-1'))).toMatchObject({
      status: 201,
      etag: '"1"',
    });
    expect(await api('POST', '/v1/episodes', episode('episode-1'))).toMatchObject({
      status: 201,
      etag: '"1"',
    });
    const renamed = podcast('podcast-1', { title: 'The Loud Hour' });
    expect(await api('PUT', '/v1/podcasts/podcast-1', renamed, at(1))).toMatchObject({ status: 200 });
    expect(await api('GET', '/v1/episodes/episode-1')).toMatchObject({
      etag: '"1"',
      body: { podcastTitle: 'The Quiet Hour' },
    });
    await until('all three are published', async () => {
      const shows = await mesh.events(podcastContract);
      const episodes = await mesh.events(episodeContract);
      return shows.length === 2 && episodes.length === 1;
    });
    const shows = await mesh.events(podcastContract);
    expect(shows.map(({ event }) => event)).toMatchObject([
      { ...podcast('podcast-1'), version: 1, producer: 'podcasts' },
      { ...renamed, version: 2 },
    ]);
    expect(await mesh.events(episodeContract)).toMatchObject([
      { event: { ...episode('episode-1'), version: 1 }, timestamp: expect.any(Number) },
    ]);
  });

  it('must not contradict each other: an episode names a podcast, which stays while named', async () => {
    expect(
      await api('PUT', '/v1/episodes/episode-2', episode('episode-2', { podcastId: 'none' }), {
        'if-none-match': '*',
      }),
    ).toMatchObject({ status: 409, body: { errors: [{ field: 'podcastId' }] } });
    expect(await api('DELETE', '/v1/podcasts/podcast-1', undefined, at(2))).toMatchObject({
      status: 409,
      body: { errors: [{ field: 'podcastId', reason: expect.stringContaining('is named by 1 episodes') }] },
    });
  });

  it('are deleted by tombstones, which say what they delete', async () => {
    expect(await api('DELETE', '/v1/episodes/episode-1', undefined, at(1))).toMatchObject({ status: 204 });
    await until('the tombstone is published', async () => {
      return (await mesh.events(episodeContract)).length === 2;
    });
    const [, tombstone] = await mesh.events(episodeContract);
    expect(tombstone).toMatchObject({ event: null, key: Buffer.from('episode-1') });
    expect(readCloudEvent(tombstone?.headers ?? [])).toMatchObject({
      type: 'music.podcasts.Episode',
      subject: 'episode-1',
      version: 2,
    });
  });

  it.each([
    [
      'podcasts',
      podcast('podcast-x', { language: 'German' }),
      'language',
      'must be a language tag as in BCP 47',
    ],
    ['podcasts', podcast('podcast-x', { title: ' ' }), 'title', 'without blanks at either end'],
    ['episodes', episode('episode-x', { topics: ['a', 'a'] }), 'topics', 'must be 1 to 10 different topics'],
    [
      'episodes',
      episode('episode-x', { publishedAt: '2024-05-01' }),
      'publishedAt',
      'a whole number of milliseconds',
    ],
    ['episodes', episode('episode-x', { explicit: null }), 'explicit', 'must be true or false'],
  ])('refuse a body of %s that has %j', async (plural, body, field, reason) => {
    const answer = await api('POST', `/v1/${plural}`, body);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field }] } });
    expect(JSON.stringify(answer.body)).toContain(reason);
  });
});
