import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { OutboxSource } from '../source.js';
import { DynamoDbEntities, type EntitiesOptions } from './entities.js';
import { DynamoDbOutboxSource } from './source.js';
import { checkTable } from './table.js';
import { Wakeup } from './wakeup.js';

export interface DynamoDbOutboxOptions {
  readonly client: DynamoDBClient;
  /** Of one service: its entities, their events, and what the relay keeps. */
  readonly tableName: string;
  /** A relay silent for so long loses its lease. Milliseconds, default 10,000. */
  readonly leaseMs?: number;
  /** How long one call goes on under throttling, conflicts and outages before it fails. Milliseconds, default 3,000. */
  readonly retryForMs?: number;
}

/** A service's table: entities are changed, and the relay finds their events. */
export interface DynamoDbOutbox {
  readonly source: OutboxSource;
  /** For the start: throws OutboxError, `UNAVAILABLE` or, where the table is not there or not allowed, `DATABASE`. */
  check(): Promise<void>;
  entities<T extends object>(options: EntitiesOptions<T>): DynamoDbEntities<T>;
}

export function createDynamoDbOutbox(options: DynamoDbOutboxOptions): DynamoDbOutbox {
  const { client, tableName, leaseMs = 10_000, retryForMs = 3_000 } = options;
  const wakeup = new Wakeup();
  const context = { client, tableName, retryForMs, wakeup };
  return {
    source: new DynamoDbOutboxSource({ ...context, leaseMs }),
    check: () => checkTable(client, tableName, { retryForMs }),
    entities: (entities) => new DynamoDbEntities(context, entities),
  };
}
