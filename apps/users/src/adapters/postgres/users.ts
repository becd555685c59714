import type { OutboxEvent } from '@mesh/outbox';
import { databaseError, writeToOutbox } from '@mesh/outbox/postgres';
import type {
  ChangeContext,
  ConflictOutcome,
  EntityStore,
  ExistsOutcome,
  KeyReusedOutcome,
  MissingOutcome,
  RemovedOutcome,
  Stored,
  StoredOutcome,
} from '@mesh/service';
import { randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import type { User } from '../../domain/user.js';
import { earlierOutcome, keepOutcome } from './requests.js';
import { INSERT, READ, REMOVE, REPLACE, STATE, toColumns, toUser, type UserRow } from './user-rows.js';

/** What the event of a change is made of. */
export interface UserChange {
  readonly id: string;
  /** `null` where the user was deleted. */
  readonly entity: User | null;
  readonly eventId: string;
  readonly version: number;
  readonly occurredAt: number;
  readonly correlationId: string;
}

export interface PostgresUsersOptions {
  readonly pool: Pool;
  /** The event of a change, framed. */
  readonly event: (change: UserChange) => OutboxEvent;
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number;
}

/** How a change was made, or why not. */
type Made = StoredOutcome<User> | RemovedOutcome;
type NotMade = ExistsOutcome | MissingOutcome | ConflictOutcome;

/**
 * Users as rows. A change is one transaction: the row under a condition on its version, its event in the outbox, and
 * the outcome under the request's idempotency key.
 */
export class PostgresUsers implements EntityStore<User> {
  readonly #pool: Pool;
  readonly #event: PostgresUsersOptions['event'];
  readonly #now: () => number;

  constructor({ pool, event, now = Date.now }: PostgresUsersOptions) {
    this.#pool = pool;
    this.#event = event;
    this.#now = now;
  }

  async get(id: string): Promise<Stored<User> | undefined> {
    try {
      const { rows } = await this.#pool.query<UserRow>({ name: 'read-user', text: READ, values: [id] });
      const [row] = rows;
      return row === undefined ? undefined : { entity: toUser(row), version: Number(row.version) };
    } catch (error) {
      throw databaseError(error, `reading user ${id}`);
    }
  }

  async create(entity: User, context: ChangeContext) {
    const id = entity.userId;
    return this.#change<StoredOutcome<User> | ExistsOutcome>(id, entity, context, async (session, at) => {
      const version = await versionOf(session, 'insert-user', INSERT, [...toColumns(entity), at]);
      if (version !== undefined) return { outcome: 'stored', entity, version };
      return { outcome: 'exists', version: (await stateOf(session, id))?.version ?? 0 };
    });
  }

  async replace(id: string, expectedVersion: number, entity: User, context: ChangeContext) {
    return this.#change<StoredOutcome<User> | MissingOutcome | ConflictOutcome>(
      id,
      entity,
      context,
      async (session, at) => {
        const values = [...toColumns(entity), at, expectedVersion];
        const version = await versionOf(session, 'replace-user', REPLACE, values);
        return version === undefined ? mismatch(session, id) : { outcome: 'stored', entity, version };
      },
    );
  }

  async remove(id: string, expectedVersion: number, context: ChangeContext) {
    return this.#change<RemovedOutcome | MissingOutcome | ConflictOutcome>(
      id,
      null,
      context,
      async (session, at) => {
        const version = await versionOf(session, 'remove-user', REMOVE, [id, at, expectedVersion]);
        return version === undefined ? mismatch(session, id) : { outcome: 'removed', version };
      },
    );
  }

  async #change<O extends Made | NotMade>(
    id: string,
    entity: User | null,
    context: ChangeContext,
    write: (session: PoolClient, at: Date) => Promise<O>,
  ): Promise<O | KeyReusedOutcome> {
    let session: PoolClient | undefined;
    try {
      session = await this.#pool.connect();
      const outcome = await this.#transaction(session, id, entity, context, write);
      session.release();
      return outcome;
    } catch (error) {
      // The session ends, and with it the transaction; after a lost connection there is no other way.
      session?.release(true);
      throw databaseError(error, `changing user ${id}`);
    }
  }

  async #transaction<O extends Made | NotMade>(
    session: PoolClient,
    id: string,
    entity: User | null,
    context: ChangeContext,
    write: (session: PoolClient, at: Date) => Promise<O>,
  ): Promise<O | KeyReusedOutcome> {
    const { correlationId, idempotency } = context;
    for (;;) {
      const earlier = idempotency && (await earlierOutcome<O>(session, idempotency));
      if (earlier !== undefined) return earlier;
      await session.query('BEGIN');
      const occurredAt = this.#now();
      const outcome = await write(session, new Date(occurredAt));
      if (outcome.outcome === 'stored' || outcome.outcome === 'removed') {
        // The row is locked from here to the end, so that sequence numbers follow versions.
        const { version } = outcome;
        const change = { id, entity, eventId: randomUUID(), version, occurredAt, correlationId };
        await writeToOutbox(session, this.#event(change));
        if (!(await keepOutcome(session, context, outcome))) {
          await session.query('ROLLBACK');
          continue;
        }
      }
      await session.query('COMMIT');
      // Refused because the same request, sent twice at once, was made meanwhile?
      if (idempotency !== undefined && outcome.outcome !== 'stored' && outcome.outcome !== 'removed') {
        return (await earlierOutcome<O>(session, idempotency)) ?? outcome;
      }
      return outcome;
    }
  }
}

async function versionOf(
  session: PoolClient,
  name: string,
  text: string,
  values: readonly unknown[],
): Promise<number | undefined> {
  const { rows } = await session.query<{ version: string }>({ name, text, values: [...values] });
  return rows[0] === undefined ? undefined : Number(rows[0].version);
}

async function stateOf(session: PoolClient, id: string) {
  const { rows } = await session.query<{ version: string; deleted: boolean }>({
    name: 'state-of-user',
    text: STATE,
    values: [id],
  });
  const [row] = rows;
  return row === undefined ? undefined : { version: Number(row.version), deleted: row.deleted };
}

async function mismatch(session: PoolClient, id: string): Promise<MissingOutcome | ConflictOutcome> {
  const state = await stateOf(session, id);
  if (state === undefined || state.deleted) return { outcome: 'missing' };
  return { outcome: 'conflict', version: state.version };
}
