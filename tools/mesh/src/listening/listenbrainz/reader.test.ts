import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NumberedEvent, RejectedLine } from '../event.js';
import { readListenBrainzFile, readListens } from './reader.js';

const MBID = '8f3471b5-7e6a-48da-86a9-c1c07a0f47ae';

interface ListenShape {
  listened_at: unknown;
  user_name: unknown;
  track_metadata: unknown;
}

function listen(changes: Partial<ListenShape> & { info?: object } = {}): string {
  const { info, ...rest } = changes;
  return JSON.stringify({
    listened_at: 1_700_000_000,
    user_name: 'rob',
    track_metadata: {
      artist_name: 'Portishead',
      track_name: 'Strangers',
      release_name: 'Dummy',
      additional_info: info ?? { recording_mbid: MBID, duration_ms: 237_000 },
    },
    ...rest,
  });
}

async function read(content: string | AsyncIterable<Buffer>, maxLineBytes?: number) {
  const rejected: RejectedLine[] = [];
  const events: NumberedEvent[] = [];
  const chunks = typeof content === 'string' ? inChunks(Buffer.from(content), 7) : content;
  const options = { onRejected: (line: RejectedLine) => rejected.push(line) };
  for await (const event of readListens(
    chunks,
    maxLineBytes === undefined ? options : { ...options, maxLineBytes },
  )) {
    events.push(event);
  }
  return { events, rejected };
}

/** Cuts lines and characters apart, as a stream may. */
async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

describe('readListens', () => {
  it('makes a PLAY of a listen', async () => {
    const { events, rejected } = await read(listen());
    expect(rejected).toEqual([]);
    expect(events).toEqual([
      {
        line: 1,
        event: {
          eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          eventType: 'PLAY',
          occurredAt: 1_700_000_000_000,
          userId: 'user-rob',
          sessionId: expect.stringMatching(/^session-/),
          itemId: `song-${MBID}`,
          itemType: 'SONG',
          positionMs: 0,
          durationMs: 237_000,
        },
      },
    ]);
  });

  it('names a song by MusicBrainz, else MessyBrainz, else by artist and track', async () => {
    const msid = '11111111-2222-3333-4444-555555555555';
    const named = (artist_name: string, track_name: string) =>
      listen({ track_metadata: { artist_name, track_name } });
    const { events } = await read(
      [
        listen({ info: { recording_mbid: MBID.toUpperCase(), recording_msid: msid } }),
        listen({ info: { recording_msid: msid } }),
        named('Portishead', 'Strangers'),
        named(' portishead ', 'STRANGERS'),
        named('Portishead', 'Roads'),
      ].join('\n'),
    );
    const [mbid, byMsid, byName, sameName, otherName] = events.map(({ event }) => event.itemId);
    expect(mbid).toBe(`song-${MBID}`);
    expect(byMsid).toBe(`song-${msid}`);
    expect(byName).toBe(sameName);
    expect(otherName).not.toBe(byName);
  });

  it('gives a user whose name is not fit for an id one made from it', async () => {
    const { events } = await read(
      [listen({ user_name: 'Zoë & co' }), listen({ user_name: 'Zoë & Co' })].join('\n'),
    );
    const [one, other] = events.map(({ event }) => event.userId);
    expect(one).toMatch(/^user-[0-9a-f-]{36}$/);
    expect(other).not.toBe(one);
  });

  it('starts a session after more than 30 minutes, for each user, in either direction of time', async () => {
    const at = (minutes: number, user_name: string) =>
      listen({ listened_at: 1_700_000_000 + 60 * minutes, user_name });
    const ascending = [at(0, 'rob'), at(10, 'ann'), at(30, 'rob'), at(61, 'rob'), at(12, 'ann')];
    const { events } = await read(ascending.join('\n'));
    const [rob0, ann10, rob30, rob61, ann12] = events.map(({ event }) => event.sessionId);
    expect(rob30).toBe(rob0);
    expect(rob61).not.toBe(rob0);
    expect(ann12).toBe(ann10);
    expect(ann10).not.toBe(rob0);
    const newestFirst = await read([at(61, 'rob'), at(30, 'rob'), at(0, 'rob')].join('\n'));
    const [latest, middle, first] = newestFirst.events.map(({ event }) => event.sessionId);
    expect(middle).toBe(first);
    expect(latest).not.toBe(first);
  });

  it('gives the same listen the same event id, and different ones different ids', async () => {
    const twice = await read([listen(), listen()].join('\n'));
    expect(twice.events[0]!.event).toEqual(twice.events[1]!.event);
    const other = await read(
      [listen({ listened_at: 1_700_000_001 }), listen({ user_name: 'ann' })].join('\n'),
    );
    const ids = [twice, other].flatMap(({ events }) => events.map(({ event }) => event.eventId));
    expect(new Set(ids).size).toBe(3);
  });

  it.each([
    ['{"listened_at": 17', '', /^is no JSON/],
    ['[]', '', /must be an object/],
    ['null', '', /must be an object/],
    [listen({ listened_at: null }), 'listened_at', /whole number of seconds/],
    [listen({ listened_at: 1_700_000_000.5 }), 'listened_at', /whole number/],
    [listen({ listened_at: 12 }), 'listened_at', /before October 2002/],
    [listen({ user_name: undefined }), 'user_name', /is missing/],
    [listen({ user_name: '  ' }), 'user_name', /not empty/],
    [listen({ track_metadata: undefined }), 'track_metadata', /is missing/],
    [listen({ track_metadata: { track_name: 'x' } }), 'track_metadata.artist_name', /is missing/],
    [
      listen({ track_metadata: { artist_name: 'x', track_name: 7 } }),
      'track_metadata.track_name',
      /must be a text/,
    ],
    [
      listen({ track_metadata: { artist_name: 'x', track_name: 'y', release_name: 7 } }),
      'track_metadata.release_name',
      /must be a text/,
    ],
    [
      listen({ track_metadata: { artist_name: 'x', track_name: 'y', additional_info: 'z' } }),
      'track_metadata.additional_info',
      /must be an object/,
    ],
    [listen({ info: { recording_mbid: 'x' } }), 'track_metadata.additional_info.recording_mbid', /UUID/],
    [
      listen({ info: { duration_ms: -1 } }),
      'track_metadata.additional_info.duration_ms',
      /number, 0 or more/,
    ],
    [listen({ info: { duration: '3:40' } }), 'track_metadata.additional_info.duration', /number, 0 or more/],
  ])('rejects %s with its line, field and reason, and goes on', async (bad, field, reason) => {
    const { events, rejected } = await read([listen(), '', bad, listen({ user_name: 'ann' })].join('\n'));
    expect(rejected).toEqual([{ line: 3, field, reason: expect.stringMatching(reason) }]);
    expect(events.map(({ line }) => line)).toEqual([1, 4]);
  });

  it('rejects a line longer than allowed without holding it', async () => {
    const { events, rejected } = await read([listen(), 'x'.repeat(600), listen()].join('\n'), 500);
    expect(rejected).toEqual([{ line: 2, field: '', reason: 'is longer than 500 bytes' }]);
    expect(events.map(({ line }) => line)).toEqual([1, 3]);
  });

  it('reads files of Windows and with a byte order mark, and characters cut in two by the stream', async () => {
    const named = listen({ track_metadata: { artist_name: 'Sigur Rós', track_name: 'Sæglópur' } });
    const { events, rejected } = await read(`\ufeff${named}\r\n${named}\r\n`);
    expect(rejected).toEqual([]);
    expect(events).toHaveLength(2);
    const whole = await read(inChunks(Buffer.from(named), 10_000));
    expect(events[0]!.event.itemId).toBe(whole.events[0]!.event.itemId);
  });

  it('reads a duration in seconds, too', async () => {
    const { events } = await read(listen({ info: { duration: 61.5 } }));
    expect(events[0]!.event.durationMs).toBe(61_500);
  });
});

describe('readListenBrainzFile', () => {
  it('reads a file, and fails for one that is not there', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'listens-'));
    try {
      const path = join(folder, 'listens.jsonl');
      writeFileSync(path, `${listen()}\n${listen({ user_name: 'ann' })}\n`);
      const users: string[] = [];
      for await (const { event } of readListenBrainzFile(path)) users.push(event.userId);
      expect(users).toEqual(['user-rob', 'user-ann']);
      await expect(readListenBrainzFile(join(folder, 'nothing')).next()).rejects.toMatchObject({
        code: 'ENOENT',
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
