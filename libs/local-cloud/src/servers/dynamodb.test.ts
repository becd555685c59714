import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { sdkConfig } from '../test/serve.js';
import { startDynamoDb } from './dynamodb.js';
import type { LocalServer } from './local-server.js';
import { isRunning } from './process-table.js';

describe('the DynamoDB server', () => {
  let server: LocalServer;

  beforeAll(async () => {
    server = await startDynamoDb();
  }, 240_000);

  afterAll(async () => {
    await server.stop();
  });

  it('has its tables and items at the same address after kill -9 and restart', async () => {
    const { url, pid } = server;
    const client = new DynamoDBClient(sdkConfig(url));
    await client.send(
      new CreateTableCommand({
        TableName: 'kept',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    const item = {
      id: { S: 'a' },
      bytes: { B: Uint8Array.of(0, 255) },
      list: { L: [{ N: '1.50' }, { BOOL: true }] },
    };
    await client.send(new PutItemCommand({ TableName: 'kept', Item: item }));
    await server.kill();
    expect(isRunning(pid)).toBe(false);
    await expect(
      client.send(new GetItemCommand({ TableName: 'kept', Key: { id: { S: 'a' } } })),
    ).rejects.toThrow('ECONNREFUSED');
    await server.restart();
    expect(server.url).toBe(url);
    const { Item } = await client.send(new GetItemCommand({ TableName: 'kept', Key: { id: { S: 'a' } } }));
    expect(Item).toMatchObject({ ...item, list: { L: [{ N: '1.5' }, { BOOL: true }] } });
    client.destroy();
  });
});
