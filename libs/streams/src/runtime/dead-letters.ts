import type { Header } from '@mesh/kafka';
import type { RecordFailure } from './failures.js';
import { RecordTooLargeError, type RecordCollector } from './collector.js';

/** Messages and stacks longer than this are cut. Characters. */
const MESSAGE_LIMIT = 2_000;
const STACK_LIMIT = 8_000;
const SUFFIX = '.dlq';

/** `<topic>.dlq` */
export function deadLetterTopic(topic: string): string {
  return `${topic}${SUFFIX}`;
}

/** Whether it is the name that dead letters of some topic have. */
export function isDeadLetterTopic(topic: string): boolean {
  return topic.endsWith(SUFFIX);
}

/**
 * Writes the source record with its bytes and time as they were read, and what happened in headers under Kafka
 * Connect's names (`org.apache.kafka.connect.runtime.errors.DeadLetterQueueReporter`). Where it is larger so than its
 * topic takes, the headers that say where and of what kind are all it has.
 *
 * @throws RecordTooLargeError where it is too large with those too
 */
export function sendDeadLetter(
  collector: RecordCollector,
  topic: string,
  applicationId: string,
  failure: RecordFailure,
): void {
  const { record } = failure;
  const send = (fields: readonly Field[]): void => {
    const headers: Header[] = fields.map(([name, value]) => [`__connect.errors.${name}`, Buffer.from(value)]);
    collector.send(topic, record.key, record.value, [...record.headers, ...headers], record.timestamp);
  };
  try {
    send([...whereAndWhat(applicationId, failure), ...why(failure)]);
  } catch (error) {
    if (!(error instanceof RecordTooLargeError)) throw error;
    try {
      send(whereAndWhat(applicationId, failure));
    } catch (again) {
      if (!(again instanceof RecordTooLargeError)) throw again;
      throw new RecordTooLargeError(`${again.message}: raise max.message.bytes of ${topic}`, {
        cause: again,
      });
    }
  }
}

type Field = readonly [name: string, value: string];

function whereAndWhat(applicationId: string, failure: RecordFailure): readonly Field[] {
  return [
    ['topic', failure.topic],
    ['partition', String(failure.partition)],
    ['offset', String(failure.record.offset)],
    ['connector.name', applicationId],
    ['task.id', failure.taskId],
    ['stage', failure.stage],
    ['class.name', failure.node],
    ['exception.class.name', failure.error.name],
  ];
}

function why({ error }: RecordFailure): readonly Field[] {
  return [
    ['exception.message', error.message.slice(0, MESSAGE_LIMIT)],
    ['exception.stacktrace', (error.stack ?? '').slice(0, STACK_LIMIT)],
  ];
}
