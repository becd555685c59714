import type { DoubleOptions, ServiceDouble } from '../framework/types.js';
import type { DynamoDbContext } from './context.js';
import { itemOperations } from './items.js';
import { Locks } from './locks.js';
import { queryOperations } from './query.js';
import { DynamoDbState } from './state.js';
import { tableOperations } from './tables.js';
import { transactionOperations } from './transactions.js';

export interface DynamoDbSettings {
  /** Milliseconds for which a new table is CREATING. Default 0. */
  readonly createMs: number;
  /** Milliseconds for which a transaction is under way, and others conflict with it. Default 0: they never do. */
  readonly transactionMs: number;
}

/**
 * DynamoDB: tables without indexes, items, expressions, queries and transactions. What it does not have it says, by
 * name. Capacity is not counted: throttling is an injected fault.
 *
 * `POST /_double/dynamodb/settings` with some of {@link DynamoDbSettings} changes them.
 */
export function dynamoDbDouble(
  options: DoubleOptions,
  settings: Partial<DynamoDbSettings> = {},
): ServiceDouble {
  const current = { createMs: 0, transactionMs: 0, ...settings };
  const context: DynamoDbContext = {
    state: new DynamoDbState(options.journals, options.now),
    locks: new Locks(),
    arnPrefix: `arn:aws:dynamodb:${options.region}:${options.accountId}`,
    createMs: () => current.createMs,
    transactionMs: () => current.transactionMs,
    now: options.now,
  };
  return {
    service: 'dynamodb',
    operations: {
      ...tableOperations(context),
      ...itemOperations(context),
      ...queryOperations(context),
      ...transactionOperations(context),
    },
    admin: {
      settings: (body) => {
        for (const name of ['createMs', 'transactionMs'] as const) {
          const value = (body as Partial<DynamoDbSettings> | null)?.[name];
          if (value !== undefined) current[name] = Number(value);
        }
        return { ...current };
      },
    },
  };
}
