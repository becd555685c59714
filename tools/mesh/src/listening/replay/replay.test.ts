import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ListeningEvent, NumberedEvent, RejectedLine } from '../event.js';
import { replay } from './replay.js';

type Answer = (
  events: ListeningEvent[],
  request: number,
) => { status: number; body?: unknown; headers?: object } | 'cut';

function event(user: number, index: number): ListeningEvent {
  return {
    eventId: `event-${user}-${index}`,
    eventType: 'PLAY',
    occurredAt: 1_700_000_000_000 + index,
    userId: `user-${user}`,
    sessionId: 'session-1',
    itemId: 'song-1',
    itemType: 'SONG',
  };
}

/** So many events of each of so many users, in turn. */
function* log(users: number, each: number): Generator<NumberedEvent> {
  let line = 0;
  for (let index = 0; index < each; index++) {
    for (let user = 0; user < users; user++) yield { line: ++line, event: event(user, index) };
  }
}

const allAccepted: Answer = (events) => ({
  status: 200,
  body: { accepted: events.length, results: events.map((_, index) => ({ index, status: 202 })) },
});

describe('replay', () => {
  let server: Server;
  let url: string;
  let answer: Answer;
  /** What the API took, in the order it took it. */
  let taken: ListeningEvent[];
  let requests: number;
  let concurrent: number;
  let overlapping: string[];
  const underWay = new Set<string>();

  beforeEach(async () => {
    answer = allAccepted;
    taken = [];
    requests = 0;
    concurrent = 0;
    overlapping = [];
    underWay.clear();
    server = createServer((request, response) => void serve(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { events } = (await new Response(request).json()) as {
      events: ListeningEvent[];
    };
    const users = new Set(events.map(({ userId }) => userId));
    for (const user of users) if (underWay.has(user)) overlapping.push(user);
    for (const user of users) underWay.add(user);
    concurrent = Math.max(concurrent, underWay.size === 0 ? 0 : ++inFlight);
    // Leaves the other requests time to come in.
    await new Promise((resolve) => setImmediate(resolve));
    const result = answer(events, requests++);
    inFlight--;
    for (const user of users) underWay.delete(user);
    if (result === 'cut') return void request.socket.destroy();
    const results = (result.body as { results?: { status: number }[] } | undefined)?.results;
    results?.forEach(({ status }, index) => {
      if (status === 202) taken.push(events[index]!);
    });
    response.writeHead(result.status, { 'content-type': 'application/json', ...result.headers });
    response.end(JSON.stringify(result.body ?? {}));
  }
  let inFlight = 0;

  function expectAllInOrder(users: number, each: number): void {
    const byUser = Map.groupBy(taken, ({ userId }) => userId);
    expect(byUser.size).toBe(users);
    for (const events of byUser.values()) {
      expect(events.map(({ occurredAt }) => occurredAt - 1_700_000_000_000)).toEqual(
        Array.from({ length: each }, (_, index) => index),
      );
    }
  }

  it('sends everything in batches, several at once, each user in order and in one request at a time', async () => {
    const progress: number[] = [];
    const result = await replay(log(40, 50), {
      url,
      concurrency: 4,
      batchSize: 30,
      onProgress: ({ sent }) => progress.push(sent),
    });
    expect(result).toMatchObject({
      sent: 2_000,
      accepted: 2_000,
      rejectedCount: 0,
      retries: 0,
      rejected: [],
    });
    expect(result.latency.count).toBe(requests);
    expect(requests).toBeLessThan(2_000 / 15);
    expect(concurrent).toBeGreaterThan(1);
    expect(overlapping).toEqual([]);
    expect(progress.at(-1)).toBe(2_000);
    expectAllInOrder(40, 50);
  });

  it('sends again under the same ids what got no answer, or was told to come back', async () => {
    answer = (events, request) => {
      if (request > 12) return allAccepted(events, request);
      if (request % 4 === 1) return 'cut';
      if (request % 4 === 2)
        return { status: 503, headers: { 'retry-after': '0' }, body: { title: 'Unavailable' } };
      if (request % 4 === 3) return { status: 429 };
      return allAccepted(events, request);
    };
    const result = await replay(log(10, 40), { url, concurrency: 3, batchSize: 20 });
    expect(result).toMatchObject({ sent: 400, accepted: 400, rejectedCount: 0 });
    expect(result.retries).toBeGreaterThan(0);
    expect(overlapping).toEqual([]);
    expectAllInOrder(10, 40);
  });

  it('waits for an API that is not there yet, and finds it at a new address', async () => {
    let attempts = 0;
    const result = await replay(log(2, 5), { url: () => (++attempts < 4 ? 'http://127.0.0.1:9' : url) });
    expect(result.accepted).toBe(10);
    expect(result.retries).toBeGreaterThan(0);
  });

  it('sends only the failed events of a batch again, and reports what is rejected by its line', async () => {
    const failedOnce = new Set<string>();
    answer = (events) => ({
      status: 207,
      body: {
        accepted: 0,
        results: events.map((e, index) => {
          if (e.eventId === 'event-1-3') {
            return { index, status: 400, error: { field: 'itemId', reason: 'must not be empty' } };
          }
          if (e.eventId.endsWith('-2') && !failedOnce.has(e.eventId)) {
            failedOnce.add(e.eventId);
            return { index, status: 503, error: { field: '', reason: 'broker unavailable' } };
          }
          return { index, status: 202, eventId: e.eventId };
        }),
      },
    });
    const told: RejectedLine[] = [];
    const result = await replay(log(3, 5), { url, concurrency: 1, onRejected: (line) => told.push(line) });
    const expected = [{ line: 11, field: 'itemId', reason: 'must not be empty' }];
    expect(result).toMatchObject({
      sent: 15,
      accepted: 14,
      rejectedCount: 1,
      rejected: expected,
      retries: 3,
    });
    expect(told).toEqual(expected);
    expect(new Set(taken.map(({ eventId }) => eventId)).size).toBe(14);
    expect(taken).toHaveLength(14);
  });

  it('halves a batch that is too large, down to the event that is', async () => {
    answer = (events, request) => {
      const tooLarge = events.length > 3 || events.some(({ eventId }) => eventId === 'event-0-5');
      return tooLarge ? { status: 413, body: { title: 'Payload Too Large' } } : allAccepted(events, request);
    };
    const result = await replay(log(1, 20), { url });
    expect(result).toMatchObject({ accepted: 19, rejectedCount: 1 });
    expect(result.rejected).toEqual([{ line: 6, field: '', reason: '413 Payload Too Large' }]);
  });

  it('gives up at the deadline, saying what was wrong and what to do', async () => {
    answer = () => ({ status: 503, body: { title: 'Service Unavailable', detail: 'Kafka is unavailable' } });
    await expect(replay(log(5, 5), { url, retryDeadlineMs: 0 })).rejects.toMatchObject({
      name: 'ReplayError',
      code: 'MESH_REPLAY_GAVE_UP',
      message: expect.stringMatching(/503 Kafka is unavailable; start the API and replay again/),
    });
  });

  it('stops at once where no retry can help', async () => {
    answer = () => ({ status: 404, body: { message: 'Route not found' } });
    await expect(replay(log(5, 5), { url })).rejects.toMatchObject({
      code: 'MESH_REPLAY_REFUSED',
      message: expect.stringMatching(/404 Route not found; is it the interactions API/),
    });
  });

  it('passes on what the source throws', async () => {
    async function* broken(): AsyncGenerator<NumberedEvent> {
      yield* log(1, 1);
      throw new Error('the disk is gone');
    }
    await expect(replay(broken(), { url })).rejects.toThrow('the disk is gone');
  });

  it('ends when told to', async () => {
    const stop = new AbortController();
    function* endless(): Generator<NumberedEvent> {
      for (let line = 1; ; line++) yield { line, event: event(line % 10, line) };
    }
    const running = replay(endless(), {
      url,
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('enough')),
    });
    await expect(running).rejects.toThrow('enough');
  });

  it('keeps to a rate', async () => {
    // The lower bound only: a busy machine may take longer.
    const { elapsedMs } = await replay(log(2, 20), { url, rate: 200 });
    expect(elapsedMs).toBeGreaterThanOrEqual((39 / 200) * 1_000 - 5);
  });

  it.each([{ rate: 0 }, { batchSize: 501 }, { concurrency: 0 }])('refuses %j', async (options) => {
    await expect(replay([], { url, ...options })).rejects.toThrow(RangeError);
  });
});
