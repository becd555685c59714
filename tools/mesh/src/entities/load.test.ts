import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { generateCatalogue } from '../listening/generate/catalogue.js';
import { generateListeners } from '../listening/generate/users.js';
import { deleteEntity, replaceEntity } from './change.js';
import type { Entity } from './entity.js';
import { loadEntities } from './load.js';
import { itemEntities, rootEntities } from './of-catalogue.js';

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

type Answer = { status: number; headers?: Record<string, string>; body?: object } | 'hang-up';

async function api(answer: (request: IncomingMessage) => Answer): Promise<string> {
  server = createServer((request, response) => {
    request.resume().on('end', () => {
      const given = answer(request);
      if (given === 'hang-up') return void request.socket.destroy();
      response.writeHead(given.status, given.headers);
      response.end(given.body === undefined ? undefined : JSON.stringify(given.body));
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const entity = (id: string): Entity => ({ owner: 'users', plural: 'users', id, body: { plan: 'FREE' } });

describe('loading entities', () => {
  it('creates each, and passes over what is there', async () => {
    const asked: string[] = [];
    const url = await api(({ method, url: path, headers }) => {
      asked.push(`${method} ${path} ${headers['if-none-match']}`);
      return { status: path === '/v1/users/b' ? 412 : 201 };
    });
    const loaded = await loadEntities(['a', 'b', 'c'].map(entity), { urlOf: () => url });
    expect(loaded).toEqual({ created: 2, existed: 1 });
    expect(asked.sort()).toEqual(['PUT /v1/users/a *', 'PUT /v1/users/b *', 'PUT /v1/users/c *']);
  });

  it('repeats what had no answer, under the same idempotency key', async () => {
    const keys: unknown[] = [];
    const url = await api(({ headers }) => {
      keys.push(headers['idempotency-key']);
      if (keys.length === 1) return 'hang-up';
      return { status: keys.length === 2 ? 503 : 201 };
    });
    expect(await loadEntities([entity('a')], { urlOf: () => url })).toEqual({ created: 1, existed: 0 });
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
  });

  it('stops at what is refused, with the reason', async () => {
    const url = await api(() => ({ status: 400, body: { detail: 'plan must be FREE' } }));
    await expect(loadEntities([entity('a')], { urlOf: () => url })).rejects.toMatchObject({
      code: 'MESH_CHANGE_REFUSED',
      message: 'users refused PUT /v1/users/a: 400 plan must be FREE',
    });
  });

  it('gives up after a while where nobody answers', async () => {
    const url = await api(() => 'hang-up');
    await expect(loadEntities([entity('a')], { urlOf: () => url, retryDeadlineMs: 1 })).rejects.toMatchObject(
      { code: 'MESH_CHANGE_GAVE_UP' },
    );
  });
});

it('replaces and deletes the version it names', async () => {
  const seen: string[] = [];
  const url = await api(({ method, headers }) => {
    seen.push(`${method} ${headers['if-match']}`);
    return method === 'PUT' ? { status: 200, headers: { etag: '"2"' } } : { status: 204 };
  });
  expect(await replaceEntity(entity('a'), 1, { urlOf: () => url })).toBe(2);
  await deleteEntity(entity('a'), 2, { urlOf: () => url });
  expect(seen).toEqual(['PUT "1"', 'DELETE "2"']);
});

it('makes each artist, podcast, user and item of a catalogue once, after what it names', () => {
  const catalogue = generateCatalogue({ items: 40 });
  const roots = [...rootEntities(catalogue, generateListeners({ users: 5 }))];
  const items = [...itemEntities(catalogue)];
  const ids = [...roots, ...items].map(({ plural, id }) => `${plural}/${id}`);
  expect(new Set(ids).size).toBe(ids.length);
  expect(items).toHaveLength(40);
  const known = new Set(roots.map(({ id }) => id));
  for (const { body } of items) expect(known).toContain(body['artistId'] ?? body['podcastId']);
  expect(roots.filter(({ plural }) => plural === 'users')).toHaveLength(5);
});
