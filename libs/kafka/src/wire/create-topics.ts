import type { TopicSpec } from '../port/admin.js';
import { Reader } from './reader.js';
import type { WireRequest } from './request.js';
import { Writer } from './writer.js';

export interface CreateTopicResult {
  readonly topic: string;
  readonly errorCode: number;
  readonly reason: string | null;
}

/** CreateTopics v2: the answer says why a topic was refused, which kafkajs' codec leaves out. */
export function createTopicsRequest(
  topics: readonly TopicSpec[],
  timeoutMs: number,
): WireRequest<readonly CreateTopicResult[]> {
  return {
    apiKey: 19,
    apiName: 'CreateTopics',
    apiVersion: 2,
    encode() {
      const writer = new Writer();
      return writer
        .array(topics, (topic) =>
          writer
            .string(topic.name)
            .int32(topic.partitions)
            .int16(topic.replicationFactor)
            .int32(0) // replica assignments: the brokers choose
            .array(Object.entries(topic.config), ([name, value]) => writer.string(name).string(value)),
        )
        .int32(timeoutMs)
        .boolean(false)
        .bytes();
    },
    decode(answer) {
      const reader = new Reader(answer);
      reader.int32(); // throttle time
      return reader.array(() => ({
        topic: reader.string(),
        errorCode: reader.int16(),
        reason: reader.nullableString(),
      }));
    },
    waitMs: timeoutMs,
  };
}
