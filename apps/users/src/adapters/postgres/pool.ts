import { Pool } from 'pg';

export interface PoolOptions {
  readonly url: string;
  readonly size: number;
  readonly timeoutMs: number;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  /** A session was cut. */
  readonly onError: (error: Error) => void;
}

/** Sessions that give up rather than hang. */
export function createPool({ url, size, timeoutMs, applicationName, onError }: PoolOptions): Pool {
  const pool = new Pool({
    connectionString: url,
    max: size,
    application_name: applicationName,
    connectionTimeoutMillis: timeoutMs,
    statement_timeout: timeoutMs,
    // For a server that does not answer at all; where it does, its own limit comes first.
    query_timeout: timeoutMs + 500,
    // A process stopped in the middle of a transaction would hold up the outbox.
    idle_in_transaction_session_timeout: 2 * timeoutMs,
    keepAlive: true,
  });
  // A session that is cut says so itself, whether it was idle or in use; where nobody listens the process ends. Who
  // uses it gets an error besides, and the next request makes a new one.
  pool.on('connect', (session) => session.on('error', onError));
  pool.on('error', () => undefined);
  return pool;
}
