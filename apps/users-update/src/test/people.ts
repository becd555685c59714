import type { User } from '@mesh/contracts';
import { randomUUID } from 'node:crypto';

/** A user, as published after a change. */
export function person(userId: string, changes: Partial<User> = {}): User {
  return {
    eventId: randomUUID(),
    occurredAt: Date.UTC(2026, 0, 5),
    producer: 'test',
    correlationId: 'test',
    version: 1,
    userId,
    displayName: `Name of ${userId}`,
    country: 'CH',
    birthYear: null,
    plan: 'PREMIUM',
    favouriteGenres: [],
    registeredAt: Date.UTC(2025, 0, 1),
    ...changes,
  };
}
