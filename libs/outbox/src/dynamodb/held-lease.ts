import {
  TransactWriteItemsCommand,
  type DynamoDBClient,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import type { OutboxEvent } from '../event.js';
import type { OutboxBatch, OutboxLease } from '../source.js';
import { aggregateOf, eventKey } from './event-rows.js';
import type { LeaseItem } from './lease.js';
import { dynamoDbError, failedConditions, patiently, type Patience } from './patience.js';
import { OutboxReader } from './reader.js';
import type { Wakeup } from './wakeup.js';

export interface HeldLeaseOptions extends Patience {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly leaseMs: number;
  readonly wakeup: Wakeup;
}

/** A transaction has 100 parts, and the lease is one of them. */
const MAX_REMOVED = 99;
/** Below the 4 MB that the items of a transaction may have together: keys and headers count too. */
const MAX_REMOVED_BYTES = 2_500_000;

/**
 * The right to relay a table. All that changes the outbox is a transaction with a check of the lease, so that a relay
 * that wakes up after another has taken over can't take away what that one is about to publish.
 */
export class DynamoDbLease implements OutboxLease {
  readonly #item: LeaseItem;
  readonly #options: HeldLeaseOptions;
  readonly #reader: OutboxReader;
  readonly #heartbeat: NodeJS.Timeout;

  constructor(item: LeaseItem, options: HeldLeaseOptions) {
    this.#item = item;
    this.#options = options;
    this.#reader = new OutboxReader(options.client, options.tableName, options);
    // Kafka may keep the relay waiting for longer than the lease lasts.
    this.#heartbeat = setInterval(() => {
      item.renew().catch(() => {
        // The next use renews too, and tells its caller.
      });
    }, options.leaseMs / 3);
    this.#heartbeat.unref();
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
    const newest = new Map<string, OutboxEvent>();
    for (const event of events) newest.set(aggregateOf(event), event);
    const last = [...newest.values()];
    const older = events.filter((event) => newest.get(aggregateOf(event)) !== event);
    await this.#delete(older);
    await this.#delete(last);
  }

  async setAside(event: OutboxEvent, reason: string): Promise<void> {
    const { tableName } = this.#options;
    const update = {
      TableName: tableName,
      Key: eventKey(event, event.version),
      UpdateExpression: 'SET setAside = :reason',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeValues: { ':reason': { S: reason } },
    };
    await this.#write([{ Update: update }], `setting event ${event.eventId} aside in ${tableName}`);
  }

  async wait(maxMs: number, signal: AbortSignal): Promise<void> {
    await this.#options.wakeup.wait(maxMs, signal);
  }

  async release(): Promise<void> {
    clearInterval(this.#heartbeat);
    await this.#item.release();
  }

  /** One transaction after the other: they would conflict over the lease. */
  async #delete(events: readonly OutboxEvent[]): Promise<void> {
    const { tableName } = this.#options;
    for (const some of portions(events)) {
      const deletes = some.map((event) => ({
        Delete: { TableName: tableName, Key: eventKey(event, event.version) },
      }));
      await this.#write(deletes, `removing ${some.length} events from ${tableName}`);
    }
  }

  /** Only while the lease is held. */
  async #write(items: readonly TransactWriteItem[], what: string): Promise<void> {
    const command = { TransactItems: [{ ConditionCheck: this.#item.check }, ...items] };
    try {
      await patiently(what, this.#options, () =>
        this.#options.client.send(new TransactWriteItemsCommand(command)),
      );
    } catch (error) {
      if (failedConditions(error)?.has(0) === true) throw this.#item.lost(error);
      throw dynamoDbError(error, what);
    }
  }
}

function portions(events: readonly OutboxEvent[]): readonly (readonly OutboxEvent[])[] {
  const all: OutboxEvent[][] = [];
  let bytes = Infinity;
  for (const event of events) {
    const size = event.value?.length ?? 0;
    const last = all.at(-1);
    if (last === undefined || last.length === MAX_REMOVED || bytes + size > MAX_REMOVED_BYTES) {
      all.push([event]);
      bytes = size;
    } else {
      last.push(event);
      bytes += size;
    }
  }
  return all;
}
