import { cloudEventHeaders, interaction, type Interaction } from '@mesh/contracts';
import { KafkaError, type BatchingProducer, type KafkaLogger, type ProducerRecord } from '@mesh/kafka';
import type { AvroSerde } from '@mesh/serde';
import type { InteractionPublisher, PublishOutcome } from '../domain/publisher.js';

export interface KafkaPublisherOptions {
  readonly producer: Pick<BatchingProducer, 'send' | 'full' | 'close'>;
  readonly serde: Pick<AvroSerde<Interaction>, 'serialize'>;
  readonly log: KafkaLogger;
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
    const { producer } = this.#options;
    // Better told to come back now than after having waited for room.
    if (producer.full) return events.map(() => 'unavailable');
    // All or none are handed over where one cannot be written as Avro, which would be a fault of ours.
    const records = events.map((event) => this.#record(event));
    return Promise.all(
      records.map((record) =>
        producer.send(interaction.topic, record).then(
          () => this.#published(),
          (error: unknown) => this.#failed(error),
        ),
      ),
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

  #published(): PublishOutcome {
    if (this.#failing) {
      this.#failing = false;
      this.#options.log.info({ topic: interaction.topic }, 'publishing works again');
    }
    return 'published';
  }

  #failed(error: unknown): PublishOutcome {
    if (!(error instanceof KafkaError)) throw error;
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
