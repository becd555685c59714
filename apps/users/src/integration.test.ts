import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readCloudEvent, user, type User as UserEvent } from '@mesh/contracts';
import { until } from '@mesh/jest/until.mjs';
import { startServiceProcess, type ServiceProcess } from '@mesh/service/testing';
import { startTestMesh, type ReadEvent, type TestMesh } from '@mesh/testkit';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Client, Pool } from 'pg';
import { forgetOutcomes } from './adapters/postgres/requests.js';
import type { User } from './domain/user.js';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

let mesh: TestMesh;
let service: ServiceProcess;
let url: string;

beforeAll(async () => {
  mesh = await startTestMesh({ postgres: true });
  service = start();
  url = await address(service);
}, 180_000);

afterAll(async () => {
  service?.child.kill('SIGKILL');
  await mesh?.stop();
}, 60_000);

function start(env: Readonly<Record<string, string>> = {}): ServiceProcess {
  return startServiceProcess(MAIN, { ...mesh.env, OUTBOX_LEASE_MS: '1000', ...env });
}

async function address(of: ServiceProcess): Promise<string> {
  return String((await of.line('listening')).url);
}

const somebody = (changes: Partial<User> = {}): User => ({
  userId: `user-${randomUUID()}`,
  displayName: 'Zoë',
  country: 'CH',
  birthYear: 1990,
  plan: 'FREE',
  favouriteGenres: ['jazz', 'fado'],
  registeredAt: Date.UTC(2024, 4, 1),
  ...changes,
});

interface Answer {
  readonly status: number;
  readonly etag: string | null;
  readonly retryAfter: string | null;
  readonly body: Record<string, unknown>;
}

async function call(
  method: string,
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
  base = url,
): Promise<Answer> {
  const response = await fetch(`${base}/v1/users${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    etag: response.headers.get('etag'),
    retryAfter: response.headers.get('retry-after'),
    body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
  };
}

const create = (entity: object, headers = {}) => call('POST', '', entity, headers);
const replace = (entity: User, version: number, headers = {}) =>
  call('PUT', `/${entity.userId}`, entity, { 'if-match': `"${version}"`, ...headers });

const published = async (id: string): Promise<ReadEvent<UserEvent>[]> =>
  (await mesh.events(user)).filter(({ key }) => key?.toString() === id);

/** Versions in the topic, in order, each at its first occurrence: a relay that was killed may have repeated some. */
async function versions(id: string): Promise<number[]> {
  const all = (await published(id)).map(({ headers }) =>
    Number(headers.find(([name]) => name === 'ce_version')?.[1]),
  );
  return [...new Set(all)];
}

async function inTopic(id: string, ...expected: readonly number[]): Promise<void> {
  await until(`versions ${expected.join()} of ${id} are in the topic`, async () => {
    const found = await versions(id);
    if (found.length < expected.length) return false;
    expect(found).toEqual(expected);
    return true;
  });
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name}\\{[^}]*\\} (.*)$`, 'm').exec(text)?.[1] ?? NaN);
}

describe('users, with a real database and broker', () => {
  it('publishes each change under the contract, and a deletion as a tombstone', async () => {
    const zoe = somebody();
    expect(await create(zoe, { 'x-correlation-id': 'trace-1' })).toMatchObject({
      status: 201,
      etag: '"1"',
      body: zoe,
    });
    const married: User = {
      ...zoe,
      displayName: 'Zoë K.',
      birthYear: null,
      favouriteGenres: [],
      plan: 'FAMILY',
    };
    expect(await replace(married, 1)).toMatchObject({ status: 200, etag: '"2"', body: married });
    expect((await call('GET', `/${zoe.userId}`)).body).toEqual(married);
    expect((await call('DELETE', `/${zoe.userId}`, undefined, { 'if-match': '"2"' })).status).toBe(204);
    expect((await call('GET', `/${zoe.userId}`)).status).toBe(404);

    await inTopic(zoe.userId, 1, 2, 3);
    const [first, second, third] = await published(zoe.userId);
    expect(first?.event).toEqual({
      ...zoe,
      eventId: expect.any(String),
      occurredAt: expect.any(Number),
      producer: 'users',
      correlationId: 'trace-1',
      version: 1,
    });
    expect(first?.timestamp).toBe(first?.event?.occurredAt);
    expect(readCloudEvent(first?.headers ?? [])).toMatchObject({
      id: first?.event?.eventId,
      type: 'music.users.User',
      source: '/users',
      subject: zoe.userId,
      correlationid: 'trace-1',
    });
    expect(second?.event).toMatchObject({ ...married, version: 2 });
    expect(third?.value).toBeNull();
    expect(readCloudEvent(third?.headers ?? [])).toMatchObject({
      id: expect.any(String),
      subject: zoe.userId,
    });
  });

  it('has a user created again go on from the version of the deleted one', async () => {
    const gone = somebody({ displayName: 'Nobody Knows' });
    await create(gone);
    await call('DELETE', `/${gone.userId}`, undefined, { 'if-match': '"1"' });
    expect(await create({ ...gone, displayName: 'Back' })).toMatchObject({ status: 201, etag: '"3"' });
    await inTopic(gone.userId, 1, 2, 3);
  });

  it('lets one of many concurrent changes to a version through', async () => {
    const contested = somebody();
    await create(contested);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => replace({ ...contested, displayName: `Name ${index}` }, 1)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status, etag }) => status === 412 && etag === '"2"')).toHaveLength(19);
    await inTopic(contested.userId, 1, 2);
  });

  it('creates a user once, however many try at once', async () => {
    const wanted = somebody();
    const answers = await Promise.all(Array.from({ length: 10 }, () => create(wanted)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(9).fill(409)]);
    await inTopic(wanted.userId, 1);
  });

  it('answers a repeated request as the first time, also when it is sent many times at once', async () => {
    const once = somebody();
    const key = { 'idempotency-key': randomUUID() };
    const creations = await Promise.all(Array.from({ length: 8 }, () => create(once, key)));
    for (const answer of creations) expect(answer).toMatchObject({ status: 201, etag: '"1"', body: once });
    const change = { 'idempotency-key': randomUUID() };
    const changed: User = { ...once, plan: 'PREMIUM' };
    const changes = await Promise.all(Array.from({ length: 8 }, () => replace(changed, 1, change)));
    for (const answer of changes) expect(answer).toMatchObject({ status: 200, etag: '"2"', body: changed });
    await replace({ ...once, plan: 'FAMILY' }, 2);
    expect(await replace(changed, 1, change)).toMatchObject({ status: 200, etag: '"2"', body: changed });
    expect((await create(somebody(), key)).status).toBe(422);
    await inTopic(once.userId, 1, 2, 3);
  });

  it.each([
    [{ country: 'Switzerland' }, 'country', /two capitals/],
    [{ plan: 'GOLD' }, 'plan', /one of FREE, PREMIUM, FAMILY/],
    [{ birthYear: new Date().getUTCFullYear() + 1 }, 'birthYear', /future/],
    [{ registeredAt: 1_700_000_000 }, 'registeredAt', /milliseconds since the epoch/],
    [{ favouriteGenres: ['jazz', 'jazz'] }, 'favouriteGenres', /different genres/],
    [{ displayName: '' }, 'displayName', /1 to 100/],
    [{ displayName: 'a\u0000b' }, 'displayName', /control characters/],
    [{ displayName: 'a\ud800b' }, 'displayName', /control characters/],
    [{ favouriteGenres: ['jazz', 'a\u0000b'] }, 'favouriteGenres[1]', /control characters/],
    [{ nickname: 'Z' }, 'nickname', /not a known field/],
  ])('refuses %j and says why', async (changes, field, reason) => {
    const refused = await create({ ...somebody(), ...changes });
    expect(refused.status).toBe(400);
    expect(refused.body['errors']).toEqual([{ field, reason: expect.stringMatching(reason) }]);
  });

  it('accepts changes while Kafka is down, and publishes them in order when it is back', async () => {
    const patient = somebody();
    await mesh.kafka.kill();
    expect((await create(patient)).status).toBe(201);
    expect((await replace({ ...patient, plan: 'PREMIUM' }, 1)).status).toBe(200);
    await until('the backlog is known', async () => (await metric('outbox_backlog')) >= 2);
    expect((await fetch(`${url}/ready`)).status).toBe(200);
    await mesh.kafka.restart();
    await inTopic(patient.userId, 1, 2);
    await until('the backlog is gone', async () => (await metric('outbox_backlog')) === 0);
  }, 180_000);

  it('answers 503 with Retry-After while Postgres is down, and goes on when it is back', async () => {
    const early = somebody();
    const key = { 'idempotency-key': randomUUID() };
    await mesh.cloud.postgres?.kill();
    expect(await create(early, key)).toMatchObject({ status: 503, retryAfter: '1' });
    expect(await call('GET', '/user-1')).toMatchObject({ status: 503 });
    expect((await fetch(`${url}/health`)).status).toBe(200);
    await mesh.cloud.postgres?.restart();
    await until('it is accepted', async () => (await create(early, key)).status === 201);
    await inTopic(early.userId, 1);
  }, 120_000);

  it('answers 503 where sessions are cut in the middle of a change, and lives on', async () => {
    const waiting = somebody();
    await create(waiting);
    const holder = await connect();
    await holder.query('BEGIN');
    await holder.query('SELECT FROM users WHERE user_id = $1 FOR UPDATE', [waiting.userId]);
    const changed = replace({ ...waiting, plan: 'PREMIUM' }, 1);
    const observer = await connect();
    await until('the change waits for the row', async () => {
      const { rowCount } = await observer.query(
        `SELECT FROM pg_stat_activity WHERE application_name = 'users' AND wait_event_type = 'Lock'`,
      );
      return rowCount === 1;
    });
    await observer.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'users'`,
    );
    expect(await changed).toMatchObject({ status: 503, retryAfter: '1' });
    await Promise.all([holder.end(), observer.end()]);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    await until('it goes on', async () => (await replace(waiting, 1)).status === 200);
    await inTopic(waiting.userId, 1, 2);
  }, 120_000);

  it('forgets outcomes that are old, however many', async () => {
    const pool = new Pool({ connectionString: String(mesh.cloud.postgres?.url) });
    await pool.query(
      `INSERT INTO requests (key, fingerprint, outcome, made_at)
       SELECT 'old-' || n, '', '{}', now() - make_interval(hours => CASE WHEN n <= 2500 THEN 49 ELSE 47 END)
       FROM generate_series(1, 2600) AS n`,
    );
    expect(await forgetOutcomes(pool, 48)).toBe(2_500);
    const { rows } = await pool.query(`SELECT count(*)::int AS kept FROM requests WHERE key LIKE 'old-%'`);
    expect(rows).toEqual([{ kept: 100 }]);
    await pool.end();
  });

  it('starts several times at once on an empty database', async () => {
    const other = await emptyDatabase();
    const instances = Array.from({ length: 3 }, () => start({ DATABASE_URL: other }));
    try {
      const urls = await Promise.all(instances.map(address));
      const migrated = instances.filter(({ lines }) =>
        lines.some(({ msg }) => msg === 'migrated the database'),
      );
      expect(migrated).toHaveLength(1);
      const shared = somebody();
      for (const [index, base] of urls.entries()) {
        const put = { ...shared, displayName: `By ${index}` };
        const headers = index === 0 ? { 'if-none-match': '*' } : { 'if-match': `"${index}"` };
        const { etag } = await call('PUT', `/${shared.userId}`, put, headers, base);
        expect(etag).toBe(`"${index + 1}"`);
      }
      await inTopic(shared.userId, 1, 2, 3);
    } finally {
      for (const { child } of instances) child.kill('SIGTERM');
      expect(await Promise.all(instances.map(({ exit }) => exit))).toEqual([0, 0, 0]);
    }
  }, 120_000);

  it('hands the outbox over when the instance that relays is stopped or killed', async () => {
    const second = start();
    const base = await address(second);
    try {
      const handed = somebody();
      await create(handed);
      await inTopic(handed.userId, 1);
      // A zombie: its session is ended for it, and what it wakes to is no longer its own.
      service.child.kill('SIGSTOP');
      const put = { ...handed, plan: 'PREMIUM' };
      await call('PUT', `/${handed.userId}`, put, { 'if-match': '"1"' }, base);
      await inTopic(handed.userId, 1, 2);
      service.child.kill('SIGCONT');
      await until('it serves again', async () => (await call('GET', `/${handed.userId}`)).status === 200);
      second.child.kill('SIGKILL');
      await second.exit;
      await replace({ ...handed, plan: 'FAMILY' }, 2);
      await inTopic(handed.userId, 1, 2, 3);
    } finally {
      second.child.kill('SIGKILL');
    }
  }, 120_000);

  it('waits at the start for its database, for as long as it may', async () => {
    const elsewhere = { DATABASE_URL: 'postgres://postgres@127.0.0.1:1/postgres', START_TIMEOUT_MS: '1000' };
    const waiting = start(elsewhere);
    expect(await waiting.exit).toBe(70);
    expect(JSON.stringify(waiting.lines)).toMatch(/migrating the database: connect ECONNREFUSED/);
  });

  it('does not start without the address of its database, and shows no password of a wrong one', async () => {
    const unset = start({ DATABASE_URL: '' });
    expect(await unset.exit).toBe(78);
    expect(unset.stderr()).toMatch(/DATABASE_URL is not set; it must be postgres:\/\/user:password@host/);
    const wrong = start({ DATABASE_URL: 'mysql://me:hunter2@host/users' });
    expect(await wrong.exit).toBe(78);
    expect(wrong.stderr()).toMatch(/DATABASE_URL/);
    expect(wrong.stderr()).not.toContain('hunter2');
  });

  it('stops in order', async () => {
    service.child.kill('SIGTERM');
    expect(await service.exit).toBe(0);
  });
});

async function connect(): Promise<Client> {
  const client = new Client({ connectionString: String(mesh.cloud.postgres?.url) });
  // Some tests take the server away.
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function emptyDatabase(): Promise<string> {
  const database = new URL(String(mesh.cloud.postgres?.url));
  const client = await connect();
  await client.query('CREATE DATABASE another');
  await client.end();
  database.pathname = '/another';
  return database.href;
}
