import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  GetItemCommand,
  UpdateTimeToLiveCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';
import { keyOf } from './event-rows.js';
import { dynamoDbError, patiently, type Patience } from './patience.js';

/** When an item may be deleted by DynamoDB itself, in seconds since the epoch: only outcomes of requests have it. */
export const EXPIRY_ATTRIBUTE = 'expireAt';
const READY_TIMEOUT_MS = 60_000;

/**
 * Creates the table of one service where it is missing, and waits until it can be used. For provisioning and tests:
 * services create nothing. Keys `pk` and `sk`, both texts; on demand; items expire by `expireAt`.
 *
 * @throws OutboxError `UNAVAILABLE`, `DATABASE`
 */
export async function ensureTable(client: DynamoDBClient, tableName: string): Promise<void> {
  const what = `creating the table ${tableName}`;
  const patience = { retryForMs: READY_TIMEOUT_MS };
  try {
    await patiently(what, patience, () => create(client, tableName));
    await patiently(what, patience, () => becomesActive(client, tableName));
    await patiently(what, patience, () => expires(client, tableName));
  } catch (error) {
    throw dynamoDbError(error, what);
  }
}

/** Whether entities can be read from the table. @throws OutboxError `UNAVAILABLE`, `DATABASE` */
export async function checkTable(
  client: DynamoDBClient,
  tableName: string,
  patience: Patience,
): Promise<void> {
  const what = `looking at the table ${tableName}, which provisioning creates`;
  try {
    await patiently(what, patience, () =>
      client.send(new GetItemCommand({ TableName: tableName, Key: keyOf('outbox', 'lease') })),
    );
  } catch (error) {
    throw dynamoDbError(error, what);
  }
}

async function create(client: DynamoDBClient, tableName: string): Promise<void> {
  try {
    await client.send(
      new CreateTableCommand({
        TableName: tableName,
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ResourceInUseException') throw error;
  }
}

async function becomesActive(client: DynamoDBClient, tableName: string): Promise<void> {
  for (;;) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
    if (Table?.TableStatus === 'ACTIVE') return;
    await sleep(200);
  }
}

async function expires(client: DynamoDBClient, tableName: string): Promise<void> {
  const { TimeToLiveDescription: found } = await client.send(
    new DescribeTimeToLiveCommand({ TableName: tableName }),
  );
  if (found?.TimeToLiveStatus === 'ENABLED' || found?.TimeToLiveStatus === 'ENABLING') return;
  await client.send(
    new UpdateTimeToLiveCommand({
      TableName: tableName,
      TimeToLiveSpecification: { AttributeName: EXPIRY_ATTRIBUTE, Enabled: true },
    }),
  );
}
