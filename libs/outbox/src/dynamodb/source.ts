import { QueryCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OutboxLease, OutboxSource, OutboxStats } from '../source.js';
import { SHARDS, shardKey, type Attributes } from './event-rows.js';
import { DynamoDbLease } from './held-lease.js';
import { LeaseItem } from './lease.js';
import { dynamoDbError, patiently, type Patience } from './patience.js';
import type { Wakeup } from './wakeup.js';

export interface SourceOptions extends Patience {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly leaseMs: number;
  readonly wakeup: Wakeup;
  /** Events of a shard that are counted at most. Default 2,500. */
  readonly countAtMost?: number;
}

/** How often to ask for the lease while another relay has it. */
const LEASE_RETRY_MS = 1_000;
const COUNTED_OF_SHARD = 2_500;

/** The outbox of one table. */
export class DynamoDbOutboxSource implements OutboxSource {
  readonly name: string;
  readonly #options: SourceOptions;

  constructor(options: SourceOptions) {
    this.name = `dynamodb:${options.tableName}`;
    this.#options = options;
  }

  async acquire(signal: AbortSignal, taken?: () => void): Promise<OutboxLease> {
    for (;;) {
      signal.throwIfAborted();
      const item = await LeaseItem.take(this.#options);
      if (item !== undefined) return new DynamoDbLease(item, this.#options);
      taken?.();
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

  /** Not consistent, at half the price, and no more than tells that there are many: this is for graphs. */
  async *#rows(shard: number): AsyncIterable<Attributes> {
    const { client, tableName } = this.#options;
    const what = `counting the outbox of ${tableName}`;
    let left = this.#options.countAtMost ?? COUNTED_OF_SHARD;
    let start: Attributes | undefined;
    do {
      const after = start === undefined ? {} : { ExclusiveStartKey: start };
      try {
        const page = await patiently(what, this.#options, () =>
          client.send(
            new QueryCommand({
              TableName: tableName,
              Limit: left,
              KeyConditionExpression: 'pk = :shard',
              ExpressionAttributeValues: { ':shard': { S: shardKey(shard) } },
              ProjectionExpression: 'occurredAt, setAside',
              ...after,
            }),
          ),
        );
        const { Items = [] } = page;
        yield* Items;
        left -= Items.length;
        start = page.LastEvaluatedKey;
      } catch (error) {
        throw dynamoDbError(error, what);
      }
    } while (start !== undefined && left > 0);
  }
}
