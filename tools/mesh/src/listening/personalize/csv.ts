import type { Item } from '../generate/catalogue.js';
import type { Listener } from '../generate/users.js';
import { PERSONALIZE_ITEMS_SCHEMA, PERSONALIZE_USERS_SCHEMA } from './schemas.js';

type ColumnOf<S extends { readonly fields: readonly { readonly name: string }[] }> =
  S['fields'][number]['name'];

/**
 * The items as the CSV file that a Personalize dataset import job reads from S3: a header, then a line each. Songs have
 * their artist as CREATOR and their release as COLLECTION, episodes their show as both; several genres are joined by
 * `|`; CREATION_TIMESTAMP is in seconds.
 */
export function* itemsCsv(items: Iterable<Item>): Generator<string, void, undefined> {
  yield* csv(PERSONALIZE_ITEMS_SCHEMA, items, (item) => ({
    ITEM_ID: item.itemId,
    ITEM_TYPE: item.itemType,
    GENRES: item.itemType === 'SONG' ? item.genres.join('|') : item.topic,
    CREATION_TIMESTAMP: Math.floor(item.releasedAt / 1_000),
    TITLE: item.title,
    CREATOR: item.itemType === 'SONG' ? item.artist : item.podcast,
    COLLECTION: item.itemType === 'SONG' ? item.release : item.podcast,
  }));
}

/** The users in the same way. Their names stay here: Personalize has no use for them. */
export function* usersCsv(users: Iterable<Listener>): Generator<string, void, undefined> {
  yield* csv(PERSONALIZE_USERS_SCHEMA, users, (user) => ({
    USER_ID: user.userId,
    COUNTRY: user.country,
    PLAN: user.plan,
  }));
}

function* csv<T, S extends { readonly fields: readonly { readonly name: string }[] }>(
  schema: S,
  rows: Iterable<T>,
  cells: (row: T) => Record<ColumnOf<S>, string | number>,
): Generator<string, void, undefined> {
  const columns = schema.fields.map(({ name }) => name as ColumnOf<S>);
  yield `${columns.join(',')}\n`;
  for (const row of rows) {
    const values = cells(row);
    yield `${columns.map((column) => quoted(values[column])).join(',')}\n`;
  }
}

/** RFC 4180: a value with a comma, a quote or a line break stands in quotes, and quotes within are doubled. */
function quoted(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
