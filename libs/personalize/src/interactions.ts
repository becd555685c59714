import type { Interaction } from '@mesh/contracts';
import type { InteractionRow } from './datasets.js';
import { seconds } from './items.js';

/** An interaction as a bulk import takes it; what PutEvents takes is made of the same parts. */
export function interactionRow(interaction: Interaction): InteractionRow {
  return {
    USER_ID: interaction.userId,
    ITEM_ID: interaction.itemId,
    EVENT_TYPE: personalizeEventType(interaction),
    TIMESTAMP: seconds(interaction.occurredAt),
    EVENT_VALUE: personalizeEventValue(interaction) ?? null,
    ITEM_TYPE: interaction.itemType,
  };
}

/** The interaction's type in lower case, as solutions are trained with it and filters name it. */
export function personalizeEventType({ eventType }: Pick<Interaction, 'eventType'>): string {
  return eventType.toLowerCase();
}

/**
 * The share of the item that was heard, from 0 to 1, where both times are known: a training that cares can demand a
 * least value.
 */
export function personalizeEventValue({
  positionMs,
  durationMs,
}: Pick<Interaction, 'positionMs' | 'durationMs'>): number | undefined {
  if (positionMs === null || durationMs === null || durationMs <= 0) return undefined;
  return Math.min(1, Math.max(0, positionMs / durationMs));
}
