import { afterAll, beforeAll, expect, it } from '@jest/globals';

import type { LocalServer } from './local-server.js';
import { startSchemaRegistry } from './schema-registry.js';

let registry: LocalServer;

beforeAll(async () => {
  registry = await startSchemaRegistry();
}, 300_000);

afterAll(async () => {
  await registry.stop();
});

async function register(fields: readonly object[]): Promise<{ status: number; body: unknown }> {
  const schema = JSON.stringify({ type: 'record', name: 'A', fields });
  const answer = await fetch(`${registry.url}/subjects/a/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema }),
  });
  return { status: answer.status, body: await answer.json() };
}

it('gives a definition one id, and refuses one that is not backward compatible', async () => {
  const first = await register([{ name: 'x', type: 'int' }]);
  expect(first).toMatchObject({ status: 200, body: { id: expect.any(Number) } });
  expect(await register([{ name: 'x', type: 'int' }])).toEqual(first);
  const refused = await register([{ name: 'y', type: 'string' }]);
  expect(refused).toMatchObject({ status: 409, body: { error_code: 409 } });
});
