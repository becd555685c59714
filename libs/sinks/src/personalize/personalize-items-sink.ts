import { checkProperties, checkText } from './checks.js';
import { putItems } from './put-records.js';
import { RecordsSink, type RecordsKind, type RecordsSinkOptions } from './records-sink.js';

/**
 * An item as PutItems takes it: the whole state, which replaces what there was under the id.
 * Source: Amazon Personalize API reference, PutItems and Item.
 */
export interface PersonalizeItem {
  readonly itemId: string;
  /** A JSON object as text, up to 32,000 characters; its keys are the schema's fields in camel case. */
  readonly properties?: string;
}

const MAX_PROPERTIES = 32_000;

const items: RecordsKind<PersonalizeItem> = {
  name: 'personalize-items',
  idOf: ({ itemId }) => itemId,
  check: ({ itemId, properties }) =>
    checkText('itemId', itemId) ?? checkProperties(properties, MAX_PROPERTIES),
  transport: putItems,
};

/**
 * Writes items into a Personalize dataset of Items: up to 10 a call, 10 calls a second unless told otherwise. The last
 * state of an item wins; states that a newer one replaced before they were sent are done with it.
 */
export class PersonalizeItemsSink<K = unknown> extends RecordsSink<K, PersonalizeItem> {
  constructor(options: RecordsSinkOptions) {
    super(items, options);
  }
}
