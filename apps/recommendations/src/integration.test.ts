import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { itemTrend, topics, type ItemTrend } from '@mesh/contracts';
import { applyTopics, createKafkaClient, type KafkaClient, type ProducerRecord } from '@mesh/kafka';
import { startDoubles, startKafka, type Doubles, type KafkaServer } from '@mesh/local-cloud';
import { createAvroSerde, type AvroSerde } from '@mesh/serde';
import { glueSchemaRegistry, registerSchema } from '@mesh/serde/glue';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { provisionPersonalize, type TestPersonalize } from './test/personalize.js';
import { startProcess, type ServiceProcess } from './test/service-process.js';

const region = 'us-east-1';
// Sign requests that nobody verifies; the clients of the tests read them here as the service does.
const credentials = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };

let stateDir: string;
let kafka: KafkaServer;
let doubles: Doubles;
let client: KafkaClient;
let serde: AvroSerde<ItemTrend>;
let personalize: TestPersonalize;
let service: ServiceProcess;

beforeAll(async () => {
  Object.assign(process.env, credentials);
  stateDir = mkdtempSync(join(tmpdir(), 'recommendations-'));
  [kafka, doubles] = await Promise.all([startKafka(), startDoubles({ stateDir, log: () => {} })]);
  client = createKafkaClient({ brokers: kafka.bootstrap.split(','), clientId: 'test' });
  const connection = { registryName: 'music-mesh', region, endpoint: doubles.url };
  await registerSchema({
    ...connection,
    schemaName: itemTrend.schemaName,
    definition: JSON.stringify(itemTrend.schema),
  });
  serde = await createAvroSerde({ contract: itemTrend, registry: glueSchemaRegistry(connection) });
  personalize = await provisionPersonalize(doubles.url, region);
  // What some like: rock-1 goes with rock-2 and a podcast, jazz-1 with jazz-2.
  for (const user of ['user-1', 'user-2', 'user-3']) {
    for (const item of ['song-rock-1', 'song-rock-2', 'episode-rock'])
      await personalize.put(user, item, 'finish');
  }
  for (const user of ['user-4', 'user-5']) {
    for (const item of ['song-jazz-1', 'song-jazz-2']) await personalize.put(user, item, 'finish');
  }
  service = await startProcess({
    KAFKA_BROKERS: kafka.bootstrap,
    AWS_REGION: region,
    ...credentials,
    AWS_ENDPOINT_URL_GLUE: doubles.url,
    AWS_ENDPOINT_URL_PERSONALIZE_RUNTIME: doubles.url,
    ...personalize.env,
    BREAKER_FAILURES: '3',
    BREAKER_OPEN_MS: '200',
  });
}, 180_000);

afterAll(async () => {
  service?.child.kill('SIGKILL');
  await client?.close();
  await kafka?.stop();
  await doubles?.close();
  rmSync(stateDir, { recursive: true, force: true });
}, 60_000);

interface Answered {
  readonly status: number;
  readonly body: {
    readonly source?: string;
    readonly degraded?: boolean;
    readonly reason?: string;
    readonly detail?: string;
    readonly windowEnd?: string;
    readonly items?: readonly { readonly itemId: string; readonly plays?: number }[];
  };
}

async function ask(path: string, body?: object): Promise<Answered> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(
    service.url + path,
    body === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(body) },
  );
  return { status: response.status, body: (await response.json()) as Answered['body'] };
}

const itemsOf = ({ body }: Answered) => body.items?.map(({ itemId }) => itemId);
const ready = async () => (await ask('/ready')).status === 200;

async function eventually(condition: () => Promise<boolean>, what: string): Promise<void> {
  for (const deadline = Date.now() + 50_000; !(await condition()); await sleep(100)) {
    if (Date.now() > deadline) throw new Error(`not within 50 s: ${what}`);
  }
}

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 2);

function trend(hour: number, itemId: string, plays: number): ProducerRecord {
  const windowStart = START + hour * HOUR;
  const value: ItemTrend = { itemId, itemType: 'SONG', windowStart, windowEnd: windowStart + HOUR, plays };
  return { key: Buffer.from(itemId), value: serde.serialize(itemTrend.topic, value), timestamp: windowStart };
}

/** Transactionally, as the application that counts does: the topic ends with a marker that no reader sees. */
async function publish(...records: readonly ProducerRecord[]): Promise<void> {
  const producer = client.transactionalProducer({ transactionalId: 'test' });
  await producer.init();
  await producer.begin();
  await producer.send([{ topic: itemTrend.topic, records }]);
  await producer.commit();
  await producer.close();
}

const fault = (method: string, body?: object) =>
  fetch(`${doubles.url}/_double/faults`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).then(({ status }) => expect(status).toBe(200));

describe('recommendations, with a real broker and the doubles of AWS', () => {
  it('is not ready before the trends topic is there and read to its end', async () => {
    await eventually(
      async () => /does not exist yet/.test((await ask('/ready')).body.detail ?? ''),
      'says why',
    );
    await applyTopics(client.admin(), topics, { capReplication: true });
    await publish(trend(1, 'song-old', 99), trend(2, 'song-rock-1', 3), trend(2, 'song-jazz-1', 8));
    await eventually(ready, 'ready');
  });

  it('answers with the most played items of the newest window', async () => {
    await eventually(async () => (await ask('/v1/trending')).body.items?.length === 2, 'the trends are read');
    expect((await ask('/v1/trending')).body).toEqual({
      windowStart: '2026-01-02T02:00:00.000Z',
      windowEnd: '2026-01-02T03:00:00.000Z',
      items: [
        { itemId: 'song-jazz-1', itemType: 'SONG', plays: 8 },
        { itemId: 'song-rock-1', itemType: 'SONG', plays: 3 },
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

  it('falls back to what is trending while Personalize throttles, says so, and returns to it', async () => {
    await fault('POST', { service: 'personalize-runtime', kind: 'throttle' });
    const throttled = await ask('/v1/users/user-1/recommendations');
    expect(throttled.body).toMatchObject({
      source: 'trending',
      degraded: true,
      reason: 'Personalize throttles',
    });
    // The window before fills up.
    expect(itemsOf(throttled)).toEqual(['song-jazz-1', 'song-rock-1', 'song-old']);
    await eventually(
      async () => /left alone/.test((await ask('/v1/users/user-1/recommendations')).body.reason ?? ''),
      'the circuit opens',
    );
    await fault('DELETE');
    await eventually(
      async () => (await ask('/v1/users/user-1/recommendations')).body.source === 'personalize',
      'asks Personalize again',
    );
  });

  it('falls back while Personalize fails or takes too long', async () => {
    for (const [spec, reason] of [
      [{ kind: 'error' }, 'Personalize is unavailable'],
      [{ kind: 'disconnect' }, 'Personalize is unavailable'],
      [{ kind: 'latency', latencyMs: 5_000 }, 'Personalize did not answer in time'],
    ] as const) {
      await fault('POST', { service: 'personalize-runtime', ...spec });
      const { body } = await ask('/v1/items/song-rock-1/similar');
      expect(body).toMatchObject({ source: 'trending', degraded: true, reason });
      await fault('DELETE');
    }
  });

  it('passes over a record that cannot be read, and goes on', async () => {
    await publish({ key: Buffer.from('song-bad'), value: Buffer.from('no frame') }, trend(3, 'song-next', 1));
    await eventually(
      async () => itemsOf(await ask('/v1/trending'))?.includes('song-next') === true,
      'the next trend is read',
    );
    expect(await (await fetch(`${service.url}/metrics`)).text()).toMatch(
      /trends_unreadable_total\{[^}]*\} 1/,
    );
  });

  it('follows the trends again after the broker was killed', async () => {
    await kafka.kill();
    expect((await ask('/v1/trending')).status).toBe(200);
    await kafka.restart();
    await publish(trend(4, 'song-after', 1));
    await eventually(
      async () => itemsOf(await ask('/v1/trending'))?.includes('song-after') === true,
      'the trend after the outage is read',
    );
    expect(await ready()).toBe(true);
  }, 180_000);

  it('stops on SIGTERM', async () => {
    service.child.kill('SIGTERM');
    expect(await service.exit).toBe(0);
  });
});
