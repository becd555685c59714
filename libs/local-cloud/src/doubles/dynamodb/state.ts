import { ModelledError } from '../framework/types.js';
import type { Journal, Journals } from '../journal/types.js';
import { Table, type TableDefinition } from './table.js';
import { itemFromJson, itemToJson, type Item } from './values.js';

type Json = Record<string, unknown>;

/** One entry is one call: what a transaction wrote is replayed whole or not at all. */
type Entry =
  | { readonly table: TableDefinition }
  | { readonly dropped: string }
  /** The attribute by which items expire; none where they don't. */
  | { readonly expiring: string; readonly by: string | null }
  | { readonly changes: readonly JsonChange[]; readonly token?: TakenToken };

type JsonChange = { readonly table: string; readonly put?: Json; readonly delete?: Json };

/** An item to be written, or a key whose item goes. */
export type Change = { readonly table: Table } & (
  { readonly put: Item; readonly delete?: undefined } | { readonly delete: Item; readonly put?: undefined }
);

/** A ClientRequestToken, and what it was used for. */
export interface TakenToken {
  readonly token: string;
  readonly digest: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html */
export const TOKEN_LIFE_MS = 600_000;

/** Tables and items, journaled. */
export class DynamoDbState {
  readonly tables = new Map<string, Table>();
  readonly #expiry = new Map<string, string>();
  readonly #tokens = new Map<string, TakenToken>();
  readonly #journal: Journal<Entry>;
  readonly #now: () => number;

  constructor(journals: Journals, now: () => number) {
    this.#now = now;
    this.#journal = journals.open<Entry>('dynamodb', {
      replay: (entry) => this.#apply(entry),
      snapshot: () => this.#snapshot(),
    });
  }

  /** @throws ModelledError ResourceNotFoundException */
  table(name: string): Table {
    // A table may be named by its ARN.
    const table = this.tables.get(name.slice(name.lastIndexOf('/') + 1));
    if (table !== undefined) return table;
    throw new ModelledError(
      'ResourceNotFoundException',
      `Requested resource not found: Table: ${name} not found`,
    );
  }

  create(table: TableDefinition): Table {
    this.#change({ table });
    return this.table(table.name);
  }

  /** Nothing is deleted for it: the service itself takes up to days to. */
  expire(name: string, by: string | null): void {
    this.#change({ expiring: name, by });
  }

  /** The attribute by which a table's items expire. */
  expiryOf(name: string): string | undefined {
    return this.#expiry.get(name);
  }

  drop(name: string): void {
    this.#change({ dropped: name });
  }

  /** Writes all at once. */
  write(changes: readonly Change[], token?: TakenToken): void {
    for (const change of changes) {
      if (change.put === undefined) change.table.delete(change.delete);
      else change.table.put(change.put);
    }
    if (token !== undefined) this.#take(token);
    this.#journal.append({
      changes: changes.map(({ table, put, delete: key }) => ({
        table: table.definition.name,
        ...(put === undefined ? { delete: itemToJson(key) } : { put: itemToJson(put) }),
      })),
      ...(token === undefined ? {} : { token }),
    });
  }

  /** What this token was used for, within its life. */
  taken(token: string): TakenToken | undefined {
    const taken = this.#tokens.get(token);
    return taken !== undefined && taken.at + TOKEN_LIFE_MS > this.#now() ? taken : undefined;
  }

  #change(entry: Entry): void {
    this.#apply(entry);
    this.#journal.append(entry);
  }

  #apply(entry: Entry): void {
    if ('table' in entry) this.tables.set(entry.table.name, new Table(entry.table));
    else if ('dropped' in entry) {
      this.tables.delete(entry.dropped);
      this.#expiry.delete(entry.dropped);
    } else if ('expiring' in entry) {
      if (entry.by === null) this.#expiry.delete(entry.expiring);
      else this.#expiry.set(entry.expiring, entry.by);
    } else {
      for (const change of entry.changes) {
        const table = this.tables.get(change.table);
        if (change.put !== undefined) table?.put(itemFromJson(change.put));
        if (change.delete !== undefined) table?.delete(itemFromJson(change.delete));
      }
      if (entry.token !== undefined) this.#take(entry.token);
    }
  }

  #take(token: TakenToken): void {
    // In the order they were taken, so that the expired ones are the first.
    for (const [name, { at }] of this.#tokens) {
      if (at + TOKEN_LIFE_MS > token.at) break;
      this.#tokens.delete(name);
    }
    this.#tokens.set(token.token, token);
  }

  *#snapshot(): Iterable<Entry> {
    for (const table of this.tables.values()) {
      yield { table: table.definition };
      for (const item of table.items()) {
        yield { changes: [{ table: table.definition.name, put: itemToJson(item) }] };
      }
    }
    for (const [expiring, by] of this.#expiry) yield { expiring, by };
    for (const token of this.#tokens.values()) yield { changes: [], token };
  }
}
