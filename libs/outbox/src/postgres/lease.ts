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

/** What each row of an answer says besides. */
interface Answer {
  readonly settled: boolean;
  readonly whole: boolean;
}

interface Next {
  readonly rows: readonly Row[];
  /** No event is set aside, so that none precedes these: it could be released and would have to be read. */
  readonly whole: boolean;
}

interface ReadRows {
  readonly sequences: readonly string[];
  readonly whole: boolean;
}

const NOTHING: Next = { rows: [], whole: false };

/** All sequence numbers up to this one are settled once every transaction before `horizon` has ended. */
interface Mark {
  readonly sequence: string;
  readonly horizon: string;
}

/** The transaction id is given out during the statement, and so after the snapshot in which the number is seen. */
const MARK = `
SELECT sequence, pg_current_xact_id()::text AS horizon
FROM outbox WHERE sequence > $1 ORDER BY sequence DESC LIMIT 1`;
/**
 * One row at least, to tell whether the mark is settled, and whether all that precedes is given. One event at least,
 * and no more once those before it have enough bytes.
 */
const READ = `
SELECT mark.settled, mark.whole, event.*
FROM (
  SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $3::xid8 AS settled,
    NOT EXISTS (SELECT FROM outbox WHERE refusal IS NOT NULL) AS whole
) AS mark
LEFT JOIN LATERAL (
  SELECT * FROM (
    SELECT sequence, event_id, topic, aggregate_id, version, occurred_at, value, headers,
      sum(octet_length(value)) OVER (
        ORDER BY sequence ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
      ) AS bytes_before
    FROM outbox
    WHERE mark.settled AND sequence <= $2 AND sequence > $4 AND NOT EXISTS (
      SELECT FROM outbox AS refused
      WHERE refused.refusal IS NOT NULL
        AND refused.topic = outbox.topic AND refused.aggregate_id = outbox.aggregate_id
    )
    ORDER BY sequence
    LIMIT $1
  ) AS next
  WHERE bytes_before IS NULL OR bytes_before < $5
) AS event ON true`;
/** The text of a query's answer has two characters for each byte. */
const BATCH_BYTES = 4 * 1_048_576;
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
  readonly #read = new WeakMap<OutboxBatch, ReadRows>();
  /**
   * Nothing up to here is left: rows that are removed and not cleaned up yet need not be looked through again, of
   * which there are many where another transaction keeps its snapshot for long.
   */
  #after = '0';
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
    // A session that is in the middle of an answer is not idle, though nobody takes the answer.
    await client.query(`SET tcp_user_timeout = ${Math.round(timeoutMs)}`);
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
    const { rows, whole } = this.#mark === undefined ? NOTHING : await this.#next(this.#mark, limit);
    const batch = { events: rows.map(toEvent) };
    this.#read.set(batch, { sequences: rows.map(({ sequence }) => sequence), whole });
    return batch;
  }

  async remove(batch: OutboxBatch): Promise<void> {
    const read = this.#read.get(batch);
    if (read === undefined) throw new OutboxError('INVALID_EVENT', 'the batch was not read by this lease');
    const { sequences, whole } = read;
    await this.#query('remove-from-outbox', REMOVE, [sequences], `removing ${sequences.length} events`);
    if (whole) this.#after = sequences.at(-1) ?? this.#after;
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
    const { rows } = await this.#query<Mark>('mark-outbox', MARK, [this.#after], 'looking into the outbox');
    return rows[0];
  }

  async #next({ sequence, horizon }: Mark, limit: number): Promise<Next> {
    const { rows } = await this.#query<Answer & (Row | { sequence: null })>(
      'read-outbox',
      READ,
      [limit, sequence, horizon, this.#after, BATCH_BYTES],
      'reading the outbox',
    );
    const { settled = false, whole = false } = rows[0] ?? {};
    this.#heldMs = settled ? undefined : nextHeld(this.#heldMs);
    const events = rows.filter((row): row is Answer & Row => row.sequence !== null);
    const bytes = events.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
    // There may be more below a settled mark; else what is newer is to be looked for.
    if (settled && events.length < limit && bytes < BATCH_BYTES) this.#mark = undefined;
    return { rows: events, whole };
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
