import { describe, expect, it } from '@jest/globals';
import type { Interaction } from '@mesh/contracts';
import type { PublishOutcome } from './publisher.js';
import { takeInteractions } from './take.js';

const NOW = Date.UTC(2026, 0, 2);

function setUp(outcomes: (event: Interaction) => PublishOutcome = () => 'published') {
  const published: Interaction[] = [];
  let ids = 0;
  const take = takeInteractions({
    publisher: {
      publish: async (events) => {
        published.push(...events);
        return events.map(outcomes);
      },
      close: async () => {},
    },
    producer: 'interactions',
    now: () => NOW,
    newEventId: () => `made-${++ids}`,
  });
  return { take, published };
}

const event = (changes: object = {}) => ({
  eventId: '0B8C7A5E-3A43-4F3C-9A7F-5A1D1C0E9A11',
  eventType: 'LIKE',
  occurredAt: NOW,
  userId: 'user-1',
  sessionId: 'session-1',
  itemId: 'song-1',
  itemType: 'SONG',
  ...changes,
});

describe('takeInteractions', () => {
  it('publishes what the client sent with what we know of it', async () => {
    const { take, published } = setUp();
    const outcomes = await take([event({ positionMs: 5 })], 'correlation-1');
    expect(outcomes).toEqual([{ status: 202, eventId: '0b8c7a5e-3a43-4f3c-9a7f-5a1d1c0e9a11' }]);
    expect(published).toEqual([
      {
        eventId: '0b8c7a5e-3a43-4f3c-9a7f-5a1d1c0e9a11',
        eventType: 'LIKE',
        occurredAt: NOW,
        producer: 'interactions',
        correlationId: 'correlation-1',
        userId: 'user-1',
        sessionId: 'session-1',
        itemId: 'song-1',
        itemType: 'SONG',
        positionMs: 5,
        durationMs: null,
      },
    ]);
  });

  it('makes an event id where there is none', async () => {
    const { take } = setUp();
    const outcomes = await take([event({ eventId: undefined }), event({ eventId: undefined })], 'c');
    // `undefined` is how JavaScript spells "absent": JSON cannot.
    expect(outcomes.map((outcome) => 'eventId' in outcome && outcome.eventId)).toEqual(['made-1', 'made-2']);
  });

  it('tells for each event what became of it, in order, and publishes only the good ones', async () => {
    const { take, published } = setUp((e) =>
      e.itemId === 'song-2' ? 'unavailable' : e.itemId === 'song-3' ? 'too-large' : 'published',
    );
    const eventId = '0b8c7a5e-3a43-4f3c-9a7f-5a1d1c0e9a11';
    const outcomes = await take(
      [event({ userId: '' }), event({ itemId: 'song-2' }), null, event(), event({ itemId: 'song-3' })],
      'c',
    );
    expect(outcomes).toEqual([
      { status: 400, error: { field: 'userId', reason: expect.stringContaining('1 to 128') } },
      { status: 503, eventId, error: { field: '', reason: expect.stringContaining('same eventId') } },
      { status: 400, error: { field: '', reason: 'must be an object' } },
      { status: 202, eventId },
      { status: 413, error: { field: '', reason: expect.stringContaining('larger') } },
    ]);
    expect(published.map(({ itemId }) => itemId)).toEqual(['song-2', 'song-1', 'song-3']);
  });
});
