import { afterEach, describe, expect, it } from '@jest/globals';
import { DynamoDb, TABLE, key } from '../../test/dynamodb.js';
import { memoryJournals } from '../journal/memory-journals.js';

let dynamoDb: DynamoDb;
afterEach(() => dynamoDb.close());

const put = (pk: string, n: string, condition?: string) => ({
  Put: {
    TableName: TABLE,
    Item: { ...key(pk, 's'), n: { N: n } },
    ...(condition === undefined ? {} : { ConditionExpression: condition }),
  },
});
const absent = 'attribute_not_exists(pk)';

describe('a transaction', () => {
  it('writes all of it or nothing, and says what was in the way', async () => {
    dynamoDb = await DynamoDb.start();
    await dynamoDb.transact([put('a', '1', absent), put('b', '1')]);
    const failing = {
      Update: {
        TableName: TABLE,
        Key: key('a', 's'),
        UpdateExpression: 'ADD n :one',
        ConditionExpression: 'n = :two',
        ExpressionAttributeValues: { ':one': { N: '1' }, ':two': { N: '2' } },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
      },
    };
    await expect(dynamoDb.transact([put('c', '1'), failing, put('b', '9')])).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      message: expect.stringContaining('[None, ConditionalCheckFailed, None]'),
      CancellationReasons: [
        { Code: 'None' },
        { Code: 'ConditionalCheckFailed', Item: { ...key('a', 's'), n: { N: '1' } } },
        { Code: 'None' },
      ],
    });
    expect(await dynamoDb.getTogether(['a', 's'], ['b', 's'], ['c', 's'])).toEqual([
      { ...key('a', 's'), n: { N: '1' } },
      { ...key('b', 's'), n: { N: '1' } },
      undefined,
    ]);
  });

  it('happens once under its token, also over a restart, for ten minutes', async () => {
    let now = 1_000_000;
    const journals = memoryJournals();
    const start = () => DynamoDb.start({}, { journals, now: () => now });
    const add = {
      Update: {
        TableName: TABLE,
        Key: key('sum', 's'),
        UpdateExpression: 'ADD n :by',
        ExpressionAttributeValues: { ':by': { N: '1' } },
      },
    };
    dynamoDb = await start();
    const token = { ClientRequestToken: 'token-1' };
    await dynamoDb.transact([add], token);
    await dynamoDb.transact([add], token);
    await dynamoDb.close();
    dynamoDb = await start();
    await dynamoDb.transact([add], token);
    expect(await dynamoDb.get('sum', 's')).toMatchObject({ n: { N: '1' } });
    await expect(dynamoDb.transact([put('sum', '5')], token)).rejects.toMatchObject({
      name: 'IdempotentParameterMismatchException',
    });
    now += 600_000;
    await dynamoDb.transact([add], token);
    expect(await dynamoDb.get('sum', 's')).toMatchObject({ n: { N: '2' } });
  });

  it('conflicts with others that want its items while it is under way', async () => {
    dynamoDb = await DynamoDb.start({ transactionMs: 300 });
    const first = dynamoDb.transact([put('a', '1'), put('b', '1')]);
    // Its items are held from when it arrives: what is sent after it on the same client may arrive before.
    const conflict = async (what: () => Promise<unknown>): Promise<unknown> => {
      for (;;) {
        try {
          await what();
        } catch (error) {
          return error;
        }
      }
    };
    expect(await conflict(() => dynamoDb.getTogether(['c', 's'], ['b', 's']))).toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [{ Code: 'None' }, { Code: 'TransactionConflict' }],
    });
    await expect(dynamoDb.transact([put('c', '1'), put('b', '2')])).rejects.toMatchObject({
      CancellationReasons: [{ Code: 'None' }, { Code: 'TransactionConflict' }],
    });
    await expect(dynamoDb.put({ ...key('a', 's') })).rejects.toMatchObject({
      name: 'TransactionConflictException',
    });
    const { UnprocessedItems } = await dynamoDb.batch([
      { DeleteRequest: { Key: key('a', 's') } },
      { PutRequest: { Item: key('d', 's') } },
    ]);
    expect(UnprocessedItems).toEqual({ [TABLE]: [{ DeleteRequest: { Key: key('a', 's') } }] });
    expect(await dynamoDb.get('b', 's')).toBeUndefined();
    await first;
    await dynamoDb.transact([put('b', '2')]);
    expect(await dynamoDb.get('b', 's')).toMatchObject({ n: { N: '2' } });
  });

  it.each([
    ['two writes of one item', [put('a', '1'), put('a', '2')], 'multiple operations on one item'],
    [
      'an action that is two',
      [{ ...put('a', '1'), Delete: { TableName: TABLE, Key: key('a', 's') } }],
      'can only contain one of',
    ],
    [
      'more than 4 MB',
      [...Array(11).keys()].map((i) => ({
        Put: { TableName: TABLE, Item: { ...key('l', String(i)), t: { S: 'x'.repeat(400_000) } } },
      })),
      '4 MB',
    ],
    [
      'more than 100 items',
      [...Array(101).keys()].map((i) => put(String(i), '1')),
      'less than or equal to 100',
    ],
  ])('refuses %s', async (_, items, message) => {
    dynamoDb = await DynamoDb.start();
    await expect(dynamoDb.transact(items)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(message),
    });
  });
});
