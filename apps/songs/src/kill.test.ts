import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { song as songContract } from '@mesh/contracts';
import { until } from '@mesh/jest/until.mjs';
import { callJson, type JsonAnswer } from '@mesh/service/testing';
import { artist, song, startSongsMesh, type RunningSongs, type SongsMesh } from './test/songs-mesh.js';

const SONGS = 12;
const CHANGES = 30;
const KILLS = 6;

let mesh: SongsMesh;
/** Two of them: when the one that relays is killed, the other takes over. */
const instances: RunningSongs[] = [];

beforeAll(async () => {
  mesh = await startSongsMesh();
  instances.push(await mesh.start(), await mesh.start());
}, 240_000);

afterAll(async () => {
  for (const { process } of instances) process.child.kill('SIGKILL');
  await mesh?.stop();
}, 60_000);

/** Version by version, the title that was answered. */
type Acknowledged = Map<number, string>;
let acknowledgements = 0;

/** One answer from whichever instance gives one. */
async function answered(
  method: string,
  path: string,
  body?: object,
  headers?: Record<string, string>,
): Promise<JsonAnswer | 'unknown'> {
  const instance = instances[Math.floor(Math.random() * instances.length)];
  try {
    const answer = await callJson(instance?.url ?? '', method, path, body, headers);
    return answer.status === 503 ? 'unknown' : answer;
  } catch {
    // The instance was killed: whether the change was made is for the client to find out.
    return 'unknown';
  }
}

async function current(path: string): Promise<JsonAnswer> {
  for (;;) {
    const answer = await answered('GET', path);
    if (answer !== 'unknown') return answer;
  }
}

/** A client that creates a song and changes it, and after a lost answer looks where it stands. */
async function change(songId: string): Promise<Acknowledged> {
  const acknowledged: Acknowledged = new Map();
  const path = `/v1/songs/${songId}`;
  for (let version = 0; version < CHANGES;) {
    const title = `${songId} ${version + 1} ${Math.random()}`;
    const answer =
      version === 0
        ? await answered('POST', '/v1/songs', song(songId, { title }))
        : await answered('PUT', path, song(songId, { title }), { 'if-match': `"${version}"` });
    if (answer !== 'unknown' && answer.status < 300) {
      version += 1;
      acknowledged.set(version, title);
      acknowledgements += 1;
      continue;
    }
    const found = await current(path);
    version = found.status === 404 ? 0 : Number(found.etag?.slice(1, -1));
    if (version > 0) acknowledged.set(version, String(found.body?.['title']));
  }
  return acknowledged;
}

async function killNowAndThen(): Promise<void> {
  const total = SONGS * CHANGES;
  for (let kill = 1; kill <= KILLS; kill++) {
    await until('the next kill is due', () => acknowledgements >= (kill * total) / (KILLS + 1));
    const index = kill % instances.length;
    instances[index]?.process.child.kill('SIGKILL');
    await instances[index]?.process.exit;
    instances[index] = await mesh.start();
  }
}

it('kill -9 of instances in the middle of writes loses nothing, and keeps the order of each song', async () => {
  const [instance] = instances;
  await callJson(instance?.url ?? '', 'POST', '/v1/artists', artist('artist-1'));
  const ids = Array.from({ length: SONGS }, (_, index) => `song-${index}`);
  const [acknowledged] = await Promise.all([Promise.all(ids.map(change)), killNowAndThen()]);

  const published = async (id: string) =>
    (await mesh.events(songContract)).filter(({ key }) => key?.toString() === id);
  const newest = async (id: string) =>
    Math.max(0, ...(await published(id)).map(({ event }) => event?.version ?? 0));
  await until('all is published', async () => {
    return (await Promise.all(ids.map(newest))).every((version) => version === CHANGES);
  });
  for (const [index, id] of ids.entries()) {
    const events = (await published(id)).flatMap(({ event }) => event ?? []);
    // A relay that was killed between Kafka's commit and the removal leaves repetitions, which the event id tells.
    const once = new Map(events.map((event) => [event.eventId, event]));
    const expected = Array.from({ length: CHANGES }, (_, version) => version + 1);
    expect([...once.values()].map(({ version }) => version)).toEqual(expected);
    expect(events.at(-1)?.version).toBe(CHANGES);
    for (const [version, title] of acknowledged[index] ?? []) {
      expect({ version, title: [...once.values()][version - 1]?.title }).toEqual({ version, title });
    }
  }
}, 240_000);
