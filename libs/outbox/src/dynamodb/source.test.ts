import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@mesh/jest/until.mjs';
import { startTestCloud, type TestCloud } from '@mesh/testkit';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OutboxLease } from '../source.js';
import { book, context, library, told } from '../test/shelves.js';
import { eventKey, fromRow } from './event-rows.js';
import { DynamoDbOutboxSource } from './source.js';
import { Wakeup } from './wakeup.js';

let cloud: TestCloud;
let table: Awaited<ReturnType<typeof library>>;
const leases: OutboxLease[] = [];
const never = new AbortController().signal;

beforeAll(async () => {
  cloud = await startTestCloud();
}, 240_000);
afterAll(() => cloud.close());

beforeEach(async () => {
  table = await library(cloud, { leaseMs: 600 });
});
afterEach(async () => {
  await Promise.all(leases.splice(0).map((lease) => lease.release()));
  await cloud.calm();
  table.close();
});

/** Creates `id` and changes it until it is at `versions`. */
async function write(id: string, versions: number): Promise<void> {
  await table.books.create(book(id), context);
  for (let version = 1; version < versions; version++) {
    await table.books.replace(id, version, book(id, { title: String(version) }), context);
  }
}

const row = (id: string, version: number) => eventKey({ topic: 'books', aggregateId: id }, version);

async function take(id: string, version: number) {
  const { client, tableName: TableName } = table;
  const { Item } = await client.send(new GetItemCommand({ TableName, Key: row(id, version) }));
  await client.send(new DeleteItemCommand({ TableName, Key: row(id, version) }));
  return Item;
}

async function leaseOf(open = table.outbox): Promise<OutboxLease> {
  const lease = await open.source.acquire(never);
  leases.push(lease);
  return lease;
}

/** Reads and removes until nothing is left. */
async function drain(lease: OutboxLease, limit: number): Promise<string[]> {
  const seen: string[] = [];
  for (;;) {
    const batch = await lease.readBatch(limit);
    if (batch.events.length === 0) return seen;
    seen.push(...batch.events.map(told));
    await lease.remove(batch);
  }
}

/** Called before each call of the client; ends the interception when called. */
function intercept(before: (command: object) => Promise<void>): () => void {
  const { client } = table;
  const send = client.send.bind(client) as (command: object) => Promise<unknown>;
  Object.assign(client, {
    send: async (command: object) => {
      await before(command);
      return send(command);
    },
  });
  return () => void Object.assign(client, { send });
}

/** Holds all calls of the client back, as in a stopped process; goes on when called. */
function stop(): () => void {
  const going = Promise.withResolvers<void>();
  const restore = intercept(() => going.promise);
  return () => {
    restore();
    going.resolve();
  };
}

describe('the DynamoDB outbox', () => {
  it('gives each aggregate its events in order, whatever the size of batches', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f#0000000000000001', 'f'];
    await Promise.all(ids.map((id) => write(id, 4)));
    expect(await table.outbox.source.stats()).toMatchObject({ backlog: 28, setAside: 0 });
    const seen = await drain(await leaseOf(), 5);
    expect(seen).toHaveLength(28);
    for (const id of ids) {
      const own = seen.filter((line) => line.startsWith(`books ${id} `));
      expect(own).toEqual([1, 2, 3, 4].map((version) => `books ${id} ${version}`));
    }
    expect(await table.outbox.source.stats()).toEqual({ backlog: 0, setAside: 0 });
  });

  it('passes no event whose predecessor was read and not removed', async () => {
    await write('a', 3);
    const lease = await leaseOf();
    const first = await lease.readBatch(1);
    expect(first.events.map(told)).toEqual(['books a 1']);
    expect((await lease.readBatch(1)).events.map(told)).toEqual(['books a 1']);
    await lease.remove(first);
    expect((await lease.readBatch(5)).events.map(told)).toEqual(['books a 2', 'books a 3']);
  });

  it('holds an event back while its predecessor becomes visible', async () => {
    await write('a', 2);
    // As a reader sees it that comes between the items of a committed transaction.
    const hidden = await take('a', 1);
    const { client, tableName: TableName } = table;
    const lease = await leaseOf();
    const restore = intercept(async (command) => {
      if (!(command instanceof TransactGetItemsCommand)) return;
      restore();
      await client.send(new PutItemCommand({ TableName, Item: hidden }));
    });
    expect((await lease.readBatch(10)).events.map(told)).toEqual([]);
    expect((await lease.readBatch(10)).events.map(told)).toEqual(['books a 1', 'books a 2']);
  });

  it('holds an event back while a transaction is at work on its predecessor', async () => {
    await write('a', 2);
    await take('a', 1);
    const { client, tableName: TableName } = table;
    await cloud.admin('dynamodb/settings', { transactionMs: 1_500 });
    const Delete = { TableName, Key: row('a', 1) };
    const atWork = client.send(new TransactWriteItemsCommand({ TransactItems: [{ Delete }] }));
    const lease = await leaseOf();
    await until('the transaction is under way', async () => {
      return (await lease.readBatch(10)).events.length === 0;
    });
    await atWork;
    await cloud.admin('dynamodb/settings', { transactionMs: 0 });
    expect((await lease.readBatch(10)).events.map(told)).toEqual(['books a 2']);
  });

  it('leaves, when removing is cut short, no old event without the newest', async () => {
    await write('a', 3);
    await write('b', 2);
    const lease = await leaseOf();
    const batch = await lease.readBatch(10);
    let batches = 0;
    // The process ends after the first of the calls that remove.
    const restore = intercept(async (command) => {
      if (command instanceof TransactWriteItemsCommand && ++batches > 1) throw new TypeError('killed');
    });
    await expect(lease.remove(batch)).rejects.toThrow('killed');
    restore();
    await lease.release();
    expect((await drain(await leaseOf(table.open()), 10)).sort()).toEqual(['books a 3', 'books b 2']);
  });

  it('keeps what was set aside, and what follows it, and gives the rest', async () => {
    await write('a', 2);
    await write('b', 2);
    const lease = await leaseOf();
    const { events } = await lease.readBatch(10);
    const event = events.find((candidate) => told(candidate) === 'books a 1');
    if (event === undefined) throw new Error('not read');
    await lease.setAside(event, 'too large');
    await table.books.replace('a', 2, book('a', { title: 'more' }), context);
    expect(await drain(lease, 1)).toEqual(['books b 1', 'books b 2']);
    expect(await table.outbox.source.stats()).toMatchObject({ backlog: 3, setAside: 1 });
  });

  it('is not counted to its end where much waits', async () => {
    await Promise.all([write('a', 6), write('b', 2)]);
    const { client, tableName } = table;
    const options = { client, tableName, retryForMs: 2_000, leaseMs: 600, wakeup: new Wakeup() };
    expect(await new DynamoDbOutboxSource(options).stats()).toMatchObject({ backlog: 8 });
    const { backlog } = await new DynamoDbOutboxSource({ ...options, countAtMost: 3 }).stats();
    // Both may be in one shard.
    expect([3, 5]).toContain(backlog);
  });

  it('wakes its relay when something is written', async () => {
    const lease = await leaseOf();
    await lease.readBatch(10);
    const waiting = lease.wait(60_000, never);
    await write('a', 1);
    await waiting;
    expect((await lease.readBatch(10)).events).toHaveLength(1);
  });

  it('keeps an event as it was given', async () => {
    await write('a', 1);
    const item = await take('a', 1);
    expect(() => fromRow({ ...item, version: { S: 'one' } })).toThrow(/has no usable version/);
    expect(fromRow(item ?? {})).toMatchObject({ topic: 'books', aggregateId: 'a', version: 1 });
  });
});

describe('the lease', () => {
  it("is one relay's until it gives it back", async () => {
    const first = await leaseOf();
    const abort = new AbortController();
    let taken = false;
    const second = table
      .open()
      .source.acquire(abort.signal)
      .then((lease) => {
        taken = true;
        return lease;
      });
    // Several leases long, while it does something else, as to publish.
    await sleep(2_000);
    expect(taken).toBe(false);
    await first.release();
    await (await second).release();
  });

  it('passes to another when its holder is silent, and the holder is told', async () => {
    const first = await leaseOf();
    const goOn = stop();
    const second = await leaseOf(table.open(table.elsewhere));
    goOn();
    await until('it is told', async () => {
      return first.readBatch(1).then(
        () => false,
        (error: { code?: unknown }) => error.code === 'LEASE_LOST',
      );
    });
    await first.release();
    expect((await second.readBatch(1)).events).toEqual([]);
  });

  it('is needed to change the outbox: who wakes up without it can take nothing away', async () => {
    await write('a', 2);
    const zombie = await leaseOf();
    const published = await zombie.readBatch(10);
    const goOn = stop();
    const removing = zombie.remove(published);
    const refused = expect(removing).rejects.toMatchObject({ code: 'LEASE_LOST' });
    const next = await leaseOf(table.open(table.elsewhere));
    const { events } = await next.readBatch(1);
    expect(events.map(told)).toEqual(['books a 1']);
    goOn();
    await refused;
    const [event] = events;
    if (event === undefined) throw new Error('not read');
    await expect(zombie.setAside(event, 'too large')).rejects.toMatchObject({ code: 'LEASE_LOST' });
    // Or version 1 would be what the new relay publishes last.
    expect(await drain(next, 1)).toEqual(['books a 1', 'books a 2']);
  });
});
