import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { LocalServer } from './local-server.js';
import { startOpenSearch } from './opensearch.js';
import { isRunning } from './process-table.js';

describe('OpenSearch', () => {
  let server: LocalServer;

  beforeAll(async () => {
    server = await startOpenSearch();
  }, 240_000);

  afterAll(async () => {
    await server.stop();
  });

  async function call(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const answer = await fetch(`${server.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return (await answer.json()) as Record<string, unknown>;
  }

  it('runs the ingest pipeline that makes a repeated delivery an overwrite', async () => {
    await call('PUT', '/_ingest/pipeline/by-event', {
      processors: [{ set: { field: '_id', value: '{{eventId}}' } }],
    });
    await call('PUT', '/plays', { settings: { number_of_replicas: 0, default_pipeline: 'by-event' } });
    const delivery = '{"index":{"_index":"plays"}}\n{"eventId":"e-1"}\n';
    const results: unknown[] = [];
    for (let times = 0; times < 2; times++) {
      const answer = await fetch(`${server.url}/_bulk?refresh=true`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson' },
        body: delivery,
      });
      results.push(await answer.json());
    }
    expect(results).toMatchObject([
      { errors: false, items: [{ index: { _id: 'e-1', result: 'created' } }] },
      { errors: false, items: [{ index: { _id: 'e-1', result: 'updated' } }] },
    ]);
    expect(await call('GET', '/plays/_count')).toMatchObject({ count: 1 });
  });

  it('has its documents at the same address after kill -9 and restart', async () => {
    const { url, pid } = server;
    await call('PUT', '/kept/_doc/1?refresh=true', { title: 'kept' });
    await server.kill();
    expect(isRunning(pid)).toBe(false);
    await server.restart();
    expect(server.url).toBe(url);
    await call('GET', '/_cluster/health/kept?wait_for_status=yellow');
    expect(await call('GET', '/kept/_doc/1')).toMatchObject({ found: true, _source: { title: 'kept' } });
  }, 120_000);

  it('notices that another OpenSearch has its port', async () => {
    const port = Number(new URL(server.url).port);
    await expect(startOpenSearch({ port })).rejects.toMatchObject({ code: 'MESH_LOCAL_PORT_TAKEN' });
  });
});
