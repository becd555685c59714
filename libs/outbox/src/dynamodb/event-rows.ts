import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Header } from '@mesh/kafka';
import { createHash } from 'node:crypto';
import { OutboxError } from '../errors.js';
import type { OutboxEvent } from '../event.js';

export type Attributes = Record<string, AttributeValue>;
export interface Key extends Attributes {
  readonly pk: AttributeValue.SMember;
  readonly sk: AttributeValue.SMember;
}

/**
 * Partitions that events are spread over, so that no single one takes all writes. Part of the data: with another number
 * an aggregate's events would be found in two places, and their order lost.
 */
export const SHARDS = 4;
const VERSION_DIGITS = 16;

export const keyOf = (pk: string, sk: string): Key => ({ pk: { S: pk }, sk: { S: sk } });
export const shardKey = (shard: number): string => `outbox#${shard}`;

/** Aggregates are told apart by their topic too: a song and an artist may have the same id. */
export function aggregateOf({ topic, aggregateId }: Pick<OutboxEvent, 'topic' | 'aggregateId'>): string {
  return `${topic}#${aggregateId}`;
}

/** Within a shard an aggregate's events are in the order of their versions. */
export function eventKey(event: Pick<OutboxEvent, 'topic' | 'aggregateId'>, version: number): Key {
  const aggregate = aggregateOf(event);
  const shard = createHash('sha256').update(aggregate).digest().readUInt32BE() % SHARDS;
  return keyOf(shardKey(shard), `${aggregate}#${String(version).padStart(VERSION_DIGITS, '0')}`);
}

/** The item that an event waits as. */
export function toRow(event: OutboxEvent): Attributes {
  const { eventId, topic, aggregateId, version, occurredAt, value, headers } = event;
  return {
    ...eventKey(event, version),
    eventId: { S: eventId },
    topic: { S: topic },
    aggregateId: { S: aggregateId },
    version: { N: String(version) },
    occurredAt: { N: String(occurredAt) },
    // A tombstone has none.
    ...(value === null ? {} : { content: { B: value } }),
    headers: {
      L: headers.map(([name, content]) => ({
        M: { name: { S: name }, ...(content === null ? {} : { content: { B: content } }) },
      })),
    },
  };
}

/** @throws OutboxError `DATABASE` for an item that is no event: something else wrote into the outbox */
export function fromRow(row: Attributes): OutboxEvent {
  const text = (name: string): string => {
    const value = row[name]?.S;
    if (value === undefined) throw damaged(row, name);
    return value;
  };
  const whole = (name: string): number => {
    const value = Number(row[name]?.N);
    if (!Number.isSafeInteger(value)) throw damaged(row, name);
    return value;
  };
  return {
    eventId: text('eventId'),
    topic: text('topic'),
    aggregateId: text('aggregateId'),
    version: whole('version'),
    occurredAt: whole('occurredAt'),
    value: bytes(row['content']),
    headers: (row['headers']?.L ?? []).map(({ M: header }): Header => {
      const name = header?.['name']?.S;
      if (name === undefined) throw damaged(row, 'headers');
      return [name, bytes(header?.['content'])];
    }),
  };
}

function bytes(value: AttributeValue | undefined): Buffer | null {
  const content = value?.B;
  return content === undefined ? null : Buffer.from(content.buffer, content.byteOffset, content.length);
}

function damaged(row: Attributes, attribute: string): OutboxError {
  const where = `${row['pk']?.S ?? '?'} ${row['sk']?.S ?? '?'}`;
  return new OutboxError(
    'DATABASE',
    `the item ${where} of the outbox has no usable ${attribute}: it was not written by this library; take it away or mend it`,
  );
}
