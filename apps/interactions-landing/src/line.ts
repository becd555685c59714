import type { Interaction } from '@mesh/contracts';
import type { SinkRecord } from '@mesh/streams';

/**
 * An interaction as a line of JSON: the event's fields as in the contract, times in milliseconds since the epoch, and
 * where in Kafka it is.
 */
export function encodeLine({ value, partition, offset }: SinkRecord<unknown, Interaction>): string {
  return JSON.stringify({ ...value, kafkaPartition: partition, kafkaOffset: offset });
}
