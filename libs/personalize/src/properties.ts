import type { DatasetSchema, Row } from './datasets.js';

/** Columns that PutItems and PutUsers have members for, outside the properties. */
const IDS = new Set(['ITEM_ID', 'USER_ID']);

/**
 * A row as the properties of PutItems or PutUsers: a JSON object as text, keys in camel case. A column without a value
 * is left out, which is null to Personalize, since a put replaces the whole record.
 */
export function propertiesOf<S extends DatasetSchema>(row: Row<S>): string {
  const properties = Object.entries<string | number | null>(row)
    .filter(([column, value]) => !IDS.has(column) && value !== null)
    .map(([column, value]) => [propertyName(column), value]);
  return JSON.stringify(Object.fromEntries(properties));
}

/** `CREATION_TIMESTAMP` is `creationTimestamp`. */
export function propertyName(column: string): string {
  return column.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
