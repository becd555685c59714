import type { Interaction } from '@mesh/contracts';
import { personalizeEventType, personalizeEventValue } from '@mesh/personalize';
import type { PersonalizeEvent } from '@mesh/sinks';

/** An interaction as PutEvents takes it; a bulk import takes the same in the rows of `@mesh/personalize`. */
export function toPersonalizeEvent(interaction: Interaction): PersonalizeEvent {
  const { eventId, occurredAt, userId, sessionId, itemId, itemType } = interaction;
  const eventValue = personalizeEventValue(interaction);
  return {
    userId,
    sessionId,
    eventId,
    eventType: personalizeEventType(interaction),
    itemId,
    sentAt: occurredAt,
    properties: JSON.stringify({ itemType }),
    ...(eventValue === undefined ? {} : { eventValue }),
  };
}
