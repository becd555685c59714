import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { interaction, readCloudEvent, type Interaction } from '@mesh/contracts';
import { until } from '@mesh/jest/until.mjs';
import { partitionFor } from '@mesh/kafka';
import { startServiceProcess, startTraceCollector, type ServiceProcess } from '@mesh/service/testing';
import { startTestMesh, type ReadEvent, type TestMesh } from '@mesh/testkit';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

/** Filled by one test alone, with some ten thousand events as large as they may be. */
const DISK_BYTES = 14 * 1024 * 1024;

let mesh: TestMesh;
let service: ServiceProcess;
let url: string;

const started: ServiceProcess[] = [];

function start(env: Readonly<Record<string, string>>): ServiceProcess {
  const process = startServiceProcess(MAIN, env);
  started.push(process);
  return process;
}

beforeAll(async () => {
  mesh = await startTestMesh({ kafka: { maxFileBytes: DISK_BYTES } });
  service = start({ ...mesh.env, PUBLISH_TIMEOUT_MS: '1000' });
  url = String((await service.line('listening')).url);
}, 180_000);

afterAll(async () => {
  for (const { child } of started) child.kill('SIGKILL');
  await mesh?.stop();
}, 60_000);

const event = (changes: object = {}) => ({
  eventId: randomUUID(),
  eventType: 'PLAY',
  occurredAt: Date.UTC(2025, 0, 6, 7, 8, 9, 10),
  userId: 'user-1',
  sessionId: 'session-1',
  itemId: 'song-1',
  itemType: 'SONG',
  ...changes,
});

interface Answered {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: {
    readonly accepted?: number;
    readonly results?: readonly { status: number; eventId: string }[];
  };
}

async function post(events: readonly object[], correlationId = 'test'): Promise<Answered> {
  const response = await fetch(`${url}/v1/interactions/batch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-correlation-id': correlationId },
    body: JSON.stringify({ events }),
  });
  const body = (await response.json()) as Answered['body'];
  return { status: response.status, retryAfter: response.headers.get('retry-after'), body };
}

const ofUser = async (userId: string): Promise<ReadEvent<Interaction>[]> =>
  (await mesh.events(interaction)).filter(({ event }) => event?.userId === userId);

describe('interactions, with a real broker', () => {
  it('writes an accepted event once, with key, time, headers and Avro value', async () => {
    const sent = event({ userId: 'user-once', positionMs: 12, durationMs: 34 });
    expect((await post([sent], 'trace-42')).status).toBe(200);
    const records = await ofUser('user-once');
    expect(records).toHaveLength(1);
    const [record] = records;
    expect(record!.key?.toString()).toBe('user-once');
    expect(record!.timestamp).toBe(sent.occurredAt);
    expect(record!.partition).toBe(partitionFor(Buffer.from('user-once'), 4));
    expect(record!.event).toEqual({ ...sent, producer: 'interactions', correlationId: 'trace-42' });
    expect(readCloudEvent(record!.headers)).toMatchObject({
      id: sent.eventId,
      type: 'music.interactions.Interaction',
      source: '/interactions',
      time: sent.occurredAt,
      correlationid: 'trace-42',
    });
  });

  it("hands on the caller's trace with the record, and nothing where nothing is traced", async () => {
    const collector = await startTraceCollector();
    const traced = start({
      ...mesh.env,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    });
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const { url: address } = await traced.line('listening');
    const response = await fetch(`${String(address)}/v1/interactions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', traceparent: `00-${traceId}-b7ad6b7169203331-01` },
      body: JSON.stringify(event({ userId: 'user-traced' })),
    });
    expect(response.status).toBe(202);
    traced.child.kill('SIGTERM');
    expect(await traced.exit).toBe(0);
    const traceparents = async (user: string) =>
      (await ofUser(user)).flatMap(({ headers }) =>
        headers.filter(([name]) => name === 'traceparent').map(([, value]) => String(value)),
      );
    const publish = collector.spans.find(({ name }) => name === 'publish interactions');
    expect(publish?.traceId).toBe(traceId);
    expect(await traceparents('user-traced')).toEqual([`00-${traceId}-${publish?.spanId}-01`]);
    expect(await traceparents('user-once')).toEqual([]);
    await collector.close();
  });

  it('keeps the order of a batch for each user', async () => {
    const users = ['user-a', 'user-b', 'user-c'];
    const events = Array.from({ length: 300 }, (_, index) =>
      event({ userId: users[index % 3], occurredAt: Date.UTC(2025, 0, 7) + index }),
    );
    expect((await post(events)).body.accepted).toBe(300);
    for (const user of users) {
      const written = (await ofUser(user)).map(({ event: written }) => written?.eventId);
      expect(written).toEqual(events.filter(({ userId }) => userId === user).map(({ eventId }) => eventId));
    }
  });

  it('goes on without the schema registry, which it has asked at the start', async () => {
    await mesh.cloud.stop();
    expect((await post([event({ userId: 'user-no-registry' })])).status).toBe(200);
  });

  it('answers 503 with Retry-After while the broker is down, and accepts the same again once it is back', async () => {
    const sent = event({ userId: 'user-outage' });
    await mesh.kafka.kill();
    const refused = await post([sent, event({ userId: 'user-outage' })]);
    expect(refused.status).toBe(503);
    expect(refused.retryAfter).toBe('1');
    // Alive: a restart of this service would not bring the broker back.
    expect((await fetch(`${url}/health`)).status).toBe(200);
    await mesh.kafka.restart();
    await until('accepted after the restart', async () => (await post([sent])).status === 200);
    const ids = (await ofUser('user-outage')).map(({ event: written }) => written?.eventId);
    expect(ids).toContain(sent.eventId);
  }, 180_000);

  it("answers 503 while the broker's disk is full, has lost nothing that it accepted, and accepts again after", async () => {
    const long = (prefix: string) => prefix.padEnd(128, '-');
    const large = () =>
      event({ userId: long('user-full'), sessionId: long('session'), itemId: long('song') });
    const accepted = new Set<string>();
    let refused: Answered | undefined;
    let full: readonly ReturnType<typeof large>[] = [];
    for (let round = 0; refused === undefined && round < 100; round++) {
      full = Array.from({ length: 500 }, large);
      const answer = await post(full);
      for (const { status, eventId } of answer.body.results ?? []) if (status === 202) accepted.add(eventId);
      if (answer.status !== 200) refused = answer;
    }
    expect(accepted.size).toBeGreaterThan(5_000);
    expect(refused?.status).toBe(503);
    expect(refused?.retryAfter).toBe('1');
    await until('the broker has given up', () => mesh.kafka.brokers.every(({ running }) => !running));
    expect((await post([event({ userId: 'user-full' })])).status).toBe(503);
    expect((await fetch(`${url}/health`)).status).toBe(200);

    await mesh.kafka.restartWithRoom();
    await until('accepted after the restart', async () => (await post(full)).status === 200);
    for (const { eventId } of full) accepted.add(eventId);
    const written = new Set((await ofUser(long('user-full'))).map(({ event: read }) => read?.eventId));
    expect([...accepted].filter((id) => !written.has(id))).toEqual([]);
  }, 180_000);

  it('loses nothing that it accepted when it is stopped under load', async () => {
    const accepted = new Set<string>();
    let stopped = false;
    const client = async (name: string): Promise<void> => {
      for (let round = 0; ; round++) {
        const events = Array.from({ length: 20 }, () => event({ userId: `user-${name}` }));
        let answer: Answered;
        try {
          answer = await post(events);
        } catch (error) {
          // No answer, no promise; before the stop there is no excuse.
          if (!stopped) throw error;
          return;
        }
        for (const { status, eventId } of answer.body.results ?? [])
          if (status === 202) accepted.add(eventId);
        if (round > 10_000) throw new Error('the service does not stop');
      }
    };
    const clients = ['s1', 's2', 's3', 's4'].map(client);
    await until('the load is on', () => accepted.size >= 400);
    stopped = true;
    service.child.kill('SIGTERM');
    await Promise.all(clients);
    expect(await service.exit).toBe(0);
    const written = new Set((await mesh.events(interaction)).map(({ event: written }) => written?.eventId));
    expect([...accepted].filter((id) => !written.has(id))).toEqual([]);
  });

  it('waits for the schema registry at its start, says so, and tells clients to come back', async () => {
    await mesh.cloud.stop();
    service = start(mesh.env);
    url = String((await service.line('listening')).url);
    expect(await service.line('can not start yet, and waits')).toMatchObject({
      err: { code: 'REGISTRY_UNAVAILABLE' },
    });
    expect((await fetch(`${url}/health`)).status).toBe(200);
    const ready = await fetch(`${url}/ready`);
    expect(ready.status).toBe(503);
    expect(((await ready.json()) as { detail: string }).detail).toMatch(/^waiting to start: .*registry/);
    const refused = await post([event()]);
    expect([refused.status, refused.retryAfter]).toEqual([503, '1']);

    await mesh.cloud.restart();
    const sent = event({ userId: 'user-waited' });
    // For a moment nobody listens: the service takes the port over from what answered for it.
    await until('it is ready', () =>
      fetch(`${url}/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    expect((await post([sent])).status).toBe(200);
    expect(await ofUser('user-waited')).toHaveLength(1);
  });

  it('gives up waiting for the schema registry after START_TIMEOUT_MS', async () => {
    await mesh.cloud.stop();
    const late = start({ ...mesh.env, START_TIMEOUT_MS: '1000' });
    expect(await late.exit).toBe(70);
    expect(late.lines.at(-1)).toMatchObject({ msg: 'start failed', err: { code: 'REGISTRY_UNAVAILABLE' } });
  });

  it('does not start without its configuration, one line a fault', async () => {
    await expect(start({ PUBLISH_TIMEOUT_MS: 'soon' }).line('listening')).rejects.toThrow(
      /ended with 78:[^]*PUBLISH_TIMEOUT_MS is "soon"[^]*KAFKA_BROKERS is not set|ended with 78:[^]*KAFKA_BROKERS is not set[^]*PUBLISH_TIMEOUT_MS is "soon"/,
    );
  });
});
