import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Type } from '@sinclair/typebox';
import { parseConfig } from '../config/load.js';
import { startService, type Service } from '../lifecycle/service.js';
import { memoryEntityStore, unusedKafka, type MemoryEntityStore } from '../testing/index.js';
import type { EntityDefinition } from './definition.js';
import { addEntityRoutes } from './routes.js';

interface Shelf {
  readonly shelfId: string;
  readonly label: string;
  readonly places: readonly number[];
  readonly madeAt: number;
}

const NOW = Date.UTC(2026, 0, 2);
const rules = {
  shelfId: '1 to 8 letters, digits or hyphens',
  label: 'one of left, right',
  places: 'a list of up to 3 whole numbers',
  madeAt: 'a whole number of milliseconds since the epoch',
};
const definition: EntityDefinition<Shelf> = {
  name: 'shelf',
  plural: 'shelves',
  idField: 'shelfId',
  schema: Type.Object(
    {
      shelfId: Type.String({ pattern: '^[a-z0-9-]{1,8}$', description: 'Which shelf.' }),
      label: Type.Union([Type.Literal('left'), Type.Literal('right')]),
      places: Type.Array(Type.Integer(), { maxItems: 3, default: [] }),
      madeAt: Type.Integer(),
    },
    { title: 'Shelf' },
  ),
  rules,
  filled: (now) => ({ madeAt: now }),
  check: ({ madeAt }, now) =>
    madeAt > now ? { field: 'madeAt', reason: 'must not be in the future' } : undefined,
  newId: () => 'made',
};

let service: Service;
let store: MemoryEntityStore<Shelf>;

beforeEach(async () => {
  store = memoryEntityStore<Shelf>('shelfId');
  service = await startService(
    {
      name: 'shelves',
      config: parseConfig(Type.Object({}), { KAFKA_BROKERS: 'unused:1', LOG_LEVEL: 'silent' }),
      start: ({ http }) => {
        addEntityRoutes(http, definition, store, { now: () => NOW });
        return {};
      },
    },
    { kafka: unusedKafka() },
  );
});

afterEach(() => service.stop());

const shelf = (changes: object = {}) => ({ shelfId: 'a', label: 'left', places: [1], madeAt: 5, ...changes });

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(service.url + path, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    etag: response.headers.get('etag'),
    headers: response.headers,
    body: (text === '' ? undefined : JSON.parse(text)) as Record<string, unknown> | undefined,
  };
}

const create = (changes: object = {}, headers: Record<string, string> = {}) =>
  call('POST', '/v1/shelves', shelf(changes), headers);

describe('creating', () => {
  it('answers with what is stored, its version and its path', async () => {
    const made = await create();
    expect(made).toMatchObject({ status: 201, etag: '"1"', body: shelf() });
    expect(made.headers.get('location')).toBe('/v1/shelves/a');
    expect(await call('GET', '/v1/shelves/a')).toMatchObject({ status: 200, etag: '"1"', body: shelf() });
  });

  it('makes an id, fills in defaults and what the service knows', async () => {
    const made = await call('POST', '/v1/shelves', { label: 'right' });
    expect(made.body).toEqual({ shelfId: 'made', label: 'right', places: [], madeAt: NOW });
  });

  it('refuses a second one of an id, and tells its version', async () => {
    await create();
    const again = await create({ label: 'right' });
    expect(again).toMatchObject({ status: 409, etag: '"1"' });
    expect(again.body).toMatchObject({ errors: [{ field: 'shelfId', reason: 'is at version "1"' }] });
  });

  it('hands the correlation id to the store', async () => {
    await create({}, { 'x-correlation-id': 'trace-1' });
    expect(store.changes).toEqual(['trace-1']);
  });

  it.each([
    ['a missing field', { label: undefined }, 'label', 'is required'],
    ['a wrong value', { label: 'top' }, 'label', 'must be one of left, right'],
    ['a wrong element', { places: [1, 'x'] }, 'places[1]', `must be ${rules.places}`],
    ['a field nobody knows', { colour: 'red' }, 'colour', 'is not a known field'],
    ['a number for a text', { shelfId: 7 }, 'shelfId', `must be ${rules.shelfId}`],
    ['what the schema cannot say', { madeAt: NOW + 1 }, 'madeAt', 'must not be in the future'],
  ])('refuses %s and names it', async (_what, changes, field, reason) => {
    const refused = await create(changes);
    expect(refused.status).toBe(400);
    expect(refused.headers.get('content-type')).toMatch('application/problem+json');
    expect(refused.body).toMatchObject({ errors: [{ field, reason }], detail: `${field} ${reason}` });
    expect(store.changes).toEqual([]);
  });

  it('names every faulty field at once', async () => {
    const refused = await create({ label: 1, places: 'no' });
    expect(refused.body?.['errors']).toEqual([
      { field: 'label', reason: `must be ${rules.label}` },
      { field: 'places', reason: `must be ${rules.places}` },
    ]);
  });

  it.each([['[]'], ['7'], ['null'], ['"text"']])('refuses a body that is no object: %s', async (body) => {
    const refused = await call('POST', '/v1/shelves', body);
    expect(refused).toMatchObject({ status: 400, body: { detail: 'the body must be an object' } });
  });

  it('repeats nothing of a field name that is too long', async () => {
    const refused = await create({ ['x'.repeat(5_000)]: 1 });
    expect(JSON.stringify(refused.body).length).toBeLessThan(500);
  });
});

describe('replacing', () => {
  it('takes the version it is made to, and answers the next', async () => {
    await create();
    const { madeAt, label } = shelf();
    const replaced = await call('PUT', '/v1/shelves/a', { label, madeAt }, { 'if-match': '"1"' });
    expect(replaced).toMatchObject({ status: 200, etag: '"2"', body: shelf({ places: [] }) });
  });

  it('refuses a change to a version that is not the newest', async () => {
    await create();
    await call('PUT', '/v1/shelves/a', shelf({ places: [2] }), { 'if-match': '"1"' });
    const late = await call('PUT', '/v1/shelves/a', shelf({ places: [3] }), { 'if-match': '"1"' });
    expect(late).toMatchObject({ status: 412, etag: '"2"' });
    expect(late.body).toMatchObject({ errors: [{ field: 'If-Match', reason: 'is at version "2"' }] });
    expect((await call('GET', '/v1/shelves/a')).body).toMatchObject({ places: [2] });
  });

  it.each([
    [{}, 428, 'is required'],
    [{ 'if-match': '*' }, 400, 'must be one ETag as this service gives it, as "3"'],
    [{ 'if-match': '3' }, 400, 'must be one ETag as this service gives it, as "3"'],
  ])('asks for If-Match: %j', async (headers, status, reason) => {
    await create();
    const refused = await call('PUT', '/v1/shelves/a', shelf(), headers);
    expect(refused).toMatchObject({ status, body: { errors: [{ field: 'If-Match', reason }] } });
  });

  it('does not create by accident', async () => {
    expect((await call('PUT', '/v1/shelves/a', shelf(), { 'if-match': '"1"' })).status).toBe(404);
  });

  it('creates under If-None-Match: *, once', async () => {
    const first = await call('PUT', '/v1/shelves/b', { label: 'left' }, { 'if-none-match': '*' });
    expect(first).toMatchObject({ status: 201, etag: '"1"', body: { shelfId: 'b', madeAt: NOW } });
    const again = await call('PUT', '/v1/shelves/b', { label: 'left' }, { 'if-none-match': '*' });
    expect(again).toMatchObject({ status: 412, etag: '"1"' });
  });

  it('asks for all that has no default, and for the id of the path', async () => {
    await create();
    const without = await call('PUT', '/v1/shelves/a', { label: 'left' }, { 'if-match': '"1"' });
    expect(without.body).toMatchObject({ errors: [{ field: 'madeAt', reason: 'is required' }] });
    const other = await call('PUT', '/v1/shelves/a', shelf({ shelfId: 'b' }), { 'if-match': '"1"' });
    expect(other.body).toMatchObject({
      errors: [{ field: 'shelfId', reason: 'must be "a", as in the path, or be left out' }],
    });
  });

  it('refuses an id that can be none', async () => {
    for (const method of ['GET', 'DELETE']) {
      const refused = await call(method, '/v1/shelves/much-too-long', undefined, { 'if-match': '"1"' });
      expect(refused).toMatchObject({ status: 400, body: { errors: [{ field: 'shelfId' }] } });
    }
  });
});

describe('deleting', () => {
  it('ends an entity; created again, its versions go on', async () => {
    await create();
    expect((await call('DELETE', '/v1/shelves/a')).status).toBe(428);
    expect((await call('DELETE', '/v1/shelves/a', undefined, { 'if-match': '"2"' })).status).toBe(412);
    expect((await call('DELETE', '/v1/shelves/a', undefined, { 'if-match': '"1"' })).status).toBe(204);
    expect((await call('GET', '/v1/shelves/a')).status).toBe(404);
    expect((await call('DELETE', '/v1/shelves/a', undefined, { 'if-match': '"1"' })).status).toBe(404);
    expect(await create()).toMatchObject({ status: 201, etag: '"3"' });
  });
});

describe('a request sent again', () => {
  const key = { 'idempotency-key': 'k-1' };

  it('is answered as the first time under its key, and changes nothing', async () => {
    const first = await create({}, key);
    expect(await create({}, key)).toMatchObject({ status: 201, etag: first.etag, body: first.body });
    const change = { 'if-match': '"1"', 'idempotency-key': 'k-2' };
    await call('PUT', '/v1/shelves/a', shelf({ places: [2] }), change);
    await call('PUT', '/v1/shelves/a', shelf({ places: [3] }), { 'if-match': '"2"' });
    const again = await call('PUT', '/v1/shelves/a', shelf({ places: [2] }), change);
    expect(again).toMatchObject({ status: 200, etag: '"2"', body: { places: [2] } });
    expect(store.changes).toHaveLength(3);
  });

  it('is refused where it is another request', async () => {
    await create({}, key);
    const other = await create({ label: 'right' }, key);
    expect(other).toMatchObject({ status: 422, body: { errors: [{ field: 'Idempotency-Key' }] } });
    expect((await call('DELETE', '/v1/shelves/a', undefined, { ...key, 'if-match': '"1"' })).status).toBe(
      422,
    );
  });

  it('needs a key that is one', async () => {
    expect((await create({}, { 'idempotency-key': 'two words' })).status).toBe(400);
    expect((await create({}, { 'idempotency-key': 'x'.repeat(129) })).status).toBe(400);
  });
});

it('answers 503 with Retry-After while the database does not answer', async () => {
  store.down = true;
  for (const answer of [await create(), await call('GET', '/v1/shelves/a')]) {
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('1');
  }
});

it('answers 413 for a body that no entity has', async () => {
  expect((await create({ label: 'x'.repeat(70_000) })).status).toBe(413);
});

it('describes itself', async () => {
  const document = (await (await fetch(`${service.url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, { parameters?: { name: string }[]; responses: object }>>;
  };
  const one = document.paths['/v1/shelves/{id}'];
  expect(Object.keys(document.paths['/v1/shelves']?.['post']?.responses ?? {})).toEqual(
    expect.arrayContaining(['201', '400', '409', '413', '415', '422', '503']),
  );
  expect(one?.['put']?.parameters?.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['id', 'If-Match', 'If-None-Match', 'Idempotency-Key']),
  );
  expect(JSON.stringify(one?.['get']?.responses)).toContain('ETag');
});

describe('a relation to other entities', () => {
  it('that a change would break is a conflict, which names the field', async () => {
    await create();
    const refused = { outcome: 'refused', problem: { field: 'label', reason: 'must name a side' } } as const;
    Object.assign(store, { create: () => refused, replace: () => refused, remove: () => refused });
    const ifMatch = { 'if-match': '"1"' };
    for (const answer of [
      await create({ shelfId: 'b' }),
      await call('PUT', '/v1/shelves/b', shelf({ shelfId: 'b' }), { 'if-none-match': '*' }),
      await call('PUT', '/v1/shelves/a', shelf(), ifMatch),
      await call('DELETE', '/v1/shelves/a', undefined, ifMatch),
    ]) {
      expect(answer).toMatchObject({ status: 409, body: { errors: [refused.problem] } });
    }
  });
});
