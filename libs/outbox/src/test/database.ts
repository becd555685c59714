import { randomUUID } from 'node:crypto';
import { Pool, type PoolClient } from 'pg';
import type { OutboxEvent } from '../event.js';
import { OUTBOX_TABLE, writeToOutbox } from '../postgres/index.js';

/** A database of its own with an outbox, on a server that the test has started. */
export class TestDatabase {
  readonly pool: Pool;
  readonly #open = new Set<PoolClient>();

  static async create(serverUrl: string): Promise<TestDatabase> {
    const name = `outbox_${randomUUID().replaceAll('-', '')}`;
    const server = new Pool({ connectionString: serverUrl });
    await server.query(`CREATE DATABASE ${name}`);
    await server.end();
    const url = new URL(serverUrl);
    url.pathname = `/${name}`;
    const database = new TestDatabase(url.href);
    await database.pool.query(OUTBOX_TABLE);
    return database;
  }

  private constructor(url: string) {
    this.pool = new Pool({ connectionString: url });
    // Some tests take the server away; what was asked then fails by itself.
    this.pool.on('error', () => {});
  }

  /** Each event in a transaction of its own. */
  async write(...events: readonly OutboxEvent[]): Promise<void> {
    for (const event of events) {
      const transaction = await this.begin();
      await writeToOutbox(transaction.client, event);
      await transaction.commit();
    }
  }

  async begin(): Promise<{ client: PoolClient; commit(): Promise<void>; rollback(): Promise<void> }> {
    const client = await this.pool.connect();
    this.#open.add(client);
    await client.query('BEGIN');
    const end = async (how: string): Promise<void> => {
      await client.query(how);
      this.#open.delete(client);
      client.release();
    };
    return { client, commit: () => end('COMMIT'), rollback: () => end('ROLLBACK') };
  }

  async backlog(): Promise<number> {
    const { rows } = await this.pool.query<{ n: number }>('SELECT count(*)::int AS n FROM outbox');
    return rows[0]?.n ?? 0;
  }

  /** Ends the sessions that wait for notifications: those of relays. */
  async endRelaySessions(): Promise<number> {
    const { rows } = await this.pool.query(
      `SELECT pg_terminate_backend(l.pid) FROM pg_locks l
       WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    return rows.length;
  }

  /** Also what a failed test has left open. */
  async end(): Promise<void> {
    for (const client of this.#open) client.release(true);
    await this.pool.end();
  }
}

/** An event whose value says what it is: `a1` is version 1 of aggregate `a`. */
export function event(aggregateId: string, version: number, more: Partial<OutboxEvent> = {}): OutboxEvent {
  return {
    eventId: randomUUID(),
    topic: 'things',
    aggregateId,
    version,
    occurredAt: Date.UTC(2026, 0, 2) + version,
    value: Buffer.from(`${aggregateId}${version}`),
    headers: [['ce_id', Buffer.from(`${aggregateId}${version}`)]],
    ...more,
  };
}

export function values(events: readonly { readonly value: Buffer | null }[]): (string | undefined)[] {
  return events.map(({ value }) => value?.toString());
}
