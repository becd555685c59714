import type { Interaction } from '@mesh/contracts';
import type { PersonalizeEvent } from '@mesh/sinks';

/**
 * An interaction as Personalize takes it. The event type is the interaction's in lower case, as solutions are trained
 * with it. The event value is the share of the item that was heard, from 0 to 1, where both times are known: a
 * training that cares can demand a least value.
 */
export function toPersonalizeEvent(interaction: Interaction): PersonalizeEvent {
  const { eventId, eventType, occurredAt, userId, sessionId, itemId, itemType } = interaction;
  const eventValue = shareHeard(interaction);
  return {
    userId,
    sessionId,
    eventId,
    eventType: eventType.toLowerCase(),
    itemId,
    sentAt: occurredAt,
    properties: JSON.stringify({ itemType }),
    ...(eventValue === undefined ? {} : { eventValue }),
  };
}

function shareHeard({ positionMs, durationMs }: Interaction): number | undefined {
  if (positionMs === null || durationMs === null || durationMs <= 0) return undefined;
  return Math.min(1, Math.max(0, positionMs / durationMs));
}
