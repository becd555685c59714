import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { TestCloud } from '@mesh/testkit';
import {
  createDynamoDbClient,
  createDynamoDbOutbox,
  ensureTable,
  type Change,
  type DynamoDbOutbox,
  type DynamoDbOutboxOptions,
} from '../dynamodb/index.js';
import type { OutboxEvent } from '../event.js';

/** What the tests of the DynamoDB outbox keep: books, each of which may stand on a shelf. */
export interface Book {
  readonly bookId: string;
  readonly title: string;
  readonly shelfId: string | null;
}

export interface Shelf {
  readonly shelfId: string;
  readonly label: string;
}

export const context = { correlationId: 'request-1' };
let tables = 0;

/** A table of its own in the cloud's DynamoDB. */
export async function library(cloud: TestCloud, options: Partial<DynamoDbOutboxOptions> = {}) {
  const connect = () => createDynamoDbClient({ endpoint: cloud.url, region: cloud.region });
  const client: DynamoDBClient = connect();
  /** Of another process. */
  const elsewhere: DynamoDBClient = connect();
  const tableName = `library-${++tables}`;
  await ensureTable(client, tableName);
  const open = (by = client): DynamoDbOutbox =>
    createDynamoDbOutbox({ client: by, tableName, retryForMs: 2_000, ...options });
  const outbox = open();
  const close = () => {
    client.destroy();
    elsewhere.destroy();
  };
  return { client, elsewhere, tableName, outbox, open, close, ...collections(outbox) };
}

function collections(outbox: DynamoDbOutbox) {
  const books = outbox.entities<Book>({
    kind: 'book',
    idField: 'bookId',
    event: (change) => eventOf('books', change),
    references: ({ shelfId }) => (shelfId === null ? [] : [{ kind: 'shelf', id: shelfId, field: 'shelfId' }]),
  });
  const shelves = outbox.entities<Shelf>({
    kind: 'shelf',
    idField: 'shelfId',
    event: (change) => eventOf('shelves', change),
    namedBy: 'books',
  });
  return { books, shelves };
}

function eventOf(
  topic: string,
  { id, entity, eventId, version, occurredAt, correlationId }: Change<object>,
): OutboxEvent {
  return {
    topic,
    eventId,
    aggregateId: id,
    version,
    occurredAt,
    value: entity === null ? null : Buffer.from(JSON.stringify(entity)),
    headers: [
      ['ce_correlationid', Buffer.from(correlationId)],
      ['empty', null],
    ],
  };
}

export const book = (bookId: string, changes: Partial<Book> = {}): Book => ({
  bookId,
  title: 'Walden',
  shelfId: null,
  ...changes,
});

/** `books a 3`: which event, without its ids. */
export const told = ({ topic, aggregateId, version, value }: OutboxEvent) =>
  `${topic} ${aggregateId} ${version}${value === null ? ' gone' : ''}`;
