import { databaseError } from '@mesh/outbox/postgres';
import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';

export interface Migration {
  /** 1, 2, 3 … */
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** Long enough for another instance's migrations, which are waited for. */
const PATIENCE = '5min';
const TABLE = `
CREATE TABLE IF NOT EXISTS schema_migrations (
  version    integer PRIMARY KEY,
  name       text NOT NULL,
  sha256     text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
)`;

/**
 * Brings the database to the newest version: all that is missing in one transaction, or nothing. Instances that start
 * at the same time do it one after the other, so that one does the work and the others find it done. A database that is
 * ahead is fine: during a rolling update the older instances still start.
 *
 * @returns the names of what was applied
 * @throws OutboxError `UNAVAILABLE`, `DATABASE`; Error where an applied migration was changed afterwards
 */
export async function migrate(pool: Pool, migrations: readonly Migration[]): Promise<readonly string[]> {
  let client: PoolClient | undefined;
  try {
    client = await pool.connect();
    await client.query('BEGIN');
    await client.query(`SET LOCAL statement_timeout = '${PATIENCE}'`);
    await client.query(
      `SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.migrations', 0))`,
    );
    const applied = await apply(client, migrations);
    await client.query('COMMIT');
    client.release();
    return applied;
  } catch (error) {
    // The session ends, and with it the transaction.
    client?.release(true);
    if (error instanceof ChangedMigration) throw error;
    throw databaseError(error, 'migrating the database');
  }
}

async function apply(client: PoolClient, migrations: readonly Migration[]): Promise<readonly string[]> {
  await client.query(TABLE);
  const { rows } = await client.query<{ version: number; sha256: string }>(
    'SELECT version, sha256 FROM schema_migrations',
  );
  const done = new Map(rows.map(({ version, sha256 }) => [version, sha256]));
  const applied: string[] = [];
  for (const migration of migrations) {
    const { version, name, sql } = migration;
    const sha256 = createHash('sha256').update(sql).digest('hex');
    const before = done.get(version);
    if (before !== undefined && before !== sha256) throw new ChangedMigration(migration);
    if (before !== undefined) continue;
    await client.query(sql);
    await client.query('INSERT INTO schema_migrations (version, name, sha256) VALUES ($1, $2, $3)', [
      version,
      name,
      sha256,
    ]);
    applied.push(name);
  }
  return applied;
}

class ChangedMigration extends Error {
  override readonly name = 'ChangedMigration';

  constructor({ version, name }: Migration) {
    super(
      `migration ${version} (${name}) is not what was applied to this database: restore it, and add a new one for the change`,
    );
  }
}
