import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { DAY_START, HOUR, TrendsDriver } from './test/driver.js';

const QUARTER = HOUR / 4;

let trends: TrendsDriver;

beforeEach(async () => {
  trends = await TrendsDriver.create();
});

afterEach(() => trends.driver.close());

describe("an item's recent plays", () => {
  it('are counted in every window that the play is in', () => {
    trends.listen({ occurredAt: DAY_START + HOUR });
    trends.listen({ occurredAt: DAY_START + HOUR + QUARTER });
    expect(trends.recentPlays('song-1')).toEqual([
      [1 * QUARTER, 1],
      [2 * QUARTER, 2],
      [3 * QUARTER, 2],
      [4 * QUARTER, 2],
      [5 * QUARTER, 1],
    ]);
  });

  it('take late plays into the windows that still take any', () => {
    trends.listen({ occurredAt: DAY_START + 25 * HOUR, itemId: 'song-2' });
    // The window that ended an hour after the day began takes no more; the three that begin later do.
    trends.listen({ occurredAt: DAY_START + HOUR - 1 });
    expect(trends.recentPlays('song-1')).toEqual([
      [1 * QUARTER, 1],
      [2 * QUARTER, 1],
      [3 * QUARTER, 1],
    ]);
  });

  it('count a late play that arrives twice once', () => {
    const eventId = randomUUID();
    trends.listen({ occurredAt: DAY_START + 5 * HOUR });
    trends.listen({ occurredAt: DAY_START, eventId });
    trends.listen({ occurredAt: DAY_START, eventId });
    expect(trends.recentPlays('song-1').filter(([start]) => start <= 0)).toEqual([
      [-3 * QUARTER, 1],
      [-2 * QUARTER, 1],
      [-1 * QUARTER, 1],
      [0, 1],
    ]);
  });
});

describe("an item's skips", () => {
  it('are told with its plays, each once, and outlast a crash', () => {
    const eventId = randomUUID();
    for (let i = 0; i < 3; i++) trends.listen({ occurredAt: DAY_START + i });
    trends.listen({ occurredAt: DAY_START + 4, eventType: 'SKIP', eventId });
    trends.listen({ occurredAt: DAY_START + 4, eventType: 'SKIP', eventId });
    trends.listen({ occurredAt: DAY_START + 5, eventType: 'FINISH' });
    expect(trends.skips('song-1')).toEqual({ plays: 3, skips: 1 });
    trends.driver.restart();
    trends.listen({ occurredAt: DAY_START + 6, eventType: 'SKIP' });
    expect(trends.skips('song-1')).toEqual({ plays: 3, skips: 2 });
    expect(trends.skips('song-2')).toBeUndefined();
  });
});
