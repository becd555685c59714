import type { ListeningEvent } from '../event.js';
import type { Item } from './catalogue.js';
import { isOnTaste, type Chooser } from './chooser.js';
import { type Random, WeightedIndex } from './random.js';
import type { Listener } from './users.js';

/** One thing a user does. */
export interface Moment {
  /** Milliseconds since the start of the log; not before the moment that precedes it. */
  readonly at: number;
  readonly eventType: ListeningEvent['eventType'];
  readonly item: Item;
  readonly positionMs: number;
  /** Counts the user's sessions, from 1. */
  readonly session: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Nothing heard for longer ends a session: what the readers of logs without sessions go by, too. */
const SESSION_GAP_MS = 30 * MINUTE_MS;
/** How likely a session starts in each hour of the day: quiet nights, full evenings. */
const HOURS = new WeightedIndex([
  2, 1, 1, 1, 1, 2, 4, 8, 10, 8, 6, 6, 7, 7, 6, 6, 8, 10, 12, 14, 14, 12, 8, 4,
]);

/**
 * What one user does, day by day, without end:
 *
 * - sessions of one to thirty items, at most a few a day, more than half an hour apart;
 * - an item that suits the tastes is mostly heard to the end (PLAY … FINISH), sometimes liked, and its artist or show
 *   now and then followed: each LIKE at most once an item, each FOLLOW at most once an artist or show;
 * - one that does not is mostly skipped within half a minute.
 */
export function* timeline(
  listener: Listener,
  chooser: Chooser,
  random: Random,
): Generator<Moment, never, undefined> {
  const liked = new Set<string>();
  const followed = new Set<string>();
  let session = 0;
  let free = 0;
  for (let day = 0; ; day++) {
    for (const start of sessionStarts(random, listener.tastes.sessionsPerDay)) {
      let at = Math.max(day * DAY_MS + start, free);
      session++;
      for (let heard = 0; heard < 30; heard++) {
        const item = chooser.choose(random, listener.tastes);
        yield { at, eventType: 'PLAY', item, positionMs: 0, session };
        let left: number;
        if (isOnTaste(item, listener)) {
          const creator = item.itemType === 'SONG' ? item.artistId : item.podcastId;
          if (!liked.has(item.itemId) && random.chance(0.15)) {
            liked.add(item.itemId);
            const positionMs = part(random, item, 20, 60);
            yield { at: at + positionMs, eventType: 'LIKE', item, positionMs, session };
          }
          if (!followed.has(creator) && random.chance(0.05)) {
            followed.add(creator);
            const positionMs = part(random, item, 60, 80);
            yield { at: at + positionMs, eventType: 'FOLLOW', item, positionMs, session };
          }
          left = random.chance(0.85) ? item.durationMs : part(random, item, 80, 99);
        } else if (random.chance(0.75)) {
          left = random.integer(3_000, 30_000);
          yield { at: at + left, eventType: 'SKIP', item, positionMs: left, session };
        } else {
          left = random.chance(0.4) ? item.durationMs : part(random, item, 30, 99);
        }
        at += left;
        if (left === item.durationMs) yield { at, eventType: 'FINISH', item, positionMs: left, session };
        at += random.integer(500, 4_000);
        if (!random.chance(item.itemType === 'SONG' ? 0.87 : 0.6)) break;
      }
      free = at + SESSION_GAP_MS + MINUTE_MS;
    }
  }
}

/** When a day's sessions start, in milliseconds since midnight, in order: as many as the mean, give or take one. */
function sessionStarts(random: Random, mean: number): number[] {
  const whole = Math.floor(mean);
  let count = whole + (random.chance(mean - whole) ? 1 : 0);
  if (count > 0 && random.chance(0.2)) count--;
  else if (random.chance(0.2)) count++;
  return Array.from(
    { length: count },
    () => HOURS.draw(random) * HOUR_MS + random.integer(0, HOUR_MS - 1),
  ).sort((a, b) => a - b);
}

/** A position between two percentages of the item's length. */
function part(random: Random, item: Item, low: number, high: number): number {
  return Math.floor((item.durationMs * random.integer(low, high)) / 100);
}
