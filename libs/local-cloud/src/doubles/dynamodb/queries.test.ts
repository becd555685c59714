import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DynamoDb, TABLE, key } from '../../test/dynamodb.js';

let dynamoDb: DynamoDb;

beforeAll(async () => {
  dynamoDb = await DynamoDb.start();
  // A sort key is in the order of its UTF-8 bytes, which is not that of JavaScript's strings.
  for (const sk of ['b', 'a', 'é', '\u{10400}', '\uffee', 'a2', 'B'])
    await dynamoDb.put({ ...key('p', sk), n: { N: '1' } });
  await dynamoDb.put({ ...key('q', 'a'), n: { N: '2' } });
});
afterAll(() => dynamoDb.close());

const inPartition = {
  KeyConditionExpression: 'pk = :p',
  ExpressionAttributeValues: { ':p': { S: 'p' } },
};
const sortKeys = (items: readonly Record<string, { S?: string | undefined }>[] = []) =>
  items.map(({ sk }) => sk?.S);
const ordered = ['B', 'a', 'a2', 'b', 'é', '\uffee', '\u{10400}'];

describe('a query', () => {
  it('answers one partition in the order of the sort key, both ways', async () => {
    expect(sortKeys((await dynamoDb.query(inPartition)).Items as never)).toEqual(ordered);
    const { Items } = await dynamoDb.query({ ...inPartition, ScanIndexForward: false });
    expect(sortKeys(Items as never)).toEqual([...ordered].reverse());
  });

  it('goes on after the key it ended at, also past the last item', async () => {
    const pages: unknown[] = [];
    let start: Record<string, never> | undefined;
    do {
      const page = await dynamoDb.query({
        ...inPartition,
        Limit: 3,
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      });
      pages.push(...sortKeys(page.Items));
      start = page.LastEvaluatedKey as never;
    } while (start !== undefined);
    expect(pages).toEqual(ordered);
    const { LastEvaluatedKey } = await dynamoDb.query({ ...inPartition, Limit: ordered.length });
    expect(LastEvaluatedKey).toEqual(key('p', '\u{10400}'));
  });

  it.each([
    ['sk > :s', ['a2', 'b', 'é', '\uffee', '\u{10400}']],
    ['begins_with(sk, :s)', ['a', 'a2']],
    ['sk BETWEEN :s AND :s', ['a']],
  ])('bounds the sort key by %s', async (bound, expected) => {
    const { Items } = await dynamoDb.query({
      KeyConditionExpression: `pk = :p AND ${bound}`,
      ExpressionAttributeValues: { ':p': { S: 'p' }, ':s': { S: 'a' } },
    });
    expect(sortKeys(Items as never)).toEqual(expected);
  });

  it('filters after the limit, and projects', async () => {
    const { Items, Count, ScannedCount, LastEvaluatedKey } = await dynamoDb.query({
      ...inPartition,
      Limit: 2,
      FilterExpression: 'sk = :a',
      ProjectionExpression: 'n',
      ExpressionAttributeValues: { ':p': { S: 'p' }, ':a': { S: 'a' } },
    });
    expect({ Items, Count, ScannedCount }).toEqual({ Items: [{ n: { N: '1' } }], Count: 1, ScannedCount: 2 });
    expect(LastEvaluatedKey).toEqual(key('p', 'a'));
  });

  it('ends a page at a mebibyte', async () => {
    for (let i = 0; i < 5; i++)
      await dynamoDb.put({ ...key('large', String(i)), text: { S: 'x'.repeat(300_000) } });
    const { Count, LastEvaluatedKey } = await dynamoDb.query({
      ...inPartition,
      ExpressionAttributeValues: { ':p': { S: 'large' } },
    });
    expect({ Count, LastEvaluatedKey }).toEqual({ Count: 4, LastEvaluatedKey: key('large', '3') });
    for (let i = 0; i < 5; i++) await dynamoDb.delete('large', String(i));
  });

  it.each([
    ['sk = :p', 'missed key schema element: pk'],
    ['pk > :p', 'missed key schema element: pk'],
    ['pk = :p AND n = :p', 'not supported'],
  ])('needs a partition: not %s', async (condition, message) => {
    await expect(dynamoDb.query({ ...inPartition, KeyConditionExpression: condition })).rejects.toMatchObject(
      {
        name: 'ValidationException',
        message: expect.stringContaining(message),
      },
    );
  });
});

describe('a scan', () => {
  it('answers all partitions, in pages', async () => {
    const { Items, LastEvaluatedKey } = await dynamoDb.scan({ Limit: 5 });
    const rest = await dynamoDb.scan({ ExclusiveStartKey: LastEvaluatedKey });
    const found = [...(Items ?? []), ...(rest.Items ?? [])].map(({ pk, sk }) => `${pk?.S} ${sk?.S}`);
    expect(found.sort()).toEqual([...ordered.map((sk) => `p ${sk}`), 'q a'].sort());
  });
});

describe('a table', () => {
  it('says what it is', async () => {
    const { Table } = await dynamoDb.client.send(new DescribeTableCommand({ TableName: TABLE }));
    expect(Table).toMatchObject({
      TableStatus: 'ACTIVE',
      TableArn: 'arn:aws:dynamodb:eu-west-1:123456789012:table/items',
      ItemCount: 8,
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    });
  });

  it.each(['a', 'ab', 'with space', 'x'.repeat(256)])('is not called %p', async (TableName) => {
    const create = new CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    });
    await expect(dynamoDb.client.send(create)).rejects.toMatchObject({ name: 'ValidationException' });
    expect(await dynamoDb.tables()).toEqual([TABLE]);
  });

  it.each<[string, object, string]>([
    ['without its key', { pk: { S: 'p' } }, 'Missing the key sk'],
    [
      'with a key of another type',
      { ...key('p', 's'), sk: { N: '1' } },
      'Type mismatch for key sk expected: S actual: N',
    ],
    ['with an empty key', key('p', ''), 'cannot contain an empty string value. Key: sk'],
    ['that is too large', { ...key('p', 's'), text: { S: 'x'.repeat(409_600) } }, 'maximum allowed size'],
    ['with an empty set', { ...key('p', 's'), set: { SS: [] } }, 'may not be empty'],
  ])('refuses an item %s', async (_, item, message) => {
    await expect(dynamoDb.put(item as never)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(message),
    });
  });

  it('can expire its items', async () => {
    const specification = { AttributeName: 'expireAt', Enabled: true };
    const enable = () =>
      dynamoDb.client.send(
        new UpdateTimeToLiveCommand({ TableName: TABLE, TimeToLiveSpecification: specification }),
      );
    await enable();
    const { TimeToLiveDescription } = await dynamoDb.client.send(
      new DescribeTimeToLiveCommand({ TableName: TABLE }),
    );
    expect(TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expireAt' });
    await expect(enable()).rejects.toMatchObject({ message: 'TimeToLive is already enabled' });
  });

  it('answers what was deleted', async () => {
    await dynamoDb.put({ ...key('gone', 's'), n: { N: '1' } });
    expect((await dynamoDb.delete('gone', 's')).Attributes).toEqual({ ...key('gone', 's'), n: { N: '1' } });
    expect(await dynamoDb.get('gone', 's')).toBeUndefined();
    expect((await dynamoDb.delete('gone', 's')).Attributes).toBeUndefined();
  });
});
