import type { Interaction, InteractionEventType } from '@mesh/contracts';
import { ageGroupOf, type AgeGroup, type Listener } from './listener.js';

/** What happens to a play: it starts, and is left before the end or heard to it. Likes and follows are no listening. */
const LISTENING: ReadonlySet<InteractionEventType> = new Set(['PLAY', 'SKIP', 'FINISH']);

/** A start or a skip of an item, and who it was of, as far as the trends need to know. */
export interface Listening {
  readonly eventType: 'PLAY' | 'SKIP';
  /** ISO 3166-1 alpha-2; `null` for a user nobody has described. */
  readonly country: string | null;
  readonly ageGroup: AgeGroup | null;
}

export function isListening({ eventType }: Interaction): boolean {
  return LISTENING.has(eventType);
}

export interface StartOrSkip extends Interaction {
  readonly eventType: Listening['eventType'];
}

export function isStartOrSkip(event: Interaction): event is StartOrSkip {
  return event.eventType === 'PLAY' || event.eventType === 'SKIP';
}

/** @param listener `null` for a user nobody has described */
export function listeningOf({ eventType, occurredAt }: StartOrSkip, listener: Listener | null): Listening {
  const birthYear = listener?.birthYear ?? null;
  return {
    eventType,
    country: listener?.country ?? null,
    ageGroup: birthYear === null ? null : ageGroupOf(birthYear, occurredAt),
  };
}
