import type { ClientBase } from 'pg';
import { checkEvent } from '../check-event.js';
import type { OutboxEvent } from '../event.js';
import { CHANNEL } from './table.js';

export interface WriteOptions {
  /** Below the smallest `max.message.bytes` of the topics. Default 1,048,000. */
  readonly maxRecordBytes?: number;
}

/**
 * The transaction gets its id before the sequence number is taken, which is what lets a reader know that a lower
 * number can't appear any more (see the source).
 */
const INSERT = `
WITH current AS MATERIALIZED (SELECT pg_current_xact_id() AS id),
written AS (
  INSERT INTO outbox
    (event_id, topic, aggregate_id, version, occurred_at, value, headers, transaction_id, written_at)
  SELECT $1, $2, $3, $4, $5, $6, $7, current.id, clock_timestamp() FROM current
  RETURNING 1
)
SELECT pg_notify('${CHANNEL}', '') FROM written`;

/**
 * Writes an event in the transaction that is open on this session. The transaction must hold the lock on the
 * aggregate's row already, by having inserted, updated or locked it.
 *
 * @throws OutboxError `TOO_LARGE` or `INVALID_EVENT`; node-postgres' own errors
 */
export async function writeToOutbox(
  client: Pick<ClientBase, 'query'>,
  event: OutboxEvent,
  { maxRecordBytes }: WriteOptions = {},
): Promise<void> {
  checkEvent(event, maxRecordBytes);
  const { eventId, topic, aggregateId, version, occurredAt, value, headers } = event;
  const encoded = headers.map(([name, content]) => [name, content?.toString('base64') ?? null]);
  await client.query({
    name: 'write-to-outbox',
    text: INSERT,
    values: [eventId, topic, aggregateId, version, new Date(occurredAt), value, JSON.stringify(encoded)],
  });
}
