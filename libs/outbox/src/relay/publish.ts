import {
  SendError,
  type KafkaError,
  type ProducerRecord,
  type RecordFailure,
  type TopicRecords,
  type TransactionalProducer,
} from '@mesh/kafka';
import type { OutboxEvent } from '../event.js';

/** Events of a batch that Kafka refused for what they are; nothing of the batch is published. */
export class RefusedEvents extends Error {
  override readonly name = 'RefusedEvents';
  readonly events: readonly OutboxEvent[];

  constructor(events: readonly OutboxEvent[], cause: KafkaError) {
    super(cause.message, { cause });
    this.events = events;
  }
}

/**
 * Publishes a batch in one transaction: readers see all of it or nothing.
 *
 * @throws RefusedEvents, after having aborted; KafkaError, after which the producer is of no more use
 */
export async function publish(
  producer: TransactionalProducer,
  events: readonly OutboxEvent[],
): Promise<void> {
  const topics = byTopic(events);
  await producer.begin();
  try {
    await producer.send(topics.map(({ batch }) => batch));
  } catch (error) {
    const refused = refusedEvents(error, topics);
    if (refused === undefined) throw error;
    await producer.abort();
    throw refused;
  }
  await producer.commit();
}

interface TopicEvents {
  readonly events: OutboxEvent[];
  readonly batch: TopicRecords & { readonly records: ProducerRecord[] };
}

/** The order of events is kept within a topic, and so within an aggregate, which has one. */
function byTopic(events: readonly OutboxEvent[]): readonly TopicEvents[] {
  const topics = new Map<string, TopicEvents>();
  for (const event of events) {
    let topic = topics.get(event.topic);
    if (topic === undefined) {
      topic = { events: [], batch: { topic: event.topic, records: [] } };
      topics.set(event.topic, topic);
    }
    topic.events.push(event);
    topic.batch.records.push(toRecord(event));
  }
  return [...topics.values()];
}

function toRecord({ aggregateId, value, headers, occurredAt }: OutboxEvent): ProducerRecord {
  return { key: Buffer.from(aggregateId, 'utf8'), value, headers, timestamp: occurredAt };
}

/** Faults of the records alone, and not of the connection, a topic or this producer. */
function refusedEvents(error: unknown, topics: readonly TopicEvents[]): RefusedEvents | undefined {
  if (!(error instanceof SendError) || !error.failures.every(isOwnFault)) return undefined;
  const events = error.failures.flatMap(({ batch, record }) => topics[batch]?.events[record] ?? []);
  return new RefusedEvents(events, error);
}

function isOwnFault({ error }: RecordFailure): boolean {
  return error.code === 'TOO_LARGE' || error.code === 'REFUSED';
}
