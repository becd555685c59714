import {
  BatchWriteItemCommand,
  QueryCommand,
  UpdateItemCommand,
  type DynamoDBClient,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OutboxEvent } from '../event.js';
import type { OutboxBatch, OutboxLease, OutboxSource, OutboxStats } from '../source.js';
import { SHARDS, aggregateOf, eventKey, shardKey, type Attributes } from './event-rows.js';
import { LeaseItem } from './lease.js';
import { dynamoDbError, patiently, type Patience } from './patience.js';
import { OutboxReader } from './reader.js';
import type { Wakeup } from './wakeup.js';

export interface SourceOptions extends Patience {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly leaseMs: number;
  readonly wakeup: Wakeup;
}

/** How often to ask for the lease while another relay has it. */
const LEASE_RETRY_MS = 1_000;
const MAX_BATCH = 25;

/** The outbox of one table. */
export class DynamoDbOutboxSource implements OutboxSource {
  readonly name: string;
  readonly #options: SourceOptions;

  constructor(options: SourceOptions) {
    this.name = `dynamodb:${options.tableName}`;
    this.#options = options;
  }

  async acquire(signal: AbortSignal): Promise<OutboxLease> {
    for (;;) {
      signal.throwIfAborted();
      const item = await LeaseItem.take(this.#options);
      if (item !== undefined) return new DynamoDbLease(item, this.#options);
      await sleep(Math.min(LEASE_RETRY_MS, this.#options.leaseMs), undefined, { signal });
    }
  }

  async stats(): Promise<OutboxStats> {
    let [backlog, setAside] = [0, 0];
    let oldestAt: number | undefined;
    for (let shard = 0; shard < SHARDS; shard++) {
      for await (const row of this.#rows(shard)) {
        backlog += 1;
        if (row['setAside'] !== undefined) setAside += 1;
        oldestAt = Math.min(oldestAt ?? Infinity, Number(row['occurredAt']?.N));
      }
    }
    return { backlog, setAside, ...(oldestAt === undefined ? {} : { oldestAt }) };
  }

  /** Not consistent, at half the price: this is for graphs. */
  async *#rows(shard: number): AsyncIterable<Attributes> {
    const { client, tableName } = this.#options;
    const what = `counting the outbox of ${tableName}`;
    let start: Attributes | undefined;
    do {
      const after = start === undefined ? {} : { ExclusiveStartKey: start };
      try {
        const page = await patiently(what, this.#options, () =>
          client.send(
            new QueryCommand({
              TableName: tableName,
              KeyConditionExpression: 'pk = :shard',
              ExpressionAttributeValues: { ':shard': { S: shardKey(shard) } },
              ProjectionExpression: 'occurredAt, setAside',
              ...after,
            }),
          ),
        );
        yield* page.Items ?? [];
        start = page.LastEvaluatedKey;
      } catch (error) {
        throw dynamoDbError(error, what);
      }
    } while (start !== undefined);
  }
}

class DynamoDbLease implements OutboxLease {
  readonly #item: LeaseItem;
  readonly #options: SourceOptions;
  readonly #reader: OutboxReader;

  constructor(item: LeaseItem, options: SourceOptions) {
    this.#item = item;
    this.#options = options;
    this.#reader = new OutboxReader(options.client, options.tableName, options);
  }

  async readBatch(limit: number): Promise<OutboxBatch> {
    await this.#item.keep();
    this.#options.wakeup.lower();
    return { events: await this.#reader.next(limit) };
  }

  /**
   * An aggregate's newest event goes last. Were an older one to stay alone, after a crash between the two, it would be
   * published after the newer one.
   */
  async remove({ events }: OutboxBatch): Promise<void> {
    await this.#item.keep();
    const newest = new Map<string, OutboxEvent>();
    for (const event of events) newest.set(aggregateOf(event), event);
    const last = [...newest.values()];
    const older = events.filter((event) => newest.get(aggregateOf(event)) !== event);
    await this.#delete(older);
    await this.#delete(last);
  }

  async setAside(event: OutboxEvent, reason: string): Promise<void> {
    const { client, tableName } = this.#options;
    const what = `setting event ${event.eventId} aside in ${tableName}`;
    try {
      await patiently(what, this.#options, () =>
        client.send(
          new UpdateItemCommand({
            TableName: tableName,
            Key: eventKey(event, event.version),
            UpdateExpression: 'SET setAside = :reason',
            ConditionExpression: 'attribute_exists(pk)',
            ExpressionAttributeValues: { ':reason': { S: reason } },
          }),
        ),
      );
    } catch (error) {
      throw dynamoDbError(error, what);
    }
  }

  async wait(maxMs: number, signal: AbortSignal): Promise<void> {
    await this.#options.wakeup.wait(maxMs, signal);
  }

  async release(): Promise<void> {
    await this.#item.release();
  }

  async #delete(events: readonly OutboxEvent[]): Promise<void> {
    const chunks: OutboxEvent[][] = [];
    for (let start = 0; start < events.length; start += MAX_BATCH) {
      chunks.push(events.slice(start, start + MAX_BATCH));
    }
    await Promise.all(chunks.map((chunk) => this.#deleteTogether(chunk)));
  }

  async #deleteTogether(events: readonly OutboxEvent[]): Promise<void> {
    const { client, tableName } = this.#options;
    const what = `removing ${events.length} events from ${tableName}`;
    let left: WriteRequest[] = events.map((event) => ({
      DeleteRequest: { Key: eventKey(event, event.version) },
    }));
    try {
      await patiently(what, this.#options, async () => {
        const { UnprocessedItems } = await client.send(
          new BatchWriteItemCommand({ RequestItems: { [tableName]: left } }),
        );
        left = UnprocessedItems?.[tableName] ?? [];
        if (left.length > 0) throw new Unprocessed();
      });
    } catch (error) {
      throw dynamoDbError(error, what);
    }
  }
}

/** DynamoDB's way of throttling a part of a batch. */
class Unprocessed extends Error {
  override readonly name = 'ThrottlingException';
  override readonly message = 'not all of a batch was processed';
}
