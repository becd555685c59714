import { afterEach, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openSchemaRegistry } from './open-registry.js';

let server: Server | undefined;

afterEach(() => {
  server?.close();
  server = undefined;
});

it('opens the registry of the framing that is configured', async () => {
  const config = { GLUE_REGISTRY_NAME: 'music-mesh', SCHEMA_REGISTRY_URL: 'http://127.0.0.1:8081' };
  const glue = await openSchemaRegistry({ ...config, SCHEMA_FRAMING: 'glue' });
  expect(glue.framing.name).toBe('glue');
  const confluent = await openSchemaRegistry({ ...config, SCHEMA_FRAMING: 'confluent' });
  expect(confluent.framing.name).toBe('confluent');
});

it('names the variable that is missing', async () => {
  const config = { GLUE_REGISTRY_NAME: 'music-mesh', SCHEMA_FRAMING: 'confluent' } as const;
  await expect(openSchemaRegistry(config)).rejects.toThrow('set SCHEMA_REGISTRY_URL');
});

it('sends the credentials of the address, and not in it', async () => {
  const seen: unknown[] = [];
  server = createServer((request, answer) => {
    seen.push(request.url, request.headers.authorization);
    answer.setHeader('content-type', 'application/json').end(JSON.stringify({ schema: '"string"' }));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server?.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const registry = await openSchemaRegistry({
    GLUE_REGISTRY_NAME: '',
    SCHEMA_FRAMING: 'confluent',
    SCHEMA_REGISTRY_URL: `http://key:sec%3Aret@127.0.0.1:${port}/base/`,
  });
  expect(await registry.schemaById('7')).toEqual({ versionId: '7', definition: '"string"' });
  expect(seen).toEqual(['/base/schemas/ids/7', `Basic ${Buffer.from('key:sec:ret').toString('base64')}`]);
});
