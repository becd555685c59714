import { propertiesOf, type ItemRow } from '@mesh/personalize';
import type { PersonalizeItem } from '@mesh/sinks';

/** A row of the dataset of items as PutItems takes it. */
export function toPersonalizeItem(row: ItemRow): PersonalizeItem {
  return { itemId: String(row.ITEM_ID), properties: propertiesOf(row) };
}
