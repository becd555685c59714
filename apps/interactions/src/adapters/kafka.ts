import { cloudEventHeaders, interaction, type Interaction } from '@mesh/contracts';
import { KafkaError, type BatchingProducer, type KafkaLogger, type ProducerRecord } from '@mesh/kafka';
import type { AvroSerde } from '@mesh/serde';
import type { Publication, Tracing } from '@mesh/service';
import type { InteractionPublisher, PublishOutcome } from '../domain/publisher.js';

export interface KafkaPublisherOptions {
  readonly producer: Pick<BatchingProducer, 'send' | 'full' | 'close'>;
  readonly serde: Pick<AvroSerde<Interaction>, 'serialize'>;
  readonly log: KafkaLogger;
  readonly tracing: Tracing;
}

/**
 * Publishes to the interactions topic: Avro in the registry's frame, keyed by the user, at the time of the event, with
 * the CloudEvents attributes as headers.
 */
export class KafkaPublisher implements InteractionPublisher {
  readonly #options: KafkaPublisherOptions;
  /** Whether the last record failed: an outage is logged when it begins and when it ends. */
  #failing = false;

  constructor(options: KafkaPublisherOptions) {
    this.#options = options;
  }

  async publish(events: readonly Interaction[]): Promise<readonly PublishOutcome[]> {
    const { producer, tracing } = this.#options;
    // Better told to come back now than after having waited for room.
    if (producer.full) return events.map(() => 'unavailable');
    // All or none are handed over where one cannot be written as Avro, which would be a fault of ours.
    const records = events.map((event) => this.#record(event));
    return Promise.all(
      records.map((record) => {
        const publication = tracing.publish(interaction.topic, records.length);
        return producer.send(interaction.topic, withHeaders(record, publication)).then(
          () => this.#published(publication),
          (error: unknown) => this.#failed(error, publication),
        );
      }),
    );
  }

  /** Waits for what was handed over. */
  close(): Promise<void> {
    return this.#options.producer.close();
  }

  #record(event: Interaction): ProducerRecord {
    return {
      // As `interaction.key` says.
      key: Buffer.from(event.userId, 'utf8'),
      value: this.#options.serde.serialize(interaction.topic, event),
      headers: cloudEventHeaders(interaction, event),
      timestamp: event.occurredAt,
    };
  }

  #published(publication: Publication): PublishOutcome {
    publication.end();
    if (this.#failing) {
      this.#failing = false;
      this.#options.log.info({ topic: interaction.topic }, 'publishing works again');
    }
    return 'published';
  }

  #failed(error: unknown, publication: Publication): PublishOutcome {
    if (!(error instanceof KafkaError)) throw error;
    publication.end(error);
    if (error.code === 'TOO_LARGE') return 'too-large';
    if (!this.#failing) {
      this.#failing = true;
      this.#options.log.error(
        { err: error, topic: interaction.topic },
        'publishing fails; clients are told to retry',
      );
    }
    return 'unavailable';
  }
}

function withHeaders(record: ProducerRecord, { headers }: Publication): ProducerRecord {
  return headers.length === 0 ? record : { ...record, headers: [...(record.headers ?? []), ...headers] };
}
