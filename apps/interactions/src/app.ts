import { interaction } from '@mesh/contracts';
import { BatchingProducer } from '@mesh/kafka';
import { createAvroSerde, openSchemaRegistry } from '@mesh/serde';
import { counter, gauge, type ServiceContext, type StartedService } from '@mesh/service';
import { randomUUID } from 'node:crypto';
import { addRoutes } from './adapters/http.js';
import { KafkaPublisher } from './adapters/kafka.js';
import type { Config } from './config.js';
import { takeInteractions, type TakeInteractions } from './domain/take.js';

/** Puts the parts together: HTTP → check → Kafka. */
export async function startInteractions({
  config,
  http,
  kafka,
  log,
  metrics,
  tracing,
  name,
}: ServiceContext<Config>): Promise<StartedService> {
  // The schema is only looked up: registering is for whoever merges a change of the contract.
  const registry = await openSchemaRegistry(config);
  const serde = await createAvroSerde({ contract: interaction, registry });
  const producer = new BatchingProducer(kafka.producer({ deliveryTimeoutMs: config.PUBLISH_TIMEOUT_MS }), {
    lingerMs: config.PUBLISH_LINGER_MS,
    maxBufferedBytes: config.PUBLISH_BUFFER_BYTES,
  });
  const publisher = new KafkaPublisher({ producer, serde, log, tracing });
  gauge(metrics, {
    name: 'interactions_unacknowledged',
    help: 'Events taken over and not yet acknowledged by Kafka.',
    read: () => producer.pending,
  });
  const events = counter(metrics, {
    name: 'interactions_events_total',
    help: 'Events by the status they were answered with.',
    labels: ['status'],
  });
  const take = takeInteractions({ publisher, producer: name, now: Date.now, newEventId: randomUUID });
  const counted: TakeInteractions = async (given, correlationId) => {
    const outcomes = await take(given, correlationId);
    for (const { status } of outcomes) events.inc({ status });
    return outcomes;
  };
  addRoutes(http, counted);
  return { close: () => publisher.close() };
}
