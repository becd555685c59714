import type { Interaction } from '@mesh/contracts';
import type { InteractionRequest } from './interaction-request.js';

/** What the service adds to what the client sent. */
export interface Origin {
  readonly producer: string;
  readonly correlationId: string;
  /** Makes an event id where the client gave none. */
  readonly newEventId: () => string;
}

/** The event to be published. Ids of events are lower-case, so that one event has one spelling. */
export function toInteraction(request: InteractionRequest, origin: Origin): Interaction {
  return {
    eventId: request.eventId?.toLowerCase() ?? origin.newEventId(),
    eventType: request.eventType,
    occurredAt: request.occurredAt,
    producer: origin.producer,
    correlationId: origin.correlationId,
    userId: request.userId,
    sessionId: request.sessionId,
    itemId: request.itemId,
    itemType: request.itemType,
    positionMs: request.positionMs ?? null,
    durationMs: request.durationMs ?? null,
  };
}
