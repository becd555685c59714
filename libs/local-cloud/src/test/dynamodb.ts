import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type AttributeValue,
  type BatchWriteItemCommandInput,
  type QueryCommandInput,
  type ScanCommandInput,
  type TransactWriteItem,
  type TransactWriteItemsCommandInput,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { dynamoDbDouble, type DynamoDbSettings } from '../doubles/dynamodb/index.js';
import type { DoublesServer } from '../doubles/framework/server.js';
import type { DoubleOptions } from '../doubles/framework/types.js';
import { sdkConfig, serve, testOptions } from './serve.js';

export const TABLE = 'items';
type Attributes = Record<string, AttributeValue>;
type Optional<T extends { TableName: string | undefined }> = Omit<T, 'TableName'>;

/** The DynamoDB double with one table of `pk` and `sk`, and the SDK's client in short. */
export class DynamoDb {
  readonly client: DynamoDBClient;
  readonly #server: DoublesServer;

  private constructor(server: DoublesServer) {
    this.#server = server;
    this.client = new DynamoDBClient(sdkConfig(server.url));
  }

  static async start(
    settings: Partial<DynamoDbSettings> = {},
    options: Partial<DoubleOptions> = {},
  ): Promise<DynamoDb> {
    const dynamoDb = new DynamoDb(await serve([dynamoDbDouble(testOptions(options), settings)]));
    if ((await dynamoDb.tables()).includes(TABLE)) return dynamoDb;
    await dynamoDb.client.send(
      new CreateTableCommand({
        TableName: TABLE,
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
    return dynamoDb;
  }

  async tables(): Promise<readonly string[]> {
    return (await this.client.send(new ListTablesCommand({}))).TableNames ?? [];
  }

  put(item: Attributes, condition?: string) {
    return this.client.send(
      new PutItemCommand({
        TableName: TABLE,
        Item: item,
        ...(condition === undefined ? {} : { ConditionExpression: condition }),
      }),
    );
  }

  async get(pk: string, sk: string): Promise<Attributes | undefined> {
    const { Item } = await this.client.send(new GetItemCommand({ TableName: TABLE, Key: key(pk, sk) }));
    return Item;
  }

  update(input: Optional<UpdateItemCommandInput>) {
    return this.client.send(new UpdateItemCommand({ TableName: TABLE, ...input }));
  }

  delete(pk: string, sk: string) {
    return this.client.send(
      new DeleteItemCommand({ TableName: TABLE, Key: key(pk, sk), ReturnValues: 'ALL_OLD' }),
    );
  }

  query(input: Optional<QueryCommandInput>) {
    return this.client.send(new QueryCommand({ TableName: TABLE, ConsistentRead: true, ...input }));
  }

  scan(input: Optional<ScanCommandInput> = {}) {
    return this.client.send(new ScanCommand({ TableName: TABLE, ...input }));
  }

  batch(requests: NonNullable<BatchWriteItemCommandInput['RequestItems']>[string]) {
    return this.client.send(new BatchWriteItemCommand({ RequestItems: { [TABLE]: requests } }));
  }

  transact(items: TransactWriteItem[], rest: Partial<TransactWriteItemsCommandInput> = {}) {
    return this.client.send(new TransactWriteItemsCommand({ TransactItems: items, ...rest }));
  }

  async getTogether(...keys: [pk: string, sk: string][]): Promise<(Attributes | undefined)[]> {
    const { Responses } = await this.client.send(
      new TransactGetItemsCommand({
        TransactItems: keys.map(([pk, sk]) => ({ Get: { TableName: TABLE, Key: key(pk, sk) } })),
      }),
    );
    return (Responses ?? []).map(({ Item }) => Item);
  }

  async close(): Promise<void> {
    this.client.destroy();
    await this.#server.close();
  }
}

export const key = (pk: string, sk: string) => ({ pk: { S: pk }, sk: { S: sk } });
