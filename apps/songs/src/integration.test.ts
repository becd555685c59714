import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { artist as artistContract, readCloudEvent, song as songContract, type Song } from '@mesh/contracts';
import { until } from '@mesh/jest/until.mjs';
import { type ReadEvent } from '@mesh/testkit';
import { callJson, type JsonAnswer } from '@mesh/service/testing';
import { artist, song, startSongsMesh, type RunningSongs, type SongsMesh } from './test/songs-mesh.js';

let mesh: SongsMesh;
let service: RunningSongs;

beforeAll(async () => {
  mesh = await startSongsMesh();
  service = await mesh.start();
}, 240_000);

afterAll(async () => {
  service?.process.child.kill('SIGKILL');
  await mesh?.stop();
}, 60_000);

const api = (
  method: string,
  path: string,
  body?: object,
  headers?: Record<string, string>,
): Promise<JsonAnswer> => callJson(service.url, method, path, body, headers);
const at = (version: number) => ({ 'if-match': `"${version}"` });

/** The events of one song, when there are so many. */
async function eventsOf(songId: string, count: number): Promise<ReadEvent<Song>[]> {
  let events: ReadEvent<Song>[] = [];
  await until(`${count} events of ${songId}`, async () => {
    events = (await mesh.events(songContract)).filter(({ key }) => key?.toString() === songId);
    return events.length >= count;
  });
  return events;
}

describe('songs and artists', () => {
  it('are created, changed and deleted, and each change is published in order', async () => {
    expect(await api('POST', '/v1/artists', artist('artist-1'))).toMatchObject({ status: 201, etag: '"1"' });
    const made = await api('POST', '/v1/songs', song('song-1'), { 'x-correlation-id': 'trace-1' });
    expect(made).toMatchObject({ status: 201, etag: '"1"', body: song('song-1') });
    const renamed = song('song-1', { title: 'Sinnerman (Live)' });
    expect(await api('PUT', '/v1/songs/song-1', renamed, at(1))).toMatchObject({ status: 200, etag: '"2"' });
    expect(await api('GET', '/v1/songs/song-1')).toMatchObject({ status: 200, etag: '"2"', body: renamed });
    expect(await api('DELETE', '/v1/songs/song-1', undefined, at(2))).toMatchObject({ status: 204 });
    expect(await api('GET', '/v1/songs/song-1')).toMatchObject({ status: 404 });

    const [created, changed, deleted] = await eventsOf('song-1', 3);
    expect(created?.event).toMatchObject({
      ...song('song-1'),
      version: 1,
      producer: 'songs',
      correlationId: 'trace-1',
      occurredAt: created?.timestamp,
    });
    expect(changed?.event).toMatchObject({ title: 'Sinnerman (Live)', version: 2 });
    expect(deleted?.event).toBeNull();
    expect(readCloudEvent(deleted?.headers ?? [])).toMatchObject({
      type: 'music.songs.Song',
      source: '/songs',
      subject: 'song-1',
      version: 3,
    });
    expect(readCloudEvent(created?.headers ?? [])?.id).toBe(created?.event?.eventId);
    const artists = await mesh.events(artistContract);
    expect(artists.map(({ event }) => event)).toMatchObject([{ ...artist('artist-1'), version: 1 }]);
  });

  it('must not contradict each other: a song names an artist, who stays while named', async () => {
    await api('POST', '/v1/artists', artist('artist-2'));
    expect(await api('POST', '/v1/songs', song('song-2', { artistId: 'nobody' }))).toMatchObject({
      status: 409,
      body: { errors: [{ field: 'artistId', reason: 'must be the id of an artist that there is' }] },
    });
    await api('POST', '/v1/songs', song('song-2', { artistId: 'artist-2' }));
    expect(await api('DELETE', '/v1/artists/artist-2', undefined, at(1))).toMatchObject({
      status: 409,
      body: { errors: [{ field: 'artistId', reason: expect.stringContaining('is named by 1 songs') }] },
    });
    expect(await api('DELETE', '/v1/songs/song-2', undefined, at(1))).toMatchObject({ status: 204 });
    expect(await api('DELETE', '/v1/artists/artist-2', undefined, at(1))).toMatchObject({ status: 204 });
  });

  it.each([
    ['songs', { durationMs: 0 }, 'durationMs', 'must be a whole number of milliseconds from 1 to 86400000'],
    [
      'songs',
      { isrc: 'US-PR3-65-02010' },
      'isrc',
      'must be an ISRC of 12 characters without hyphens, or null',
    ],
    ['songs', { genres: [] }, 'genres', 'must be 1 to 10 different genres of 1 to 50 characters each'],
    [
      'songs',
      { releasedAt: 1_791_000_000_000_000 },
      'releasedAt',
      'from 1860-01-01 on and before 2101-01-01',
    ],
    ['songs', { artistId: undefined }, 'artistId', 'is required'],
    ['songs', { titel: 'x' }, 'titel', 'is not a known field'],
    ['artists', { country: 'usa' }, 'country', 'must be two capitals as in ISO 3166-1 alpha-2, or null'],
  ])('refuse a body of %s with %j', async (plural, changes, field, reason) => {
    const body = plural === 'songs' ? song('song-x', changes) : artist('artist-x', changes);
    const answer = await api('POST', `/v1/${plural}`, body);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field }] } });
    expect(JSON.stringify(answer.body)).toContain(reason);
  });

  it('are changed only from the version that was read', async () => {
    await api('POST', '/v1/songs', song('song-3'));
    expect(await api('PUT', '/v1/songs/song-3', song('song-3'))).toMatchObject({ status: 428 });
    await api('PUT', '/v1/songs/song-3', song('song-3', { title: 'First' }), at(1));
    expect(await api('PUT', '/v1/songs/song-3', song('song-3', { title: 'Lost' }), at(1))).toMatchObject({
      status: 412,
      etag: '"2"',
    });
  });

  it('are described', async () => {
    const { body } = await api('GET', '/openapi.json');
    expect(Object.keys(body?.['paths'] as object).filter((path) => path.startsWith('/v1/'))).toEqual([
      '/v1/artists',
      '/v1/artists/{id}',
      '/v1/songs',
      '/v1/songs/{id}',
    ]);
    expect(JSON.stringify(body)).toContain('The main artist, who must exist.');
  });

  it('have metrics of what waits to be published', async () => {
    await until('the backlog is counted as empty', async () => {
      const text = await (await fetch(`${service.url}/metrics`)).text();
      return /^outbox_backlog\{[^}]*\} 0$/m.test(text) && /^outbox_relaying\{[^}]*\} 1$/m.test(text);
    });
  });
});

describe('outages', () => {
  it('of DynamoDB are answered 503, and the same request succeeds afterwards', async () => {
    await mesh.killDynamoDb();
    const created = song('song-down');
    const key = { 'idempotency-key': 'create-song-down' };
    expect(await api('POST', '/v1/songs', created, key)).toMatchObject({ status: 503, retryAfter: '1' });
    expect(await api('GET', '/v1/songs/song-down')).toMatchObject({ status: 503, retryAfter: '1' });
    expect((await fetch(`${service.url}/health`)).status).toBe(200);
    await mesh.restartDynamoDb();
    await until('the song is created', async () => {
      return (await api('POST', '/v1/songs', created, key)).status === 201;
    });
    expect(await api('POST', '/v1/songs', created, key)).toMatchObject({ status: 201, etag: '"1"' });
    expect(await eventsOf('song-down', 1)).toHaveLength(1);
  }, 120_000);

  it('of Kafka keep no request waiting: events go out when it is back', async () => {
    await mesh.kafka.kill();
    for (let version = 0; version < 5; version++) {
      const answer =
        version === 0
          ? await api('POST', '/v1/songs', song('song-queued'))
          : await api(
              'PUT',
              '/v1/songs/song-queued',
              song('song-queued', { title: `${version}` }),
              at(version),
            );
      expect(answer.etag).toBe(`"${version + 1}"`);
    }
    await mesh.kafka.restart();
    const versions = (await eventsOf('song-queued', 5)).map(({ event }) => event?.version);
    expect([...new Set(versions)]).toEqual([1, 2, 3, 4, 5]);
  }, 180_000);

  it('of the registry are not noticed after the start', async () => {
    await mesh.cloud.stop();
    expect(await api('POST', '/v1/artists', artist('artist-late'))).toMatchObject({ status: 201 });
    await mesh.cloud.restart();
  });
});

describe('a stop', () => {
  it('ends with 0 after what was taken in, and lets another instance relay at once', async () => {
    const first = service;
    first.process.child.kill('SIGTERM');
    expect(await first.process.exit).toBe(0);
    service = await mesh.start();
    expect((await api('POST', '/v1/songs', song('song-after'))).status).toBe(201);
    expect(await eventsOf('song-after', 1)).toHaveLength(1);
  }, 60_000);
});
