import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { artist, episode, itemTrend, podcast, song, type ItemTrend } from '@mesh/contracts';
import { until } from '@mesh/jest/until.mjs';
import type { ProducerRecord } from '@mesh/kafka';
import { startServiceProcess, type ServiceProcess } from '@mesh/service/testing';
import { startTestMesh, type TestMesh } from '@mesh/testkit';
import { fileURLToPath } from 'node:url';
import { artistOf, episodeOf, podcastOf, songOf } from './test/catalogue.js';
import { provisionPersonalize, type TestPersonalize } from './test/personalize.js';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

let mesh: TestMesh;
let personalize: TestPersonalize;
let service: ServiceProcess;
let url: string;

beforeAll(async () => {
  mesh = await startTestMesh({ topics: false });
  personalize = await provisionPersonalize(mesh.cloud.url);
  // What some like: rock-1 goes with rock-2 and a podcast, jazz-1 with jazz-2.
  for (const user of ['user-1', 'user-2', 'user-3']) {
    for (const item of ['song-rock-1', 'song-rock-2', 'episode-rock'])
      await personalize.put(user, item, 'finish');
  }
  for (const user of ['user-4', 'user-5']) {
    for (const item of ['song-jazz-1', 'song-jazz-2']) await personalize.put(user, item, 'finish');
  }
  service = startServiceProcess(MAIN, {
    ...mesh.env,
    ...personalize.env,
    BREAKER_FAILURES: '3',
    BREAKER_OPEN_MS: '200',
  });
  url = String((await service.line('listening')).url);
}, 180_000);

afterAll(async () => {
  service?.child.kill('SIGKILL');
  await mesh?.stop();
}, 60_000);

interface AnsweredItem {
  readonly itemId: string;
  readonly title: string | null;
  readonly artist: string | null;
  readonly show: string | null;
  readonly plays?: number;
}

interface Answered {
  readonly status: number;
  readonly body: {
    readonly source?: string;
    readonly degraded?: boolean;
    readonly reason?: string;
    readonly detail?: string;
    readonly windowEnd?: string;
    readonly items?: readonly AnsweredItem[];
  };
}

async function ask(path: string, body?: object): Promise<Answered> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(
    url + path,
    body === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(body) },
  );
  return { status: response.status, body: (await response.json()) as Answered['body'] };
}

const itemsOf = ({ body }: Answered) => body.items?.map(({ itemId }) => itemId);
const ready = async () => (await ask('/ready')).status === 200;

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 2);

function trend(hour: number, itemId: string, plays: number): Promise<ProducerRecord> {
  const windowStart = START + hour * HOUR;
  const value: ItemTrend = { itemId, itemType: 'SONG', windowStart, windowEnd: windowStart + HOUR, plays };
  return mesh.record(itemTrend, value);
}

/** Transactionally, as the application that counts does: the topic ends with a marker that no reader sees. */
async function publish(...records: readonly Promise<ProducerRecord>[]): Promise<void> {
  const producer = mesh.client.transactionalProducer({ transactionalId: 'test' });
  await producer.init();
  await producer.begin();
  await producer.send([{ topic: itemTrend.topic, records: await Promise.all(records) }]);
  await producer.commit();
  await producer.close();
}

describe('recommendations, with a real broker and the doubles of AWS', () => {
  it('is not ready before the trends topic is there and read to its end', async () => {
    await until('says why', async () => /does not exist yet/.test((await ask('/ready')).body.detail ?? ''));
    await mesh.createTopics();
    await publish(trend(1, 'song-old', 99), trend(2, 'song-rock-1', 3), trend(2, 'song-jazz-1', 8));
    await until('ready', ready);
  });

  it('answers with the most played items of the newest window', async () => {
    await until('the trends are read', async () => (await ask('/v1/trending')).body.items?.length === 2);
    expect((await ask('/v1/trending')).body).toEqual({
      windowStart: '2026-01-02T02:00:00.000Z',
      windowEnd: '2026-01-02T03:00:00.000Z',
      items: [
        { itemId: 'song-jazz-1', itemType: 'SONG', title: null, artist: null, show: null, plays: 8 },
        { itemId: 'song-rock-1', itemType: 'SONG', title: null, artist: null, show: null, plays: 3 },
      ],
    });
  });

  it('recommends songs and podcasts that others with the same taste like, at once', async () => {
    await personalize.put('user-new', 'song-rock-1', 'finish');
    const answer = await ask('/v1/users/user-new/recommendations?limit=10');
    expect(answer.body).toMatchObject({ source: 'personalize', degraded: false });
    expect(new Set(itemsOf(answer)!.slice(0, 3))).toEqual(
      new Set(['song-rock-1', 'song-rock-2', 'episode-rock']),
    );
  });

  it('leaves out what the user has just skipped', async () => {
    await personalize.put('user-new', 'song-rock-2', 'skip');
    expect(itemsOf(await ask('/v1/users/user-new/recommendations'))).not.toContain('song-rock-2');
  });

  it('answers for a user nobody has heard of', async () => {
    const answer = await ask('/v1/users/user-unknown/recommendations');
    expect(answer.body).toMatchObject({ source: 'personalize', degraded: false });
    expect(itemsOf(answer)).toContain('song-rock-1');
  });

  it('ranks by taste', async () => {
    const itemIds = ['song-jazz-2', 'song-unknown', 'song-rock-2'];
    const answer = await ask('/v1/users/user-4/ranking', { itemIds });
    expect(answer.body).toMatchObject({ source: 'personalize', degraded: false });
    expect(itemsOf(answer)![0]).toBe('song-jazz-2');
    expect(itemsOf(answer)!.toSorted()).toEqual(itemIds.toSorted());
  });

  it('finds similar items, also of one that only Personalize knows, and 404 for one that nobody knows', async () => {
    // Not among the trends.
    const known = await ask('/v1/items/song-jazz-2/similar?limit=1');
    expect(known.status).toBe(200);
    expect(itemsOf(known)).toEqual(['song-jazz-1']);
    const unknown = await ask('/v1/items/song-unknown/similar');
    expect(unknown.status).toBe(404);
    expect(unknown.body.detail).toMatch(/song-unknown/);
  });

  it('answers with current titles, artists and shows, and without what was deleted', async () => {
    const described = async (itemId: string): Promise<AnsweredItem | undefined> => {
      const { body } = await ask('/v1/users/user-1/recommendations');
      return body.items?.find((item) => item.itemId === itemId);
    };
    await mesh.publish(song, [songOf('song-rock-1', 'Rock One'), songOf('song-jazz-2', 'Jazz Two')]);
    await mesh.publish(artist, [artistOf('The Artist')]);
    await mesh.publish(episode, [episodeOf('episode-rock', 'About Rock')]);
    await mesh.publish(podcast, [podcastOf('The Show')]);
    await until(
      'the song is described',
      async () => (await described('song-rock-1'))?.artist === 'The Artist',
    );
    await until(
      'the episode is described',
      async () => (await described('episode-rock'))?.show === 'The Show',
    );
    expect(await described('song-rock-1')).toMatchObject({ itemType: 'SONG', title: 'Rock One', show: null });
    expect(await described('episode-rock')).toMatchObject({ itemType: 'EPISODE', title: 'About Rock' });

    await mesh.publish(artist, [artistOf('Renamed')]);
    await until('the rename is seen', async () => (await described('song-rock-1'))?.artist === 'Renamed');
    await mesh.send(song.topic, [{ key: Buffer.from('song-jazz-2'), value: null }]);
    await until('what was deleted is left out', async () => (await described('song-jazz-2')) === undefined);
    const ranked = await ask('/v1/users/user-4/ranking', { itemIds: ['song-jazz-2', 'song-rock-1'] });
    expect(itemsOf(ranked)).toEqual(['song-rock-1']);
  });

  it('falls back to what is trending while Personalize throttles, says so, and returns to it', async () => {
    await mesh.cloud.fault({ service: 'personalize-runtime', kind: 'throttle' });
    const throttled = await ask('/v1/users/user-1/recommendations');
    expect(throttled.body).toMatchObject({
      source: 'trending',
      degraded: true,
      reason: 'Personalize throttles',
    });
    // The window before fills up.
    expect(itemsOf(throttled)).toEqual(['song-jazz-1', 'song-rock-1', 'song-old']);
    await until('the circuit opens', async () =>
      /left alone/.test((await ask('/v1/users/user-1/recommendations')).body.reason ?? ''),
    );
    await mesh.cloud.calm();
    await until(
      'asks Personalize again',
      async () => (await ask('/v1/users/user-1/recommendations')).body.source === 'personalize',
    );
  });

  it('falls back while Personalize fails or takes too long', async () => {
    for (const [spec, reason] of [
      [{ kind: 'error' }, 'Personalize is unavailable'],
      [{ kind: 'disconnect' }, 'Personalize is unavailable'],
      [{ kind: 'latency', latencyMs: 5_000 }, 'Personalize did not answer in time'],
    ] as const) {
      await mesh.cloud.fault({ service: 'personalize-runtime', ...spec });
      const { body } = await ask('/v1/items/song-rock-1/similar');
      expect(body).toMatchObject({ source: 'trending', degraded: true, reason });
      await mesh.cloud.calm();
    }
  });

  it('passes over a record that cannot be read, and goes on', async () => {
    const bad = { key: Buffer.from('song-bad'), value: Buffer.from('no frame') };
    await publish(Promise.resolve(bad), trend(3, 'song-next', 1));
    await until(
      'the next trend is read',
      async () => itemsOf(await ask('/v1/trending'))?.includes('song-next') === true,
    );
    expect(await (await fetch(`${url}/metrics`)).text()).toMatch(
      /followed_unreadable_total\{[^}]*topic="trends"[^}]*\} 1/,
    );
  });

  it('follows the trends again after the broker was killed', async () => {
    await mesh.kafka.kill();
    expect((await ask('/v1/trending')).status).toBe(200);
    await mesh.kafka.restart();
    await publish(trend(4, 'song-after', 1));
    await until(
      'the trend after the outage is read',
      async () => itemsOf(await ask('/v1/trending'))?.includes('song-after') === true,
    );
    expect(await ready()).toBe(true);
  }, 180_000);

  it('stops on SIGTERM', async () => {
    service.child.kill('SIGTERM');
    expect(await service.exit).toBe(0);
  });
});
