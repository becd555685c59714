/**
 * The Avro schemas of the three Personalize datasets, as `CreateSchema` takes them.
 * Source: "Creating schema JSON files" in the Amazon Personalize developer guide.
 */
const NAMESPACE = 'com.amazonaws.personalize.schema';

const categorical = (name: string) => ({ name, type: ['null', 'string'], categorical: true });

/** Columns of {@link itemsCsv}. */
export const PERSONALIZE_ITEMS_SCHEMA = {
  type: 'record',
  name: 'Items',
  namespace: NAMESPACE,
  fields: [
    { name: 'ITEM_ID', type: 'string' },
    { name: 'ITEM_TYPE', type: 'string', categorical: true },
    categorical('GENRES'),
    { name: 'CREATION_TIMESTAMP', type: 'long' },
    { name: 'TITLE', type: ['null', 'string'], textual: true },
    categorical('CREATOR'),
    categorical('COLLECTION'),
  ],
  version: '1.0',
} as const;

/** Columns of {@link usersCsv}. */
export const PERSONALIZE_USERS_SCHEMA = {
  type: 'record',
  name: 'Users',
  namespace: NAMESPACE,
  fields: [{ name: 'USER_ID', type: 'string' }, categorical('COUNTRY'), categorical('PLAN')],
  version: '1.0',
} as const;

/** What the event tracker's dataset holds: the fields every event has, and what the events of interactions-update add. */
export const PERSONALIZE_INTERACTIONS_SCHEMA = {
  type: 'record',
  name: 'Interactions',
  namespace: NAMESPACE,
  fields: [
    { name: 'USER_ID', type: 'string' },
    { name: 'ITEM_ID', type: 'string' },
    { name: 'EVENT_TYPE', type: 'string' },
    { name: 'TIMESTAMP', type: 'long' },
    { name: 'EVENT_VALUE', type: ['null', 'float'] },
    categorical('ITEM_TYPE'),
  ],
  version: '1.0',
} as const;
