import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DynamoDb, TABLE, key } from '../../test/dynamodb.js';

let dynamoDb: DynamoDb;

beforeAll(async () => {
  dynamoDb = await DynamoDb.start();
});
afterAll(() => dynamoDb.close());

const item = {
  ...key('p', 's'),
  count: { N: '10' },
  price: { N: '9.5' },
  name: { S: 'Grüße' },
  tags: { SS: ['a', 'b'] },
  list: { L: [{ S: 'x' }, { M: { deep: { N: '1' } } }] },
  gone: { NULL: true },
};

/** Whether a condition holds of the item; the check changes nothing. */
async function check(
  condition: string,
  values: Record<string, object> = {},
  names: Record<string, string> = {},
) {
  try {
    await dynamoDb.transact([
      {
        ConditionCheck: {
          TableName: TABLE,
          Key: key('p', 's'),
          ConditionExpression: condition,
          ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values as never }),
          ...(Object.keys(names).length === 0 ? {} : { ExpressionAttributeNames: names }),
        },
      },
    ]);
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'TransactionCanceledException') return false;
    throw error;
  }
}

describe('conditions', () => {
  beforeAll(async () => void (await dynamoDb.put(item)));

  const n = (text: string) => ({ ':v': { N: text } });

  it.each<[string, Record<string, object>, boolean]>([
    ['price < :v', n('10'), true],
    ['price < :v', n('9.4999'), false],
    ['price = :v', n('9.50'), true],
    ['price = :v', { ':v': { S: '9.5' } }, false],
    ['price <> :v', { ':v': { S: '9.5' } }, true],
    ['price < :v', { ':v': { S: 'z' } }, false],
    ['lacking = :v', n('1'), false],
    ['lacking <> :v', n('1'), true],
    ['attribute_exists(price) AND attribute_not_exists(lacking)', {}, true],
    ['attribute_not_exists(price) OR NOT price > :v', n('9'), false],
    ['NOT attribute_exists(lacking) and (price = :v or price > :v)', n('9'), true],
    ['price BETWEEN :v AND :w', { ...n('9'), ':w': { N: '10' } }, true],
    ['price IN (:v, :w)', { ...n('1'), ':w': { N: '9.5' } }, true],
    ['begins_with(sk, :v)', { ':v': { S: 's' } }, true],
    ['contains(tags, :v)', { ':v': { S: 'b' } }, true],
    ['contains(tags, :v)', { ':v': { S: 'c' } }, false],
    ['size(tags) = :v', n('2'), true],
    ['tags = :v', { ':v': { SS: ['b', 'a'] } }, true],
    ['attribute_type(gone, :v)', { ':v': { S: 'NULL' } }, true],
  ])('%s with %j: %s', async (condition, values, holds) => {
    expect(await check(condition, values)).toBe(holds);
  });

  it('reach into lists and maps, and count the bytes of a text', async () => {
    const values = { ':one': { N: '1' }, ':seven': { N: '7' } };
    expect(
      await check('#list[1].deep = :one AND size(#name) = :seven', values, {
        '#list': 'list',
        '#name': 'name',
      }),
    ).toBe(true);
  });

  it.each<[string, Record<string, object>, Record<string, string>, string]>([
    ['count = :v', n('1'), {}, 'Attribute name is a reserved keyword; reserved keyword: count'],
    ['price = :v', {}, {}, 'attribute value used in expression is not defined; attribute value: :v'],
    ['#p = :v', n('1'), {}, 'attribute name used in the document path is not defined; attribute name: #p'],
    [
      'price = :v',
      { ...n('1'), ':w': { N: '1' } },
      {},
      'ExpressionAttributeValues unused in expressions: keys: {:w}',
    ],
    ['price = :v', n('1'), { '#p': 'price' }, 'ExpressionAttributeNames unused in expressions: keys: {#p}'],
    ['price == :v', n('1'), {}, 'Syntax error; token: "="'],
    ['price = :v AND', n('1'), {}, 'Syntax error; token: "<EOF>"'],
    ['exists(price)', {}, {}, 'Invalid function name; function: exists'],
    ['price = :v', n('one'), {}, 'cannot be converted to a numeric value: one'],
  ])('refuse %s', async (condition, values, names, message) => {
    await expect(check(condition, values, names)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(message),
    });
  });
});

describe('updates', () => {
  it('see the item as it was, and answer it as it is', async () => {
    await dynamoDb.put(item);
    const { Attributes } = await dynamoDb.update({
      Key: key('p', 's'),
      UpdateExpression:
        'SET #count = #count - :by, earlier = #count, fresh = if_not_exists(fresh, :by), #list = list_append(#list, :more) REMOVE gone ADD amount :by DELETE tags :a',
      ExpressionAttributeNames: { '#count': 'count', '#list': 'list' },
      ExpressionAttributeValues: { ':by': { N: '2.5' }, ':more': { L: [{ S: 'y' }] }, ':a': { SS: ['a'] } },
      ReturnValues: 'ALL_NEW',
    });
    expect(Attributes).toEqual({
      ...key('p', 's'),
      count: { N: '7.5' },
      earlier: { N: '10' },
      fresh: { N: '2.5' },
      amount: { N: '2.5' },
      price: { N: '9.5' },
      name: { S: 'Grüße' },
      tags: { SS: ['b'] },
      list: { L: [...item.list.L, { S: 'y' }] },
    });
    expect(await dynamoDb.get('p', 's')).toEqual(Attributes);
  });

  it('make the item where there is none, and add up large numbers exactly', async () => {
    const add = (by: string) =>
      dynamoDb.update({
        Key: key('p', 'sum'),
        UpdateExpression: 'ADD amount :by',
        ExpressionAttributeValues: { ':by': { N: by } },
      });
    await add('12345678901234567890123456789012345678');
    await add('-1');
    expect(await dynamoDb.get('p', 'sum')).toMatchObject({
      amount: { N: '12345678901234567890123456789012345677' },
    });
  });

  it.each([
    ['SET pk = :v', 'This attribute is part of the key'],
    ['SET a = :v, a = :v', 'Two document paths overlap'],
    ['SET a = :v SET b = :v', 'The "SET" section can only be used once'],
    ['SET a = nothing + :v', 'refers to an attribute that does not exist'],
    ['ADD price :v', 'incorrect data type'],
  ])('refuse %s', async (expression, message) => {
    await dynamoDb.put(item);
    await expect(
      dynamoDb.update({
        Key: key('p', 's'),
        UpdateExpression: expression,
        ExpressionAttributeValues: { ':v': { S: 'x' } },
      }),
    ).rejects.toMatchObject({ name: 'ValidationException', message: expect.stringContaining(message) });
    expect(await dynamoDb.get('p', 's')).toEqual(item);
  });
});
