import type { Header } from '@mesh/kafka';
import type { PoolClient, QueryResult, QueryResultRow } from 'pg';
import { OutboxError } from '../errors.js';
import type { OutboxEvent } from '../event.js';
import type { OutboxBatch, OutboxLease } from '../source.js';
import { databaseError, isUnavailable } from './errors.js';
import { CHANNEL } from './table.js';

interface Row {
  readonly sequence: string;
  readonly event_id: string;
  readonly topic: string;
  readonly aggregate_id: string;
  readonly version: string;
  readonly occurred_at: Date;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [name: string, value: string | null])[];
}

/** All sequence numbers up to this one are settled once every transaction before `horizon` has ended. */
interface Mark {
  readonly sequence: string;
  readonly horizon: string;
}

/** The transaction id is given out during the statement, and so after the snapshot in which the number is seen. */
const MARK = `
SELECT sequence, pg_current_xact_id()::text AS horizon
FROM outbox ORDER BY sequence DESC LIMIT 1`;
/** One row at least, to tell whether the mark is settled. */
const READ = `
SELECT mark.settled, event.*
FROM (SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $3::xid8 AS settled) AS mark
LEFT JOIN LATERAL (
  SELECT sequence, event_id, topic, aggregate_id, version, occurred_at, value, headers
  FROM outbox
  WHERE mark.settled AND sequence <= $2 AND NOT EXISTS (
    SELECT FROM outbox AS refused
    WHERE refused.refusal IS NOT NULL
      AND refused.topic = outbox.topic AND refused.aggregate_id = outbox.aggregate_id
  )
  ORDER BY sequence
  LIMIT $1
) AS event ON true`;
const REMOVE = 'DELETE FROM outbox WHERE sequence = ANY($1::bigint[])';
const SET_ASIDE = 'UPDATE outbox SET refusal = $2 WHERE event_id = $1';

/** How soon to look again at events that are held back: as long as transactions take, more where they take long. */
const HELD_MS = 2;
const MAX_HELD_MS = 100;

/**
 * No event is read while one with a lower sequence number may still be committed. A transaction has its id before it
 * takes a sequence number. So once a number has been seen, a lower one can only belong to a transaction whose id was
 * given out by then, and so is below one given out afterwards, the horizon. When every transaction below the horizon
 * has ended, all numbers up to the one seen are there to be read, or never will be.
 *
 * To ask only that the event's own transaction be older than every open one would let a number pass a lower one whose
 * transaction began later. A snapshot's own upper end (`pg_snapshot_xmax`) is no horizon: it is one past the last
 * transaction that has ended, and not past the last that has begun.
 */
export class PostgresLease implements OutboxLease {
  readonly #client: PoolClient;
  readonly #keepAlive: NodeJS.Timeout;
  readonly #sequences = new WeakMap<OutboxBatch, readonly string[]>();
  #mark: Mark | undefined;
  #heldMs: number | undefined;
  #notified = false;
  #wake: (() => void) | undefined;
  #lost: unknown;
  #last: Promise<unknown> = Promise.resolve();
  #released = false;

  /** Takes over a session that has the lock; to be ended by the server when it is silent. */
  static async begin(client: PoolClient, timeoutMs: number): Promise<PostgresLease> {
    await client.query(`SET idle_session_timeout = ${Math.round(timeoutMs)}`);
    await client.query(`LISTEN ${CHANNEL}`);
    return new PostgresLease(client, timeoutMs);
  }

  private constructor(client: PoolClient, timeoutMs: number) {
    this.#client = client;
    client.on('error', this.#onLost);
    client.on('end', this.#onEnd);
    client.on('notification', this.#onNotification);
    // Kafka may keep the relay waiting for long, and the session must not look dead meanwhile.
    this.#keepAlive = setInterval(() => {
      this.#query('keep-lease', 'SELECT', [], 'keeping the lease').catch(this.#onLost);
    }, timeoutMs / 4);
    this.#keepAlive.unref();
  }

  async readBatch(limit: number): Promise<OutboxBatch> {
    this.#notified = false;
    this.#mark ??= await this.#newest();
    const events = this.#mark === undefined ? [] : await this.#read(this.#mark, limit);
    const batch = { events: events.map(toEvent) };
    this.#sequences.set(
      batch,
      events.map(({ sequence }) => sequence),
    );
    return batch;
  }

  async remove(batch: OutboxBatch): Promise<void> {
    const sequences = this.#sequences.get(batch);
    if (sequences === undefined)
      throw new OutboxError('INVALID_EVENT', 'the batch was not read by this lease');
    await this.#query('remove-from-outbox', REMOVE, [sequences], `removing ${sequences.length} events`);
  }

  async setAside({ eventId }: OutboxEvent, reason: string): Promise<void> {
    await this.#query('set-aside', SET_ASIDE, [eventId, reason], `setting event ${eventId} aside`);
  }

  async wait(maxMs: number, signal: AbortSignal): Promise<void> {
    if (this.#notified || this.#lost !== undefined || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#wake = undefined;
        resolve();
      };
      // What is held back needs no notification to become readable.
      const timer = setTimeout(done, Math.min(maxMs, this.#heldMs ?? maxMs));
      signal.addEventListener('abort', done);
      this.#wake = done;
    });
  }

  async release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    clearInterval(this.#keepAlive);
    this.#client.off('notification', this.#onNotification);
    // Ends the session, and with it the lock.
    this.#client.release(true);
  }

  readonly #onNotification = (): void => {
    this.#notified = true;
    this.#wake?.();
  };

  readonly #onLost = (error: unknown): void => {
    this.#lost ??= error;
    this.#wake?.();
  };

  readonly #onEnd = (): void => this.#onLost(new Error('the session ended'));

  async #newest(): Promise<Mark | undefined> {
    const { rows } = await this.#query<Mark>('mark-outbox', MARK, [], 'looking into the outbox');
    return rows[0];
  }

  async #read({ sequence, horizon }: Mark, limit: number): Promise<readonly Row[]> {
    const { rows } = await this.#query<{ settled: boolean } & (Row | { sequence: null })>(
      'read-outbox',
      READ,
      [limit, sequence, horizon],
      'reading the outbox',
    );
    const settled = rows[0]?.settled === true;
    this.#heldMs = settled ? undefined : nextHeld(this.#heldMs);
    const events = rows.filter((row): row is { settled: boolean } & Row => row.sequence !== null);
    // There may be more below a settled mark; else what is newer is to be looked for.
    if (settled && events.length < limit) this.#mark = undefined;
    return events;
  }

  async #query<R extends QueryResultRow>(
    name: string,
    text: string,
    values: readonly unknown[],
    what: string,
  ): Promise<QueryResult<R>> {
    if (this.#lost !== undefined) throw this.#leaseLost(what, this.#lost);
    // One after the other: the timer that keeps the lease may fire while a query is under way.
    const asked = this.#last.then(() => this.#client.query<R>({ name, text, values: [...values] }));
    this.#last = asked.catch(() => undefined);
    try {
      return await asked;
    } catch (error) {
      if (isUnavailable(error)) throw this.#leaseLost(what, error);
      throw databaseError(error, what);
    }
  }

  #leaseLost(what: string, cause: unknown): OutboxError {
    this.#onLost(cause);
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new OutboxError('LEASE_LOST', `${what}: the relay's session is gone (${reason})`, { cause });
  }
}

function nextHeld(before: number | undefined): number {
  return before === undefined ? HELD_MS : Math.min(before * 2, MAX_HELD_MS);
}

function toEvent(row: Row): OutboxEvent {
  return {
    eventId: row.event_id,
    topic: row.topic,
    aggregateId: row.aggregate_id,
    version: Number(row.version),
    occurredAt: row.occurred_at.getTime(),
    value: row.value,
    headers: row.headers.map(([name, value]): Header => [
      name,
      value === null ? null : Buffer.from(value, 'base64'),
    ]),
  };
}
