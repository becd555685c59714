import { OutboxError } from './errors.js';
import type { OutboxEvent } from './event.js';

/** The topics take batches of up to 1,048,576 bytes; what a batch needs besides one record is a few hundred. */
export const DEFAULT_MAX_RECORD_BYTES = 1_048_000;

/** Bytes a record takes in a topic, a little above the truth. */
export function recordBytes({ aggregateId, value, headers }: OutboxEvent): number {
  let bytes = 32 + Buffer.byteLength(aggregateId) + (value?.length ?? 0);
  for (const [name, content] of headers) bytes += 16 + Buffer.byteLength(name) + (content?.length ?? 0);
  return bytes;
}

/**
 * Refuses an event that could never be relayed while its request can still be: after the commit it would stand in the
 * way of its aggregate's later ones.
 *
 * @throws OutboxError `TOO_LARGE` or `INVALID_EVENT`
 */
export function checkEvent(event: OutboxEvent, maxRecordBytes = DEFAULT_MAX_RECORD_BYTES): void {
  const { eventId, topic, aggregateId, version, occurredAt } = event;
  const where = `event ${eventId} of ${aggregateId} for topic ${topic}`;
  if (topic === '' || aggregateId === '') {
    throw new OutboxError('INVALID_EVENT', `${where}: topic and aggregate must be named`);
  }
  if (!Number.isSafeInteger(version) || version < 1) {
    throw new OutboxError('INVALID_EVENT', `${where}: version ${version} is not a whole number from 1 up`);
  }
  if (!Number.isSafeInteger(occurredAt) || occurredAt < 0) {
    throw new OutboxError('INVALID_EVENT', `${where}: occurredAt ${occurredAt} is no time`);
  }
  const bytes = recordBytes(event);
  if (bytes > maxRecordBytes) {
    throw new OutboxError(
      'TOO_LARGE',
      `${where}: ${bytes} bytes, of ${maxRecordBytes} that a record may have`,
    );
  }
}
