import type { Header } from '@mesh/kafka';
import type { RecordFailure } from './failures.js';
import type { RecordCollector } from './collector.js';

/** A stack longer than this is cut. Characters. */
const STACK_LIMIT = 8_000;

/** `<topic>.dlq` */
export function deadLetterTopic(topic: string): string {
  return `${topic}.dlq`;
}

/**
 * Writes the source record with its bytes and time as they were read, and what happened in headers under Kafka
 * Connect's names (`org.apache.kafka.connect.runtime.errors.DeadLetterQueueReporter`).
 */
export function sendDeadLetter(
  collector: RecordCollector,
  topic: string,
  applicationId: string,
  failure: RecordFailure,
): void {
  const { record } = failure;
  collector.send(
    topic,
    record.key,
    record.value,
    [...record.headers, ...errorHeaders(applicationId, failure)],
    record.timestamp,
  );
}

function errorHeaders(applicationId: string, failure: RecordFailure): Header[] {
  const { error } = failure;
  const fields: readonly (readonly [name: string, value: string])[] = [
    ['topic', failure.topic],
    ['partition', String(failure.partition)],
    ['offset', String(failure.record.offset)],
    ['connector.name', applicationId],
    ['task.id', failure.taskId],
    ['stage', failure.stage],
    ['class.name', failure.node],
    ['exception.class.name', error.name],
    ['exception.message', error.message],
    ['exception.stacktrace', (error.stack ?? '').slice(0, STACK_LIMIT)],
  ];
  return fields.map(([name, value]) => [`__connect.errors.${name}`, Buffer.from(value, 'utf8')]);
}
