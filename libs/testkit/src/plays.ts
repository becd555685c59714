import type { Interaction } from '@mesh/contracts';
import { randomUUID } from 'node:crypto';

/** Plays of 40 users, of 25 items, over two hours. */
export function plays(count: number): Interaction[] {
  return Array.from({ length: count }, (_, i) => ({
    eventId: randomUUID(),
    eventType: 'PLAY' as const,
    occurredAt: Date.UTC(2026, 0, 5) + Math.floor((i / count) * 7_200_000),
    producer: 'test',
    correlationId: 'test',
    userId: `user-${i % 40}`,
    sessionId: `session-${i % 40}`,
    itemId: i % 5 === 0 ? `episode-${i % 25}` : `song-${i % 25}`,
    itemType: i % 5 === 0 ? ('EPISODE' as const) : ('SONG' as const),
    positionMs: null,
    durationMs: null,
  }));
}
