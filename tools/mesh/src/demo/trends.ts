import { setTimeout as sleep } from 'node:timers/promises';
import type { ListeningEvent } from '../listening/event.js';
import { trending, type Trending } from './read-api.js';

export interface ComparedTrends extends Trending {
  /** Items whose count is not that of the log. */
  readonly wrong: readonly string[];
}

/**
 * Asks for the most played items until they are those of the window that is now and their counts agree with the log,
 * or `timeoutMs` has passed.
 *
 * @param plays the log's events of type PLAY, each once: records that a producer had to repeat count once too
 */
export async function compareTrends(
  url: string,
  plays: readonly ListeningEvent[],
  timeoutMs: number,
): Promise<ComparedTrends> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const trends = await trending(url, 5);
    const from = Date.parse(trends.windowStart ?? '');
    const until = Date.parse(trends.windowEnd ?? '');
    const wrong = trends.items
      .filter(({ itemId, plays: count }) => {
        const played = plays.filter(
          (play) => play.itemId === itemId && play.occurredAt >= from && play.occurredAt < until,
        ).length;
        return count !== played;
      })
      .map(({ itemId }) => itemId);
    const settled = until > Date.now() && trends.items.length > 0 && wrong.length === 0;
    if (settled || Date.now() > deadline) return { ...trends, wrong };
    await sleep(200);
  }
}
