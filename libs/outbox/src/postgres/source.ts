import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import type { OutboxLease, OutboxSource, OutboxStats } from '../source.js';
import { databaseError } from './errors.js';
import { PostgresLease } from './lease.js';

export interface PostgresOutboxOptions {
  /**
   * Of the database that has the outbox, with sessions of its own: a pooler that shares sessions between clients would
   * share the lease too. One connection is kept while relaying.
   */
  readonly pool: Pool;
  /** How often to ask for the lease while another relay has it. Milliseconds, default 1,000. */
  readonly leaseRetryMs?: number;
  /**
   * A relay silent for so long loses its lease, by the server ending its session: what a stopped process or a cut
   * network looks like. Milliseconds, default 10,000.
   */
  readonly leaseTimeoutMs?: number;
}

/** One lease per outbox, which is one per schema. */
const TRY_LOCK = `SELECT pg_try_advisory_lock(hashtextextended(current_schema() || '.outbox', 0)) AS taken`;
const STATS = `
SELECT count(*)::int AS backlog, count(refusal)::int AS set_aside,
  (extract(epoch FROM min(written_at)) * 1000)::float8 AS oldest_at
FROM outbox`;

/**
 * The outbox table of a Postgres database. The lease is an advisory lock of a session that the server ends when it is
 * silent; all reading and deleting of the relay is done in that session, so that a relay that has lost it can do
 * neither.
 */
export function postgresOutboxSource(options: PostgresOutboxOptions): OutboxSource {
  return new PostgresOutboxSource(options);
}

/** A session that is cut fails the query too, and would end the process where nobody listens. */
const toldByQuery = (): void => undefined;

class PostgresOutboxSource implements OutboxSource {
  readonly name = 'postgres';
  readonly #pool: Pool;
  readonly #leaseRetryMs: number;
  readonly #leaseTimeoutMs: number;

  constructor({ pool, leaseRetryMs = 1_000, leaseTimeoutMs = 10_000 }: PostgresOutboxOptions) {
    this.#pool = pool;
    this.#leaseRetryMs = leaseRetryMs;
    this.#leaseTimeoutMs = leaseTimeoutMs;
  }

  async acquire(signal: AbortSignal, taken?: () => void): Promise<OutboxLease> {
    for (;;) {
      signal.throwIfAborted();
      const lease = await this.#tryAcquire();
      if (lease !== undefined) return lease;
      taken?.();
      await sleep(this.#leaseRetryMs, undefined, { signal });
    }
  }

  async stats(): Promise<OutboxStats> {
    try {
      const { rows } = await this.#pool.query<{
        backlog: number;
        set_aside: number;
        oldest_at: number | null;
      }>(STATS);
      const { backlog = 0, set_aside: setAside = 0, oldest_at: oldestAt = null } = rows[0] ?? {};
      return { backlog, setAside, ...(oldestAt === null ? {} : { oldestAt }) };
    } catch (error) {
      throw databaseError(error, 'counting the outbox');
    }
  }

  async #tryAcquire(): Promise<OutboxLease | undefined> {
    let client: PoolClient | undefined;
    try {
      client = await this.#pool.connect();
      client.on('error', toldByQuery);
      const { rows } = await client.query<{ taken: boolean }>(TRY_LOCK);
      if (rows[0]?.taken !== true) {
        client.off('error', toldByQuery);
        client.release();
        return undefined;
      }
      return await PostgresLease.begin(client, this.#leaseTimeoutMs);
    } catch (error) {
      // Whatever state the session is in, and whatever lock it has: it ends.
      client?.release(true);
      throw databaseError(error, 'asking for the lease of the outbox');
    }
  }
}
