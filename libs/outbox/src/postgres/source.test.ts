import { startPostgres, type LocalServer } from '@mesh/local-cloud';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@mesh/jest/until.mjs';
import { OutboxError } from '../errors.js';
import type { OutboxLease } from '../source.js';
import { event, TestDatabase, values } from '../test/database.js';
import { postgresOutboxSource, writeToOutbox } from './index.js';

let server: LocalServer;
let database: TestDatabase;
let leases: OutboxLease[];
const never = new AbortController().signal;

beforeAll(async () => {
  server = await startPostgres();
}, 120_000);

afterAll(() => server.stop());

beforeEach(async () => {
  database = await TestDatabase.create(server.url);
  leases = [];
});

afterEach(async () => {
  await Promise.all(leases.map((lease) => lease.release()));
  await database.end();
});

async function acquire(options: object = {}, signal = never): Promise<OutboxLease> {
  const source = postgresOutboxSource({ pool: database.pool, leaseRetryMs: 20, ...options });
  const lease = await source.acquire(signal);
  leases.push(lease);
  return lease;
}

/** Reads until there are as many as expected, as a relay would. */
async function readAll(lease: OutboxLease, count: number): Promise<(string | undefined)[]> {
  let read: (string | undefined)[] = [];
  await until(`${count} events are read`, async () => {
    read = values((await lease.readBatch(100)).events);
    return read.length >= count;
  });
  return read;
}

/** Reads a few times, so that what was only waiting for a second look has had it. */
async function readForAWhile(lease: OutboxLease): Promise<(string | undefined)[]> {
  for (let times = 0; times < 5; times++) await lease.readBatch(100);
  return values((await lease.readBatch(100)).events);
}

describe('reading the outbox', () => {
  it('gives events as they were written, in order', async () => {
    const written = event('a', 1, {
      headers: [
        ['empty', null],
        ['twice', Buffer.from([0, 255])],
        ['twice', null],
      ],
    });
    const deletion = event('a', 2, { value: null });
    await database.write(written, deletion);
    const lease = await acquire();
    await until('both are read', async () => (await lease.readBatch(10)).events.length === 2);
    expect((await lease.readBatch(10)).events).toEqual([written, deletion]);
    expect((await lease.readBatch(1)).events).toEqual([written]);
  });

  it('does not pass an event with a lower sequence number that is committed later', async () => {
    const lease = await acquire();
    const late = await database.begin();
    await writeToOutbox(late.client, event('late', 1));
    await database.write(event('early', 1), event('early', 2));
    expect(await readForAWhile(lease)).toEqual([]);
    await late.commit();
    expect(await readAll(lease, 3)).toEqual(['late1', 'early1', 'early2']);
  });

  it('does not pass it either where its transaction is the younger one', async () => {
    const lease = await acquire();
    const older = await database.begin();
    await older.client.query('SELECT pg_current_xact_id()');
    const younger = await database.begin();
    await writeToOutbox(younger.client, event('younger', 1));
    await writeToOutbox(older.client, event('older', 1));
    await older.commit();
    expect(await readForAWhile(lease)).toEqual([]);
    await younger.commit();
    expect(await readAll(lease, 2)).toEqual(['younger1', 'older1']);
  });

  it('passes the numbers of a transaction that was rolled back', async () => {
    const lease = await acquire();
    const failing = await database.begin();
    await writeToOutbox(failing.client, event('failing', 1));
    await database.write(event('a', 1));
    expect(await readForAWhile(lease)).toEqual([]);
    await failing.rollback();
    expect(await readAll(lease, 1)).toEqual(['a1']);
  });

  it('is not held up by transactions that began after an event was seen', async () => {
    const lease = await acquire();
    const before = await database.begin();
    await before.client.query('SELECT pg_current_xact_id()');
    await database.write(event('a', 1));
    expect((await lease.readBatch(10)).events).toEqual([]);
    const after = await database.begin();
    await after.client.query('SELECT pg_current_xact_id()');
    await before.commit();
    expect(await readAll(lease, 1)).toEqual(['a1']);
    await after.commit();
  });

  it('keeps an event until its batch is removed', async () => {
    await database.write(event('a', 1), event('a', 2));
    const lease = await acquire();
    await readAll(lease, 2);
    await lease.remove(await lease.readBatch(1));
    expect(await readAll(lease, 1)).toEqual(['a2']);
    await expect(lease.remove({ events: [] })).rejects.toThrow(/was not read by this lease/);
  });

  it('sets an event aside together with later ones of its aggregate, until it is released', async () => {
    const poison = event('a', 1);
    await database.write(poison, event('b', 1), event('a', 2));
    const lease = await acquire();
    await readAll(lease, 3);
    await lease.setAside(poison, 'too large');
    expect(await readAll(lease, 1)).toEqual(['b1']);
    const source = postgresOutboxSource({ pool: database.pool });
    expect(await source.stats()).toMatchObject({ backlog: 3, setAside: 1, oldestAt: expect.any(Number) });
    await database.pool.query('UPDATE outbox SET refusal = NULL');
    expect(await readAll(lease, 3)).toEqual(['a1', 'b1', 'a2']);
  });

  it('ends a batch where it has enough bytes, and goes on from there', async () => {
    const large = Buffer.alloc(1_000_000, 'x');
    const written = Array.from({ length: 20 }, (_, index) => event('a', index + 1, { value: large }));
    await database.write(...written);
    const lease = await acquire();
    const read: number[] = [];
    const sizes: number[] = [];
    await until('all are read', async () => {
      const batch = await lease.readBatch(100);
      read.push(...batch.events.map(({ version }) => version));
      sizes.push(batch.events.length);
      await lease.remove(batch);
      return read.length >= 20;
    });
    expect(read).toEqual(written.map(({ version }) => version));
    expect(Math.max(...sizes)).toBeLessThan(10);
  });

  it('reads what is released after later events were removed', async () => {
    const poison = event('a', 1);
    await database.write(poison, event('b', 1));
    const lease = await acquire();
    await readAll(lease, 2);
    await lease.setAside(poison, 'too large');
    await lease.remove(await lease.readBatch(100));
    await database.write(event('b', 2));
    expect(await readAll(lease, 1)).toEqual(['b2']);
    await lease.remove(await lease.readBatch(100));
    await database.pool.query('UPDATE outbox SET refusal = NULL');
    expect(await readAll(lease, 1)).toEqual(['a1']);
  });

  it('wakes when an event is committed', async () => {
    const lease = await acquire();
    await lease.readBatch(10);
    const waiting = lease.wait(60_000, never);
    await database.write(event('a', 1));
    await waiting;
    expect(await readAll(lease, 1)).toEqual(['a1']);
  });

  it('does not sleep over a notification that came while it was busy', async () => {
    const lease = await acquire();
    await lease.readBatch(10);
    await database.write(event('a', 1));
    await until('the notification is there', async () => {
      const started = performance.now();
      await lease.wait(200, never);
      return performance.now() - started < 100;
    });
  });
});

describe('writing to the outbox', () => {
  it('refuses what could never be relayed, before the data is committed', async () => {
    const transaction = await database.begin();
    const refusal = async (bad: object, options = {}): Promise<unknown> =>
      writeToOutbox(transaction.client, event('a', 1, bad), options).catch((error: unknown) => error);
    expect(await refusal({ value: Buffer.alloc(2_000) }, { maxRecordBytes: 1_000 })).toMatchObject({
      code: 'TOO_LARGE',
      message: expect.stringMatching(/^event \S+ of a for topic things: \d+ bytes, of 1000/),
    });
    expect(await refusal({ version: 0 })).toMatchObject({ code: 'INVALID_EVENT' });
    expect(await refusal({ occurredAt: NaN })).toMatchObject({ code: 'INVALID_EVENT' });
    expect(await refusal({ topic: '' })).toMatchObject({ code: 'INVALID_EVENT' });
    await transaction.rollback();
  });
});

describe('the lease', () => {
  it('is had by one relay at a time, and by the next when released', async () => {
    const first = await acquire();
    const waiting = acquire();
    await first.readBatch(1);
    await first.release();
    await (await waiting).readBatch(1);
  });

  it('can be given up waiting for', async () => {
    await acquire();
    const giveUp = new AbortController();
    const waiting = acquire({}, giveUp.signal);
    giveUp.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('is lost with its session, and then nothing can be read or removed', async () => {
    await database.write(event('a', 1));
    const lease = await acquire();
    await readAll(lease, 1);
    const batch = await lease.readBatch(1);
    expect(await database.endRelaySessions()).toBe(1);
    const next = await acquire();
    await expect(lease.remove(batch)).rejects.toMatchObject({ code: 'LEASE_LOST', retriable: true });
    await expect(lease.readBatch(1)).rejects.toBeInstanceOf(OutboxError);
    expect(await readAll(next, 1)).toEqual(['a1']);
  });

  it('is kept by a relay that waits for long, and lost by one that is silent', async () => {
    const lease = await acquire({ leaseTimeoutMs: 400 });
    await lease.wait(1_200, never);
    await lease.readBatch(1);
    // The process does nothing at all: no timer runs, as when it is stopped.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
    await expect(lease.readBatch(1)).rejects.toMatchObject({ code: 'LEASE_LOST' });
  });

  it('is lost by a relay that stops in the middle of a read', async () => {
    const large = Buffer.alloc(1_000_000, 'x');
    await database.write(
      ...Array.from({ length: 20 }, (_, index) => event('a', index + 1, { value: large })),
    );
    const lease = await acquire({ leaseTimeoutMs: 400 });
    await until('it reads', async () => (await lease.readBatch(1)).events.length === 1);
    const reading = lease.readBatch(100);
    await new Promise((resolve) => setImmediate(resolve));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_000);
    await expect(reading).rejects.toMatchObject({ code: 'LEASE_LOST' });
  });

  it('says that the database does not answer', async () => {
    const lost = await startPostgres();
    const elsewhere = await TestDatabase.create(lost.url);
    await lost.stop();
    const source = postgresOutboxSource({ pool: elsewhere.pool });
    await expect(source.acquire(never)).rejects.toMatchObject({ code: 'UNAVAILABLE', retriable: true });
    await expect(source.stats()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await elsewhere.end();
  });
});
