import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestCloud, type TestCloud } from '@mesh/testkit';
import { book, context, library, told, type Book } from '../test/shelves.js';

let cloud: TestCloud;
let table: Awaited<ReturnType<typeof library>>;

beforeAll(async () => {
  cloud = await startTestCloud();
}, 240_000);
afterAll(() => cloud.close());

beforeEach(async () => {
  table = await library(cloud);
});
afterEach(async () => {
  await cloud.calm();
  await cloud.admin('dynamodb/settings', { transactionMs: 0 });
  table.close();
});

/** All events that wait, in order. */
async function events() {
  const lease = await table.outbox.source.acquire(new AbortController().signal);
  const batch = await lease.readBatch(1_000);
  await lease.release();
  return [...batch.events].sort((a, b) => (told(a) < told(b) ? -1 : 1));
}

describe('entities in DynamoDB', () => {
  it('are created, changed and deleted under their version, each with its event', async () => {
    const { books } = table;
    expect(await books.create(book('a'), context)).toEqual({
      outcome: 'stored',
      version: 1,
      entity: book('a'),
    });
    expect(await books.get('a')).toEqual({ entity: book('a'), version: 1 });
    const changed = book('a', { title: 'Walden; or, Life in the Woods' });
    expect(await books.replace('a', 1, changed, context)).toEqual({
      outcome: 'stored',
      version: 2,
      entity: changed,
    });
    expect(await books.remove('a', 2, context)).toEqual({ outcome: 'removed', version: 3 });
    expect(await books.get('a')).toBeUndefined();
    const waiting = await events();
    expect(waiting.map(told)).toEqual(['books a 1', 'books a 2', 'books a 3 gone']);
    expect(waiting[1]).toMatchObject({
      value: Buffer.from(JSON.stringify(changed)),
      headers: [
        ['ce_correlationid', Buffer.from('request-1')],
        ['empty', null],
      ],
    });
    expect(new Set(waiting.map(({ eventId }) => eventId)).size).toBe(3);
  });

  it('tell what is in the way of a change, and write nothing', async () => {
    const { books } = table;
    expect(await books.replace('a', 1, book('a'), context)).toEqual({ outcome: 'missing' });
    await books.create(book('a'), context);
    expect(await books.create(book('a'), context)).toEqual({ outcome: 'exists', version: 1 });
    expect(await books.replace('a', 2, book('a'), context)).toEqual({ outcome: 'conflict', version: 1 });
    expect(await books.remove('a', 7, context)).toEqual({ outcome: 'conflict', version: 1 });
    await books.remove('a', 1, context);
    expect(await books.remove('a', 2, context)).toEqual({ outcome: 'missing' });
    expect((await events()).map(told)).toEqual(['books a 1', 'books a 2 gone']);
  });

  it('go on with their versions when created again', async () => {
    const { books } = table;
    await books.create(book('a'), context);
    await books.remove('a', 1, context);
    expect(await books.create(book('a'), context)).toMatchObject({ outcome: 'stored', version: 3 });
  });

  it('are changed by one of many at once', async () => {
    await cloud.admin('dynamodb/settings', { transactionMs: 5 });
    const { books } = table;
    await books.create(book('a'), context);
    const outcomes = await Promise.all(
      [...Array(20).keys()].map((i) => books.replace('a', 1, book('a', { title: String(i) }), context)),
    );
    expect(outcomes.filter(({ outcome }) => outcome === 'stored')).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === 'conflict')).toHaveLength(19);
    expect((await events()).map(told)).toEqual(['books a 1', 'books a 2']);
  });
});

describe('a request sent again', () => {
  const keyed = (key: string, fingerprint = 'f') => ({ ...context, idempotency: { key, fingerprint } });

  it('gets the outcome it got, and changes nothing', async () => {
    const { books } = table;
    const made = await books.create(book('a'), keyed('k1'));
    await books.replace('a', 1, book('a', { title: 'Later' }), context);
    expect(await books.create(book('a'), keyed('k1'))).toEqual(made);
    await books.remove('a', 2, keyed('k2'));
    expect(await books.remove('a', 2, keyed('k2'))).toEqual({ outcome: 'removed', version: 3 });
    expect(await books.create(book('a'), keyed('k1', 'another'))).toEqual({ outcome: 'key-reused' });
    expect((await events()).map(told)).toEqual(['books a 1', 'books a 2', 'books a 3 gone']);
  });

  it('gets the outcome also where the first was under way when it began', async () => {
    const { books } = table;
    await books.create(book('a'), context);
    const overtaken = table.open(table.elsewhere).entities<Book>({
      kind: 'book',
      idField: 'bookId',
      event: () => {
        throw new Error('it changes nothing');
      },
    });
    const going = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const send = table.elsewhere.send.bind(table.elsewhere) as (command: object) => Promise<unknown>;
    // It looks up the key before the first has come to its end, and the entity afterwards.
    Object.assign(table.elsewhere, {
      send: async (command: { input: { Key?: { sk?: { S?: string } } } }) => {
        if (command.input.Key?.sk?.S === 'state') await going.promise;
        const answer = await send(command);
        asked.resolve();
        return answer;
      },
    });
    const changed = book('a', { title: 'Later' });
    const second = overtaken.replace('a', 1, changed, keyed('k'));
    await asked.promise;
    const first = await books.replace('a', 1, changed, keyed('k'));
    going.resolve();
    expect(await second).toEqual(first);
    expect(first).toMatchObject({ outcome: 'stored', version: 2 });
  });

  it('changes once, also when many arrive at once', async () => {
    await cloud.admin('dynamodb/settings', { transactionMs: 5 });
    const outcomes = await Promise.all(
      [...Array(10).keys()].map(() => table.books.create(book('a'), keyed('k'))),
    );
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1);
    expect((await events()).map(told)).toEqual(['books a 1']);
  });
});

describe('an entity that others name', () => {
  it('must be there, and can not be deleted while it is named', async () => {
    const { books, shelves } = table;
    const refused = {
      outcome: 'refused',
      problem: { field: 'shelfId', reason: 'must be the id of a shelf that there is' },
    };
    expect(await books.create(book('a', { shelfId: 's' }), context)).toEqual(refused);
    await shelves.create({ shelfId: 's', label: 'left' }, context);
    await shelves.create({ shelfId: 't', label: 'right' }, context);
    await books.create(book('a', { shelfId: 's' }), context);
    await books.create(book('b', { shelfId: 's' }), context);
    expect(await shelves.remove('s', 1, context)).toEqual({
      outcome: 'refused',
      problem: { field: 'shelfId', reason: 'is named by 2 books: change or delete them first' },
    });
    await shelves.replace('s', 1, { shelfId: 's', label: 'top' }, context);
    await books.replace('a', 1, book('a', { shelfId: 't' }), context);
    await books.remove('b', 1, context);
    expect(await shelves.remove('s', 2, context)).toMatchObject({ outcome: 'removed' });
    expect(await books.replace('a', 2, book('a', { shelfId: 's' }), context)).toEqual(refused);
    expect(await shelves.remove('t', 1, context)).toMatchObject({ outcome: 'refused' });
  });

  it('is never left to dangle, whoever comes first', async () => {
    await cloud.admin('dynamodb/settings', { transactionMs: 3 });
    const { books, shelves } = table;
    for (let round = 0; round < 10; round++) {
      const shelfId = `s${round}`;
      await shelves.create({ shelfId, label: 'x' }, context);
      const [put, removed] = await Promise.all([
        books.create(book(`b${round}`, { shelfId }), context),
        shelves.remove(shelfId, 1, context),
      ]);
      expect([put.outcome, removed.outcome].sort()).toEqual(
        put.outcome === 'stored' ? ['refused', 'stored'] : ['refused', 'removed'],
      );
    }
  });
});

describe('faults of DynamoDB', () => {
  it('are waited out: throttling, conflicts, and answers that were lost', async () => {
    const fault = (spec: object) => cloud.fault({ service: 'dynamodb', kind: 'error', ...spec });
    const code = 'ProvisionedThroughputExceededException';
    await fault({ operation: 'TransactWriteItems', code, count: 3 });
    await fault({ operation: 'GetItem', code: 'ThrottlingException', count: 2 });
    await fault({ operation: 'TransactWriteItems', code: 'TransactionInProgressException', count: 1 });
    await cloud.fault({
      service: 'dynamodb',
      operation: 'TransactWriteItems',
      kind: 'disconnect',
      when: 'after',
      count: 1,
    });
    expect(await table.books.create(book('a'), context)).toMatchObject({ outcome: 'stored', version: 1 });
    expect((await events()).map(told)).toEqual(['books a 1']);
    expect(await cloud.calls('dynamodb', 'TransactWriteItems')).toBe(6);
  });

  it('that last are told, as what a repetition may cure', async () => {
    const { books } = await library(cloud, { retryForMs: 200 });
    await cloud.fault({ service: 'dynamodb', kind: 'disconnect' });
    await expect(books.get('a')).rejects.toMatchObject({ code: 'UNAVAILABLE', retriable: true });
    await expect(books.create(book('a'), context)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(table.outbox.check()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await cloud.calm();
    await table.outbox.check();
    await cloud.fault({ service: 'dynamodb', kind: 'error', code: 'ResourceNotFoundException' });
    await expect(table.outbox.check()).rejects.toThrow(/which provisioning creates/);
    await expect(books.get('a')).rejects.toMatchObject({ code: 'DATABASE', retriable: false });
  });
});
