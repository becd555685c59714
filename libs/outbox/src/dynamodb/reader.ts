import { QueryCommand, TransactGetItemsCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { OutboxEvent } from '../event.js';
import { SHARDS, aggregateOf, eventKey, fromRow, shardKey, type Attributes } from './event-rows.js';
import { dynamoDbError, isPassing, patiently, type Patience } from './patience.js';

/** Keys that one transaction may read. */
const MAX_GETS = 100;

/**
 * Reads the shards of an outbox in turn, going on where it ended, so that no aggregate that changes all the time keeps
 * others waiting.
 *
 * An event is passed on only when the one before it, of its aggregate, goes before it or is gone from the outbox, which
 * means published. A query over many items is no snapshot, and the items of one committed transaction may become
 * visible one after the other: so an event may be seen whose predecessor is not seen yet. Whether that one is there is
 * asked in a transaction, which is serialised with the one that wrote it.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-isolation
 */
export class OutboxReader {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;
  readonly #patience: Patience;
  #shard = 0;
  #startKey: Attributes | undefined;

  constructor(client: DynamoDBClient, tableName: string, patience: Patience) {
    this.#client = client;
    this.#tableName = tableName;
    this.#patience = patience;
  }

  /** At most `limit` events; fewer only where a whole round found no more. */
  async next(limit: number): Promise<readonly OutboxEvent[]> {
    const found = new Found();
    // From within a shard to its end, the others, and that shard's beginning.
    const round = this.#startKey === undefined ? SHARDS : SHARDS + 1;
    for (let ends = 0; ends < round && found.events.length < limit;) {
      await this.#pass(await this.#page(limit - found.events.length), found);
      if (this.#startKey === undefined) ends += 1;
    }
    return found.events;
  }

  /** Moves on; `#startKey` is undefined where a shard ended. */
  async #page(limit: number): Promise<readonly Attributes[]> {
    const what = `reading the outbox of ${this.#tableName}`;
    try {
      const { Items = [], LastEvaluatedKey } = await patiently(what, this.#patience, () =>
        this.#client.send(
          new QueryCommand({
            TableName: this.#tableName,
            ConsistentRead: true,
            Limit: limit,
            KeyConditionExpression: 'pk = :shard',
            ExpressionAttributeValues: { ':shard': { S: shardKey(this.#shard) } },
            ...(this.#startKey === undefined ? {} : { ExclusiveStartKey: this.#startKey }),
          }),
        ),
      );
      this.#startKey = LastEvaluatedKey;
      if (LastEvaluatedKey === undefined) this.#shard = (this.#shard + 1) % SHARDS;
      return Items;
    } catch (error) {
      throw dynamoDbError(error, what);
    }
  }

  /** Adds those of a page that may be published now. */
  async #pass(rows: readonly Attributes[], found: Found): Promise<void> {
    const page = rows.map((row) => ({ event: fromRow(row), setAside: row['setAside'] !== undefined }));
    const newest = new Map<string, number>();
    const unsure: OutboxEvent[] = [];
    for (const { event } of page) {
      const aggregate = aggregateOf(event);
      const before = event.version - 1;
      if (before > 0 && newest.get(aggregate) !== before && !found.has(event, before)) unsure.push(event);
      newest.set(aggregate, event.version);
    }
    const preceded = await this.#preceded(unsure);
    const held = new Set<string>();
    for (const { event, setAside } of page) {
      const aggregate = aggregateOf(event);
      if (setAside || preceded.has(event)) held.add(aggregate);
      if (!held.has(aggregate) && !found.has(event, event.version)) found.add(event);
    }
  }

  /** Of these events, those whose predecessor is in the outbox, or may be. */
  async #preceded(events: readonly OutboxEvent[]): Promise<ReadonlySet<OutboxEvent>> {
    const preceded = new Set<OutboxEvent>();
    for (let start = 0; start < events.length; start += MAX_GETS) {
      const some = events.slice(start, start + MAX_GETS);
      const there = await this.#predecessors(some);
      some.forEach((event, index) => {
        if (there?.[index] ?? true) preceded.add(event);
      });
    }
    return preceded;
  }

  /** By index, whether the predecessor is there; undefined where transactions under way don't let it be told. */
  async #predecessors(events: readonly OutboxEvent[]): Promise<readonly boolean[] | undefined> {
    const TableName = this.#tableName;
    try {
      const { Responses = [] } = await this.#client.send(
        new TransactGetItemsCommand({
          TransactItems: events.map((event) => ({
            Get: { TableName, Key: eventKey(event, event.version - 1), ProjectionExpression: 'pk' },
          })),
        }),
      );
      return Responses.map(({ Item }) => Item !== undefined);
    } catch (error) {
      const conflict = error instanceof Error && error.name === 'TransactionCanceledException';
      if (conflict && isPassing(error)) return undefined;
      throw dynamoDbError(error, `reading the outbox of ${TableName}`);
    }
  }
}

/** The events of one call. A round that began within a shard comes by where it began. */
class Found {
  readonly events: OutboxEvent[] = [];
  readonly #known = new Set<string>();

  add(event: OutboxEvent): void {
    this.events.push(event);
    this.#known.add(`${aggregateOf(event)} ${event.version}`);
  }

  has(event: OutboxEvent, version: number): boolean {
    return this.#known.has(`${aggregateOf(event)} ${version}`);
  }
}
