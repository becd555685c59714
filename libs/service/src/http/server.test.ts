import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Type } from '@sinclair/typebox';
import { parseConfig } from '../config/load.js';
import type { ServiceContext } from '../lifecycle/context.js';
import { startService, type Service } from '../lifecycle/service.js';
import { correlationId } from '../logging/correlation.js';
import { createLogger } from '../logging/logger.js';
import { unusedKafka } from '../testing/unused-kafka.js';
import { ProblemError } from './problem.js';

const Played = Type.Object(
  {
    userId: Type.String({ minLength: 1, maxLength: 8 }),
    kind: Type.Union([Type.Literal('PLAY'), Type.Literal('SKIP')]),
    items: Type.Optional(Type.Array(Type.Object({ itemId: Type.String() }))),
  },
  { additionalProperties: false },
);

let lines: Record<string, unknown>[];
let steps: string[];
let ready: true | string;
let service: Service;

function routes({ http, log }: ServiceContext): void {
  http.post('/plays', { schema: { body: Played } }, async (_request, reply) => {
    log.info('handled');
    return reply.code(202).send({ correlationId: correlationId() });
  });
  http.get(
    '/limited',
    { schema: { querystring: Type.Object({ limit: Type.Integer() }) } },
    async (request) => request.query,
  );
  http.get<{ Params: { id: string } }>('/things/:id', async (request) => ({
    length: request.params.id.length,
  }));
  http.get('/gone', async () => {
    throw new ProblemError(404, 'item-1 is not known', {
      errors: [{ field: 'itemId', reason: 'is not known' }],
    });
  });
  http.get('/broken', async () => {
    throw new Error('the inside: secret-table');
  });
  http.get('/down', async () => {
    throw Object.assign(new Error('no broker'), { retriable: true });
  });
}

beforeEach(async () => {
  lines = [];
  steps = [];
  ready = true;
  const destination = {
    write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>),
  };
  const config = parseConfig(Type.Object({}), { KAFKA_BROKERS: 'a:1', HTTP_BODY_LIMIT_BYTES: '1024' });
  service = await startService(
    {
      name: 'fixture',
      config,
      start: (context) => {
        routes(context);
        return { ready: () => ready, close: async () => void steps.push('service closed') };
      },
    },
    {
      kafka: unusedKafka(() => steps.push('kafka closed')),
      log: createLogger({ name: 'fixture', level: 'info', destination }),
    },
  );
});

afterEach(() => service.stop());

const post = (body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${service.url}/plays`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

describe('correlation ids', () => {
  it('takes the one of the caller, echoes it, and puts it into every log line', async () => {
    const response = await post({ userId: 'u', kind: 'PLAY' }, { 'x-correlation-id': 'trace-7' });
    expect(response.headers.get('x-correlation-id')).toBe('trace-7');
    expect(await response.json()).toEqual({ correlationId: 'trace-7' });
    expect(lines.find((line) => line['msg'] === 'handled')).toMatchObject({ correlationId: 'trace-7' });
  });

  it.each(['', 'two words', 'x'.repeat(129), '{"a":1}'])(
    'makes one where the caller has none to use: %j',
    async (id) => {
      const response = await post({ userId: 'u', kind: 'PLAY' }, { 'x-correlation-id': id });
      expect(response.headers.get('x-correlation-id')).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  it('keeps those of requests under way at once apart', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const response = await post({ userId: 'u', kind: 'PLAY' }, { 'x-correlation-id': `c-${i}` });
        return ((await response.json()) as { correlationId: string }).correlationId;
      }),
    );
    expect(answers).toEqual(Array.from({ length: 20 }, (_, i) => `c-${i}`));
  });

  it('keeps it where the body comes in pieces', async () => {
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(Buffer.from('{"userId":"u",'));
        await new Promise((resolve) => setTimeout(resolve, 50));
        controller.enqueue(Buffer.from('"kind":"PLAY"}'));
        controller.close();
      },
    });
    const headers = { 'content-type': 'application/json', 'x-correlation-id': 'in-pieces' };
    const response = await fetch(`${service.url}/plays`, { method: 'POST', headers, body, duplex: 'half' });
    expect(await response.json()).toEqual({ correlationId: 'in-pieces' });
  });
});

describe('a request that is refused', () => {
  it.each([
    [{ kind: 'PLAY' }, 'userId', 'is required'],
    [{ userId: 'u', kind: 'PLAY', colour: 1 }, 'colour', 'is not a known field'],
    [{ userId: 7, kind: 'PLAY' }, 'userId', 'must be string'],
    [{ userId: 'u'.repeat(9), kind: 'PLAY' }, 'userId', 'must NOT have more than 8 characters'],
    [
      { userId: 'u', kind: 'PLAY', items: [{ itemId: 'a' }, { itemId: null }] },
      'items[1].itemId',
      'must be string',
    ],
    [{ userId: 'u', kind: 'PLAY', items: [{}] }, 'items[0].itemId', 'is required'],
    [{ userId: 'u', kind: 'HUM' }, 'kind', 'must be one of PLAY, SKIP'],
  ])('names the field and the reason: %j', async (body, field, reason) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    const problem = (await response.json()) as Record<string, unknown>;
    expect(problem).toMatchObject({ type: 'about:blank', title: 'Bad Request', status: 400 });
    expect(problem['errors']).toEqual([{ field, reason }]);
    expect(problem['detail']).toBe(`body: ${field} ${reason}`);
    expect(problem['correlationId']).toBe(response.headers.get('x-correlation-id'));
  });

  it('is a problem too where its path cannot be read or has an id that is too long', async () => {
    const ask = (id: string) =>
      fetch(`${service.url}/things/${id}`, { headers: { 'x-correlation-id': 'paths' } });
    // 128 characters, each of which a path writes as three.
    const longest = await ask('%2F'.repeat(128));
    expect([longest.status, await longest.json()]).toEqual([200, { length: 128 }]);
    for (const [id, status, title] of [
      ['x'.repeat(385), 414, 'URI Too Long'],
      ['%zz', 400, 'Bad Request'],
    ] as const) {
      const response = await ask(id);
      expect(response.status).toBe(status);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
      expect(response.headers.get('x-correlation-id')).toBe('paths');
      expect(await response.json()).toMatchObject({ status, title, correlationId: 'paths' });
    }
  });

  it('is a problem too where the body is no JSON, too large, of another type, or the route unknown', async () => {
    const statuses = await Promise.all([
      post('{"userId":'),
      post({ userId: 'u', kind: 'PLAY', items: [{ itemId: 'x'.repeat(2_000) }] }),
      post('userId=u', { 'content-type': 'text/plain' }),
      fetch(`${service.url}/nowhere`),
    ]);
    expect(statuses.map((response) => response.status)).toEqual([400, 413, 415, 404]);
    for (const response of statuses) {
      expect(response.headers.get('content-type')).toContain('application/problem+json');
      expect(await response.json()).toMatchObject({ status: response.status, detail: expect.any(String) });
    }
  });

  it('converts what a query can only say in text', async () => {
    const response = await fetch(`${service.url}/limited?limit=5`);
    expect(await response.json()).toEqual({ limit: 5 });
    const refused = await fetch(`${service.url}/limited?limit=few`);
    expect(await refused.json()).toMatchObject({ errors: [{ field: 'limit', reason: 'must be integer' }] });
  });

  it("is what the handler's problem says", async () => {
    const response = await fetch(`${service.url}/gone`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      detail: 'item-1 is not known',
      errors: [{ field: 'itemId' }],
    });
  });
});

describe('a request that fails', () => {
  it('tells the caller nothing of the inside, and the log everything', async () => {
    const response = await fetch(`${service.url}/broken`);
    expect(response.status).toBe(500);
    const id = response.headers.get('x-correlation-id');
    expect(await response.text()).not.toContain('secret-table');
    const logged = lines.find((line) => line['msg'] === 'request failed');
    expect(logged).toMatchObject({
      level: 'error',
      correlationId: id,
      err: { message: 'the inside: secret-table' },
    });
  });

  it('is 503 with a time to wait where a retry may help', async () => {
    const response = await fetch(`${service.url}/down`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
  });
});

describe('the probes', () => {
  it('are not ready with the reason, yet alive', async () => {
    ready = 'restoring plays-per-item: 12 records to go';
    const response = await fetch(`${service.url}/ready`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ detail: ready });
    expect((await fetch(`${service.url}/health`)).status).toBe(200);
    ready = true;
    expect((await fetch(`${service.url}/ready`)).status).toBe(200);
  });

  it('give metrics of the process and of each route by its pattern', async () => {
    await post({ userId: 'u', kind: 'PLAY' });
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    expect(metrics).toMatch(/process_cpu_seconds_total\{service="fixture"\}/);
    expect(metrics).toMatch(
      /http_request_duration_seconds_count\{service="fixture",method="POST",route="\/plays",status="202"\} 1/,
    );
  });

  it('describe the API', async () => {
    const api = (await (await fetch(`${service.url}/openapi.json`)).json()) as {
      openapi: string;
      paths: object;
    };
    expect(api.openapi).toBe('3.1.0');
    expect(Object.keys(api.paths).sort()).toEqual([
      '/broken',
      '/down',
      '/gone',
      '/health',
      '/limited',
      '/metrics',
      '/plays',
      '/ready',
      '/things/{id}',
    ]);
  });
});

describe('stop', () => {
  it('closes HTTP, then the service, then Kafka, once', async () => {
    await Promise.all([service.stop(), service.stop()]);
    expect(steps).toEqual(['service closed', 'kafka closed']);
    await expect(fetch(`${service.url}/health`)).rejects.toThrow();
  });
});
