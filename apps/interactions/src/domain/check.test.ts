import { describe, expect, it } from '@jest/globals';
import { checkInteraction } from './check.js';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

const good = {
  eventId: '0b8c7a5e-3a43-4f3c-9a7f-5a1d1c0e9a11',
  eventType: 'PLAY',
  occurredAt: NOW,
  userId: 'user-1',
  sessionId: 'session-1',
  itemId: 'song-1',
  itemType: 'SONG',
  positionMs: 0,
  durationMs: 180_000,
};

const without = (field: string): object =>
  Object.fromEntries(Object.entries(good).filter(([name]) => name !== field));

describe('checkInteraction', () => {
  it.each([
    ['all fields', good],
    ['no event id', without('eventId')],
    ['no position', without('positionMs')],
    ['an unknown length', { ...good, durationMs: null }],
    ['an event five minutes ahead', { ...good, occurredAt: NOW + 300_000 }],
    ['an event of the year 2000', { ...good, occurredAt: Date.UTC(2000, 0, 1) }],
    ['ids as long as allowed', { ...good, userId: 'u'.repeat(128) }],
  ])('takes %s', (_what, event) => {
    expect(checkInteraction(event, NOW)).toEqual({ request: event });
  });

  it.each([
    ['userId', 'is required'],
    ['sessionId', 'is required'],
    ['itemId', 'is required'],
    ['itemType', 'is required'],
    ['eventType', 'is required'],
    ['occurredAt', 'is required'],
  ])('asks for %s', (field, reason) => {
    expect(checkInteraction(without(field), NOW)).toEqual({ fault: { field, reason } });
  });

  it.each([
    ['eventId', '17', /a UUID/],
    ['eventType', 'DANCE', /one of PLAY, SKIP, LIKE, FINISH, FOLLOW/],
    ['eventType', 'play', /one of PLAY/],
    ['itemType', 'FILM', /one of SONG, EPISODE/],
    ['userId', '', /1 to 128 visible ASCII/],
    ['userId', 'u'.repeat(129), /1 to 128/],
    ['userId', 42, /1 to 128/],
    ['itemId', 'song 1', /without blanks/],
    ['sessionId', 'a\nb', /visible/],
    ['sessionId', 'caf\u00e9', /ASCII/],
    ['occurredAt', '2026-01-02T03:04:05Z', /whole number of milliseconds/],
    ['occurredAt', 1.5, /whole number/],
    ['occurredAt', 1_700_000_000, /not be before the year 2000; it counts milliseconds/],
    ['occurredAt', NOW + 300_001, /not be more than 5 minutes in the future; here it is 2026-01-02T03:04:05/],
    ['occurredAt', 1e300, /whole number/],
    ['positionMs', -1, /0 or more/],
    ['durationMs', '180', /0 or more, or null/],
    ['colour', 'red', /^is not a known field$/],
    ['toString', 'x', /^is not a known field$/],
    ['x'.repeat(100), 1, /^is not a known field$/],
  ])('refuses %s: %j', (field, value, reason) => {
    const checked = checkInteraction({ ...good, [field]: value }, NOW);
    expect(checked).toEqual({
      fault: {
        field: field.length > 64 ? `${field.slice(0, 64)}…` : field,
        reason: expect.stringMatching(reason),
      },
    });
  });

  it.each([null, 'PLAY', 7, [good], undefined])('refuses %j as no object', (event) => {
    expect(checkInteraction(event, NOW)).toEqual({ fault: { field: '', reason: 'must be an object' } });
  });
});
