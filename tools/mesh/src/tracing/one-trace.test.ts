import { PersonalizeClient } from '@aws-sdk/client-personalize';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { interaction, user } from '@mesh/contracts';
import { until } from '@mesh/jest/until.mjs';
import { USERS_SCHEMA } from '@mesh/personalize';
import {
  startServiceProcess,
  startTraceCollector,
  type CollectedSpan,
  type ServiceProcess,
  type TraceCollector,
} from '@mesh/service/testing';
import {
  createDataset,
  createDatasetGroup,
  createEventTracker,
  interactionFields,
  startTestMesh,
  type TestMesh,
} from '@mesh/testkit';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { workspaceRoot } from '../supervisor/paths.js';

/** Of the caller, as a browser or a gateway would send it. */
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
const traceparent = `00-${TRACE}-${CALLER}-01`;

/** Makes a process write a log line for each package of OpenTelemetry that another one asks for. */
const TELLING = `
  import { registerHooks } from 'node:module';
  registerHooks({
    resolve(specifier, context, next) {
      const by = context.parentURL ?? '';
      if (specifier.startsWith('@opentelemetry/') && !by.includes('/@opentelemetry/'))
        console.log(JSON.stringify({ msg: 'loads', specifier, by }));
      return next(specifier, context);
    },
  });
`;

const names = ['interactions', 'interactions-update', 'users', 'users-update'] as const;
type Name = (typeof names)[number];

let mesh: TestMesh;
let env: Readonly<Record<string, string>>;
let collector: TraceCollector;
const started = new Map<Name, ServiceProcess>();

beforeAll(async () => {
  mesh = await startTestMesh({ postgres: true });
  const client = new PersonalizeClient({ endpoint: mesh.cloud.url });
  const group = await createDatasetGroup(client);
  await createDataset(client, group, 'Interactions', interactionFields);
  env = {
    ...mesh.env,
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(TELLING)}`,
    PERSONALIZE_USERS_DATASET_ARN: await createDataset(client, group, 'Users', USERS_SCHEMA.fields),
    PERSONALIZE_TRACKING_ID: await createEventTracker(client, group),
  };
  client.destroy();
  collector = await startTraceCollector();
}, 180_000);
afterEach(async () => {
  for (const { child, exit } of started.values()) {
    child.kill('SIGKILL');
    await exit;
  }
  started.clear();
});
afterAll(async () => {
  await collector?.close();
  await mesh?.stop();
}, 60_000);

async function start(more: Readonly<Record<string, string>> = {}): Promise<void> {
  for (const name of names) {
    const main = join(workspaceRoot, 'apps', name, 'src', 'main.ts');
    started.set(name, startServiceProcess(main, { ...env, ...more }));
  }
  await Promise.all([...started.values()].map((service) => service.line('listening')));
}

/**
 * The packages of OpenTelemetry that a process has loaded. Not counted is its API where `prom-client` asks for it, as it
 * always does, for exemplars: functions that do nothing without an SDK.
 */
function loaded(name: Name): string[] {
  const asked = (started.get(name)?.lines ?? []).filter(
    ({ msg, specifier, by }) =>
      msg === 'loads' && !(specifier === '@opentelemetry/api' && String(by).includes('/prom-client/')),
  );
  return [...new Set(asked.map(({ specifier }) => String(specifier)))];
}

async function post(name: Name, path: string, body: object): Promise<void> {
  const url = (await started.get(name)?.line('listening'))?.url;
  const response = await fetch(`${String(url)}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent },
    body: JSON.stringify(body),
  });
  expect([200, 201, 202]).toContain(response.status);
}

const play = () => ({
  ...{ eventId: randomUUID(), eventType: 'PLAY', occurredAt: Date.now(), sessionId: 'session-1' },
  ...{ userId: 'user-1', itemId: 'song-1', itemType: 'SONG' },
});

const zoe = (userId: string) => ({
  ...{ userId, displayName: 'Zoë', country: 'CH', birthYear: 1990, plan: 'FREE' },
  ...{ favouriteGenres: ['jazz'], registeredAt: Date.UTC(2024, 4, 1) },
});

/** Waits until a span has come, and the collector has what ended before it. */
async function spanOf(service: Name, name: string): Promise<CollectedSpan> {
  let found: CollectedSpan | undefined;
  await until(`${service} has told of ${name}`, async () => {
    found = collector.spans.find((span) => span.service === service && span.name === name);
    return found !== undefined;
  });
  return found as CollectedSpan;
}

/** The trace's own spans, each as its service, its name and its parent's name. */
function inTrace(): string[] {
  const own = collector.spans.filter(({ traceId }) => traceId === TRACE);
  const parentOf = ({ parentSpanId }: CollectedSpan): string =>
    parentSpanId === CALLER ? 'the caller' : (own.find(({ spanId }) => spanId === parentSpanId)?.name ?? '?');
  return own.map((span) => `${span.service}: ${span.name} of ${parentOf(span)}`).sort();
}

describe('one trace, through real processes', () => {
  it('follows an interaction to PutEvents, and a user over the outbox to PutUsers', async () => {
    await start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    for (const name of names) expect(loaded(name)).toContain('@opentelemetry/sdk-trace');
    await post('interactions', '/v1/interactions', play());
    await post('users', '/v1/users', zoe('user-1'));

    const toEvents = await spanOf('interactions-update', 'interactions to personalize-events');
    const toUsers = await spanOf('users-update', 'users to personalize-users');
    const putEvents = await spanOf('interactions-update', 'personalize-events PutEvents');
    const putUsers = await spanOf('users-update', 'personalize-events PutUsers');
    const created = await spanOf('users', 'POST /v1/users');
    const relayed = await spanOf('users', 'relay users');
    await spanOf('interactions', 'POST /v1/interactions');
    await spanOf('interactions', 'publish interactions');
    expect(inTrace()).toEqual([
      'interactions-update: interactions to personalize-events of publish interactions',
      'interactions: POST /v1/interactions of the caller',
      'interactions: publish interactions of POST /v1/interactions',
      'users-update: users to personalize-users of POST /v1/users',
      'users: POST /v1/users of the caller',
    ]);
    const linked = [putEvents, putUsers, relayed].map(({ links }) => links);
    expect(linked).toMatchObject(
      [toEvents, toUsers, created].map(({ spanId }) => [{ traceId: TRACE, spanId }]),
    );
    for (const { traceId } of [putEvents, putUsers, relayed]) expect(traceId).not.toBe(TRACE);
    expect(await mesh.cloud.admin('personalize-events/counts')).toMatchObject({ distinctEventIds: 1 });
  }, 180_000);

  it('costs nothing where it is off: no SDK is loaded, no header written', async () => {
    await start();
    await post('interactions', '/v1/interactions', play());
    await post('users', '/v1/users', zoe('user-2'));
    await until('both have arrived', async () => {
      const { distinctEventIds } = await mesh.cloud.admin('personalize-events/counts');
      const { records } = await mesh.cloud.admin('personalize-events/records', { kind: 'user' });
      return distinctEventIds === 2 && Object.hasOwn(records as object, 'user-2');
    });
    for (const name of names) expect(loaded(name)).toEqual([]);
    for (const contract of [interaction, user]) {
      const traced = (await mesh.read(contract.topic)).map(({ headers }) =>
        headers.some(([header]) => header === 'traceparent'),
      );
      expect(traced.sort()).toEqual([false, true]);
    }
  }, 180_000);
});
