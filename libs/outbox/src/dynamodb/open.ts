import type { KafkaClient, KafkaLogger } from '@mesh/kafka';
import type { RelaySample } from '../relay/metrics.js';
import { Relay, type RelayTracing } from '../relay/relay.js';
import { createDynamoDbClient } from './client.js';
import { createDynamoDbOutbox, type DynamoDbOutbox, type DynamoDbOutboxOptions } from './outbox.js';

export interface OpenOptions extends Omit<DynamoDbOutboxOptions, 'client'> {
  /** The service's name: what its relays are fenced by. */
  readonly service: string;
  readonly kafka: Pick<KafkaClient, 'transactionalProducer'>;
  readonly log: KafkaLogger;
  /** None where absent. */
  readonly tracing?: RelayTracing;
}

/** All that a service needs which keeps its entities in DynamoDB. */
export interface OpenOutbox extends Pick<DynamoDbOutbox, 'entities'> {
  /** Relays events until {@link close}. */
  run(): Promise<void>;
  /** Of the relay; in the shape that `exportSamples` of `@mesh/service` takes. */
  metrics(): readonly RelaySample[];
  close(): Promise<void>;
}

/**
 * Opens a service's table, with a client of its own, and prepares the relay.
 *
 * @throws OutboxError `UNAVAILABLE`; `DATABASE` where the table is not there or not allowed
 */
export async function openDynamoDbOutbox(options: OpenOptions): Promise<OpenOutbox> {
  const { service, kafka, log, tracing, ...rest } = options;
  const client = createDynamoDbClient();
  const outbox = createDynamoDbOutbox({ client, ...rest });
  try {
    await outbox.check();
  } catch (error) {
    client.destroy();
    throw error;
  }
  const relay = new Relay({
    source: outbox.source,
    kafka,
    transactionalId: `${service}-outbox`,
    log,
    ...(tracing === undefined ? {} : { tracing }),
  });
  return {
    entities: (entities) => outbox.entities(entities),
    run: () => relay.run(),
    metrics: () => relay.metrics(),
    close: async () => {
      await relay.close();
      client.destroy();
    },
  };
}
