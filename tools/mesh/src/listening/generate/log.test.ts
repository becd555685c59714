import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import type { ListeningEvent } from '../event.js';
import { generateCatalogue } from './catalogue.js';
import { isOnTaste } from './chooser.js';
import { generateListeningLog, startOfLogEndingBefore } from './log.js';
import { generateListeners } from './users.js';

const DAY_MS = 86_400_000;

function digest(events: Iterable<ListeningEvent>): string {
  const hash = createHash('sha256');
  for (const event of events) hash.update(JSON.stringify(event));
  return hash.digest('hex');
}

describe('the generated listening log', () => {
  const log = [...generateListeningLog()];
  const catalogue = generateCatalogue();
  const listeners = generateListeners();

  it('holds 50,000 interactions of 500 users with 1,000 items by default, over days', () => {
    expect(log).toHaveLength(50_000);
    expect(catalogue.items).toHaveLength(1_000);
    expect(listeners).toHaveLength(500);
    expect(new Set(log.map(({ userId }) => userId)).size).toBeGreaterThan(490);
    expect(new Set(log.map(({ itemId }) => itemId)).size).toBeGreaterThan(950);
    expect(log[49_999]!.occurredAt - log[0]!.occurredAt).toBeGreaterThan(3 * DAY_MS);
    for (const eventType of ['PLAY', 'SKIP', 'LIKE', 'FINISH', 'FOLLOW']) {
      expect(log.filter((event) => event.eventType === eventType).length).toBeGreaterThan(500);
    }
  });

  it('is in strictly increasing order of time', () => {
    const outOfOrder = log.filter(
      (event, index) => index > 0 && event.occurredAt <= log[index - 1]!.occurredAt,
    );
    expect(outOfOrder).toEqual([]);
  });

  it('is the same on every machine', () => {
    // Recorded once: a change here is a change of every published log.
    expect(digest(generateListeningLog({ count: 5_000 }))).toBe(
      'db0cdcbaca12ce502bae02de1fb55ec85f0c003edb27300ae8c38ede5a5c1bc6',
    );
  });

  it('starts with the shorter log when made longer', () => {
    expect([...generateListeningLog({ count: 1_000 })]).toEqual(log.slice(0, 1_000));
  });

  it('has an id of its own for each event, and shares none with a log that differs', () => {
    const ids = new Set(log.map(({ eventId }) => eventId));
    expect(ids.size).toBe(log.length);
    const others = [
      generateListeningLog({ count: 1_000, seed: 'another' }),
      generateListeningLog({ count: 1_000, startsAt: Date.UTC(2025, 5, 1) }),
      generateListeningLog({ count: 1_000, catalogue: generateCatalogue({ items: 999 }) }),
      generateListeningLog({ count: 1_000, listeners: generateListeners({ users: 499 }) }),
    ];
    for (const other of others) {
      expect([...other].filter(({ eventId }) => ids.has(eventId))).toEqual([]);
    }
    expect(
      [...ids].every((id) =>
        /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id),
      ),
    ).toBe(true);
  });

  it('shows the tastes: what suits them is finished, what does not is skipped, only it is liked', () => {
    const items = new Map(catalogue.items.map((item) => [item.itemId, item]));
    const users = new Map(listeners.map((user) => [user.userId, user]));
    const share = (eventType: string): number => {
      const events = log.filter((event) => event.eventType === eventType);
      return (
        events.filter((e) => isOnTaste(items.get(e.itemId)!, users.get(e.userId)!)).length / events.length
      );
    };
    expect(share('PLAY')).toBeGreaterThan(0.8);
    expect(share('FINISH')).toBeGreaterThan(0.9);
    expect(share('LIKE')).toBe(1);
    expect(share('FOLLOW')).toBe(1);
    expect(share('SKIP')).toBe(0);
    const liking = log.filter(({ eventType }) => eventType === 'LIKE').map((e) => `${e.userId} ${e.itemId}`);
    expect(new Set(liking).size).toBe(liking.length);
  });

  it('has users who like both songs and podcasts, and who play both', () => {
    const both = new Set(
      listeners
        .filter(({ tastes }) => tastes.genres.size > 0 && tastes.topics.size > 0)
        .map(({ userId }) => userId),
    );
    expect(both.size).toBeGreaterThan(150);
    const played = Map.groupBy(
      log.filter(({ userId }) => both.has(userId)),
      ({ userId }) => userId,
    );
    const playBoth = [...played.values()].filter(
      (events) => new Set(events.map((e) => e.itemType)).size === 2,
    );
    expect(playBoth.length).toBeGreaterThan(0.9 * both.size);
  });

  it('keeps sessions apart by more than half an hour and their positions within the item', () => {
    const lastOf = new Map<string, ListeningEvent>();
    const faults = log.filter((event) => {
      const last = lastOf.get(event.userId);
      lastOf.set(event.userId, event);
      const sameSitting = last === undefined || event.occurredAt - last.occurredAt <= 30 * 60_000;
      const sameSession = last === undefined || last.sessionId === event.sessionId;
      return event.positionMs! > event.durationMs! || (sameSitting && !sameSession);
    });
    expect(faults).toEqual([]);
    expect(new Set(log.map(({ sessionId }) => sessionId)).size).toBeGreaterThan(2_000);
  });

  it('can be made to end at a given time', () => {
    const endsBefore = Date.UTC(2026, 1, 3, 4, 5, 6, 7);
    const startsAt = startOfLogEndingBefore(endsBefore, { count: 2_000 });
    const last = [...generateListeningLog({ count: 2_000, startsAt })].at(-1)!.occurredAt;
    expect(last).toBe(endsBefore - 1);
  });

  it('copes with a catalogue too small for every taste', () => {
    const small = generateCatalogue({ items: 3, episodes: 0 });
    const events = [...generateListeningLog({ count: 100, catalogue: small })];
    expect(new Set(events.map(({ itemId }) => itemId))).toEqual(
      new Set(['song-0001', 'song-0002', 'song-0003']),
    );
  });
});
