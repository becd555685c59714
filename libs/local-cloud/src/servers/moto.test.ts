import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { botocoreDataDir } from '../install/python.js';
import type { LocalServer } from './local-server.js';
import { startMoto } from './moto.js';
import { isRunning } from './process-table.js';

describe('moto', () => {
  let server: LocalServer;

  beforeAll(async () => {
    server = await startMoto();
  }, 240_000);

  afterAll(async () => {
    await server.stop();
  });

  /** moto takes any signature; the credential scope names the service. */
  const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/s3/aws4_request' };

  it('stores and returns an object of S3', async () => {
    await fetch(`${server.url}/lake`, { method: 'PUT', headers });
    await fetch(`${server.url}/lake/a/b.json`, { method: 'PUT', headers, body: '{"n":1}' });
    const answer = await fetch(`${server.url}/lake/a/b.json`, { headers });
    expect(await answer.text()).toBe('{"n":1}');
  });

  it('runs anew, and empty, at the same address after kill -9 and restart', async () => {
    const { url, pid } = server;
    await fetch(`${server.url}/gone`, { method: 'PUT', headers });
    await server.kill();
    expect(isRunning(pid)).toBe(false);
    await server.restart();
    expect(server.url).toBe(url);
    expect((await fetch(`${server.url}/gone`, { headers })).status).toBe(404);
  });

  it('brings the service models that the doubles are made from', async () => {
    const data = await botocoreDataDir();
    for (const service of ['glue', 'firehose', 'personalize', 'personalize-events', 'personalize-runtime']) {
      expect(existsSync(join(data, service))).toBe(true);
    }
  });
});
