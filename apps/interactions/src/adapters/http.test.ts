import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Interaction } from '@mesh/contracts';
import { parseConfig, startService, Type, type Service } from '@mesh/service';
import { unusedKafka } from '@mesh/service/testing';
import type { PublishOutcome } from '../domain/publisher.js';
import { takeInteractions } from '../domain/take.js';
import { addRoutes } from './http.js';

const NOW = Date.UTC(2026, 0, 2);

let service: Service;
let published: Interaction[];
let outcomeOf: (event: Interaction) => PublishOutcome;

beforeEach(async () => {
  published = [];
  outcomeOf = () => 'published';
  const take = takeInteractions({
    publisher: {
      publish: async (events) => {
        published.push(...events);
        return events.map(outcomeOf);
      },
      close: async () => {},
    },
    producer: 'interactions',
    now: () => NOW,
    newEventId: () => '00000000-0000-4000-8000-000000000000',
  });
  service = await startService(
    {
      name: 'interactions',
      config: parseConfig(Type.Object({}), { KAFKA_BROKERS: 'unused:1', LOG_LEVEL: 'silent' }),
      start: ({ http }) => {
        addRoutes(http, take);
        return {};
      },
    },
    { kafka: unusedKafka() },
  );
});

afterEach(() => service.stop());

const event = (changes: object = {}) => ({
  eventId: '0b8c7a5e-3a43-4f3c-9a7f-5a1d1c0e9a11',
  eventType: 'PLAY',
  occurredAt: NOW,
  userId: 'user-1',
  sessionId: 'session-1',
  itemId: 'song-1',
  itemType: 'SONG',
  ...changes,
});

async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(service.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}

describe('POST /v1/interactions', () => {
  const path = '/v1/interactions';

  it('accepts an event and tells its id', async () => {
    const { status, body } = await post(path, event(), { 'x-correlation-id': 'abc' });
    expect(status).toBe(202);
    expect(body).toEqual({ eventId: '0b8c7a5e-3a43-4f3c-9a7f-5a1d1c0e9a11' });
    expect(published).toMatchObject([{ userId: 'user-1', correlationId: 'abc', producer: 'interactions' }]);
  });

  it('makes an id where the client has none', async () => {
    const { body } = await post(path, event({ eventId: undefined }));
    expect(body).toEqual({ eventId: '00000000-0000-4000-8000-000000000000' });
  });

  it('names field and reason of what it refuses', async () => {
    const { status, headers, body } = await post(path, event({ eventType: 'DANCE' }));
    expect(status).toBe(400);
    expect(headers.get('content-type')).toMatch('application/problem+json');
    expect(body).toMatchObject({
      status: 400,
      detail: 'eventType must be one of PLAY, SKIP, LIKE, FINISH, FOLLOW',
      errors: [{ field: 'eventType', reason: 'must be one of PLAY, SKIP, LIKE, FINISH, FOLLOW' }],
    });
    expect(published).toEqual([]);
  });

  it('answers 503 with Retry-After while Kafka does not acknowledge', async () => {
    outcomeOf = () => 'unavailable';
    const { status, headers, body } = await post(path, event());
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('1');
    expect(body).toMatchObject({ detail: expect.stringMatching(/not acknowledged by Kafka/) });
  });

  it('answers 413 for what is larger than the topic takes, and for a body larger than any event', async () => {
    outcomeOf = () => 'too-large';
    expect((await post(path, event())).status).toBe(413);
    expect((await post(path, event({ userId: 'u'.repeat(20_000) }))).status).toBe(413);
  });

  it.each([
    ['no JSON', '{"userId":', 400],
    ['an empty body', '', 400],
    ['an array', '[]', 400],
    ['a hidden prototype', '{"__proto__": {"a": 1}}', 400],
  ])('refuses %s', async (_what, body, expected) => {
    const { status, body: problem } = await post(path, body);
    expect(status).toBe(expected);
    expect(problem).toMatchObject({ status: expected, detail: expect.any(String) });
  });

  it('refuses what is declared as another type than JSON', async () => {
    expect((await post(path, JSON.stringify(event()), { 'content-type': 'text/plain' })).status).toBe(415);
  });
});

describe('POST /v1/interactions/batch', () => {
  const path = '/v1/interactions/batch';

  it('accepts all', async () => {
    const { status, body } = await post(path, { events: [event(), event({ itemId: 'song-2' })] });
    expect(status).toBe(200);
    expect(body).toEqual({
      accepted: 2,
      results: [
        { index: 0, status: 202, eventId: '0b8c7a5e-3a43-4f3c-9a7f-5a1d1c0e9a11' },
        { index: 1, status: 202, eventId: '0b8c7a5e-3a43-4f3c-9a7f-5a1d1c0e9a11' },
      ],
    });
    expect(published.map(({ itemId }) => itemId)).toEqual(['song-1', 'song-2']);
  });

  it('tells by index what was not accepted, and accepts the rest', async () => {
    outcomeOf = ({ itemId }) => (itemId === 'song-3' ? 'unavailable' : 'published');
    const { status, body } = await post(path, {
      events: [event({ userId: undefined }), event(), event({ itemId: 'song-3' })],
    });
    expect(status).toBe(207);
    expect(body).toEqual({
      accepted: 1,
      results: [
        { index: 0, status: 400, error: { field: 'userId', reason: 'is required' } },
        { index: 1, status: 202, eventId: event().eventId },
        {
          index: 2,
          status: 503,
          eventId: event().eventId,
          error: { field: '', reason: expect.stringMatching(/same eventId/) },
        },
      ],
    });
  });

  it('answers 207 where nothing can be accepted, ever', async () => {
    const { status, body } = await post(path, { events: [{}, event({ itemType: 'FILM' })] });
    expect(status).toBe(207);
    expect(body).toMatchObject({ accepted: 0, results: [{ status: 400 }, { status: 400 }] });
  });

  it('answers 503 as a whole while Kafka does not acknowledge', async () => {
    outcomeOf = () => 'unavailable';
    const { status, headers } = await post(path, { events: [event(), {}] });
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('1');
  });

  it.each([
    [[], '', 'must be an object with the field events'],
    [{}, 'events', 'is required'],
    [{ events: 7 }, 'events', 'must be an array'],
    [{ events: [] }, 'events', 'must have 1 to 500 elements, not 0'],
    [{ events: Array(501).fill({}) }, 'events', 'must have 1 to 500 elements, not 501'],
    [{ events: [{}], mode: 'fast' }, 'mode', 'is not a known field'],
  ])('refuses a batch that is none: %#', async (batch, field, reason) => {
    const { status, body } = await post(path, batch);
    expect(status).toBe(400);
    expect(body['errors']).toEqual([{ field, reason }]);
  });

  it('answers 413 for a body above the limit', async () => {
    const { status } = await post(path, { events: Array(500).fill(event({ userId: 'u'.repeat(3_000) })) });
    expect(status).toBe(413);
  });
});

it('describes itself', async () => {
  const document = (await (await fetch(`${service.url}/openapi.json`)).json()) as {
    paths: Record<string, { post: { requestBody: object; responses: object } }>;
  };
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining(['/v1/interactions', '/v1/interactions/batch']),
  );
  const batch = document.paths['/v1/interactions/batch']!.post;
  expect(Object.keys(batch.responses)).toEqual(['200', '207', '400', '413', '415', '503']);
  expect(JSON.stringify(batch.requestBody)).toContain('one of PLAY, SKIP, LIKE, FINISH, FOLLOW');
  expect(JSON.stringify(batch.responses)).toContain('Position in the request, from 0.');
});
