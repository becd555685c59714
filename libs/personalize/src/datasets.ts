/**
 * The Avro schemas of the three Personalize datasets, as `CreateSchema` takes them. Each column's name is the property's
 * of PutItems, PutUsers and PutEvents in another spelling: `CREATION_TIMESTAMP` is `creationTimestamp` there.
 * Source: "Creating schema JSON files" in the Amazon Personalize developer guide.
 */
const NAMESPACE = 'com.amazonaws.personalize.schema';

const categorical = <N extends string>(name: N) =>
  ({ name, type: ['null', 'string'], categorical: true }) as const;

/** Songs and episodes in one dataset, so that one list of recommendations holds both. */
export const ITEMS_SCHEMA = {
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
    // Personalize can't delete an item: this is what stands for it, and ACTIVE_ITEMS_FILTER goes by.
    { name: 'ACTIVE', type: 'string', categorical: true },
  ],
  version: '1.0',
} as const;

export const USERS_SCHEMA = {
  type: 'record',
  name: 'Users',
  namespace: NAMESPACE,
  fields: [{ name: 'USER_ID', type: 'string' }, categorical('COUNTRY'), categorical('PLAN')],
  version: '1.0',
} as const;

/** What the event tracker's dataset holds: the fields every event has, and those that ours add. */
export const INTERACTIONS_SCHEMA = {
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

/** A dataset's schema, as far as its columns go. */
export interface DatasetSchema {
  readonly fields: readonly { readonly name: string }[];
}

/** A row of a dataset: a value for each column of its schema. */
export type Row<S extends DatasetSchema> = {
  readonly [Column in S['fields'][number]['name']]: string | number | null;
};

export type ItemRow = Row<typeof ITEMS_SCHEMA>;
export type UserRow = Row<typeof USERS_SCHEMA>;
export type InteractionRow = Row<typeof INTERACTIONS_SCHEMA>;
