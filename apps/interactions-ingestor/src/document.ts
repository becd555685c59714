import type { Interaction } from '@mesh/contracts';
import type { SinkRecord } from '@mesh/streams';

/** An interaction as it is stored for analytics: one flat JSON object, times as ISO 8601 in UTC. */
export interface InteractionDocument extends Omit<Interaction, 'occurredAt'> {
  readonly occurredAt: string;
  /** Where the record lies, for whoever asks where a document came from. */
  readonly kafka: { readonly topic: string; readonly partition: number; readonly offset: number };
}

export function toDocument({
  value,
  topic,
  partition,
  offset,
}: SinkRecord<string, Interaction>): InteractionDocument {
  return {
    ...value,
    occurredAt: new Date(value.occurredAt).toISOString(),
    kafka: { topic, partition, offset },
  };
}

/** The bytes of one Firehose record: one JSON object, and nothing around it. */
export function encodeDocument(record: SinkRecord<string, Interaction>): Buffer {
  return Buffer.from(JSON.stringify(toDocument(record)));
}
