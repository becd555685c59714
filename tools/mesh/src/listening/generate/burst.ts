import type { ListeningEvent } from '../event.js';
import { stableUuid } from '../stable-uuid.js';
import type { Item } from './catalogue.js';

export interface ListeningBurstOptions {
  readonly userId: string;
  /** Played, liked and heard to the end, one after the other. */
  readonly enjoyed: readonly Item[];
  /** Then played and skipped. */
  readonly skipped: readonly Item[];
  /** Milliseconds since the epoch. */
  readonly startsAt: number;
}

/**
 * A user's sudden new interest, as one session of what they enjoy and what they skip. Equal options give equal events,
 * ids included.
 */
export function generateListeningBurst(options: ListeningBurstOptions): ListeningEvent[] {
  const { userId, startsAt } = options;
  const burstId = stableUuid(
    'listening-burst',
    userId,
    startsAt,
    JSON.stringify([
      options.enjoyed.map(({ itemId }) => itemId),
      options.skipped.map(({ itemId }) => itemId),
    ]),
  );
  const events: ListeningEvent[] = [];
  let at = startsAt;
  const add = (item: Item, eventType: ListeningEvent['eventType'], positionMs: number): void => {
    events.push({
      eventId: stableUuid(burstId, events.length),
      eventType,
      occurredAt: at + positionMs,
      userId,
      sessionId: `session-${burstId.slice(0, 8)}-${userId}`,
      itemId: item.itemId,
      itemType: item.itemType,
      positionMs,
      durationMs: item.durationMs,
    });
  };
  for (const item of options.enjoyed) {
    add(item, 'PLAY', 0);
    add(item, 'LIKE', Math.floor(item.durationMs / 2));
    add(item, 'FINISH', item.durationMs);
    at += item.durationMs + 1_000;
  }
  for (const item of options.skipped) {
    add(item, 'PLAY', 0);
    add(item, 'SKIP', 4_000);
    at += 5_000;
  }
  return events;
}
