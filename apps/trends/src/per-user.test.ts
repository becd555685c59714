import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { DAY_START, HOUR, TrendsDriver } from './test/driver.js';

const MINUTE = 60_000;

let trends: TrendsDriver;

beforeEach(async () => {
  trends = await TrendsDriver.create();
});

afterEach(() => trends.driver.close());

describe("a user's sessions", () => {
  it('end when nothing is heard of the user for longer than the gap', () => {
    const [first, second] = [DAY_START, DAY_START + 31 * MINUTE];
    trends.listen({ occurredAt: first });
    trends.listen({ occurredAt: first + 1, eventType: 'SKIP' });
    trends.listen({ occurredAt: second });
    trends.listen({ occurredAt: second + 30 * MINUTE, eventType: 'FINISH' });
    trends.listen({ occurredAt: second, userId: 'user-2' });
    expect(trends.sessions('user-1')).toEqual([
      { start: first, end: first + 1, plays: 1, skips: 1, finishes: 0 },
      { start: second, end: second + 30 * MINUTE, plays: 1, skips: 0, finishes: 1 },
    ]);
    expect(trends.sessions('user-2')).toHaveLength(1);
  });

  it('are merged by a late event between them', () => {
    trends.listen({ occurredAt: DAY_START });
    trends.listen({ occurredAt: DAY_START + 50 * MINUTE });
    trends.listen({ occurredAt: DAY_START + 3 * HOUR });
    expect(trends.sessions('user-1')).toHaveLength(3);
    trends.listen({ occurredAt: DAY_START + 25 * MINUTE, eventType: 'SKIP' });
    expect(trends.sessions('user-1')).toEqual([
      { start: DAY_START, end: DAY_START + 50 * MINUTE, plays: 2, skips: 1, finishes: 0 },
      { start: DAY_START + 3 * HOUR, end: DAY_START + 3 * HOUR, plays: 1, skips: 0, finishes: 0 },
    ]);
  });

  it('take neither likes nor follows, nor an event twice', () => {
    const eventId = randomUUID();
    trends.listen({ occurredAt: DAY_START, eventId });
    trends.listen({ occurredAt: DAY_START, eventId });
    trends.listen({ occurredAt: DAY_START, eventType: 'LIKE' });
    trends.listen({ occurredAt: DAY_START + 1, eventType: 'FOLLOW' });
    expect(trends.sessions('user-1')).toEqual([
      { start: DAY_START, end: DAY_START, plays: 1, skips: 0, finishes: 0 },
    ]);
  });

  it('go on after a crash', () => {
    trends.listen({ occurredAt: DAY_START });
    trends.driver.restart();
    trends.listen({ occurredAt: DAY_START + 1 });
    expect(trends.sessions('user-1')).toEqual([
      { start: DAY_START, end: DAY_START + 1, plays: 2, skips: 0, finishes: 0 },
    ]);
  });
});
