import type { PartitionOffset } from '../port/records.js';
import { Reader } from './reader.js';
import { byTopic, firstError, type WireRequest } from './request.js';
import { Writer } from './writer.js';

const RESOURCE_TOPIC = 2;

/** DeleteTopics v3; answered with the first error code. */
export function deleteTopicsRequest(names: readonly string[], timeoutMs: number): WireRequest<number> {
  return {
    apiKey: 20,
    apiName: 'DeleteTopics',
    apiVersion: 3,
    encode() {
      const writer = new Writer();
      return writer
        .array(names, (name) => writer.string(name))
        .int32(timeoutMs)
        .bytes();
    },
    decode: codesByName,
    waitMs: timeoutMs,
  };
}

/** DeleteGroups v1; answered with the first error code. */
export function deleteGroupsRequest(groupIds: readonly string[]): WireRequest<number> {
  return {
    apiKey: 42,
    apiName: 'DeleteGroups',
    apiVersion: 1,
    encode() {
      const writer = new Writer();
      return writer.array(groupIds, (groupId) => writer.string(groupId)).bytes();
    },
    decode: codesByName,
  };
}

function codesByName(answer: Buffer): number {
  const reader = new Reader(answer);
  reader.int32(); // throttle time
  return firstError(
    reader.array(() => {
      reader.string();
      return reader.int16();
    }),
  );
}

/** DeleteRecords v1: all before these offsets; answered with the first error code. */
export function deleteRecordsRequest(
  offsets: readonly PartitionOffset[],
  timeoutMs: number,
): WireRequest<number> {
  return {
    apiKey: 21,
    apiName: 'DeleteRecords',
    apiVersion: 1,
    encode() {
      const writer = new Writer();
      return writer
        .array(byTopic(offsets), (entry) =>
          writer
            .string(entry.topic)
            .array(entry.partitions, ({ partition, offset }) => writer.int32(partition).int64(offset)),
        )
        .int32(timeoutMs)
        .bytes();
    },
    decode(answer) {
      const reader = new Reader(answer);
      reader.int32(); // throttle time
      const codes = reader.array(() => {
        reader.string();
        return reader.array(() => {
          reader.int32();
          reader.int64(); // the first offset kept
          return reader.int16();
        });
      });
      return firstError(codes.flat());
    },
    waitMs: timeoutMs,
  };
}

export interface TopicConfigAnswer {
  readonly errorCode: number;
  readonly reason: string | null;
  readonly config: Readonly<Record<string, string>>;
}

/** DescribeConfigs v2 of one topic. */
export function describeTopicConfigRequest(topic: string): WireRequest<TopicConfigAnswer> {
  return {
    apiKey: 32,
    apiName: 'DescribeConfigs',
    apiVersion: 2,
    encode() {
      const writer = new Writer();
      return writer
        .array([topic], (name) =>
          writer
            .int8(RESOURCE_TOPIC)
            .string(name)
            .array(null, () => {}),
        )
        .boolean(false) // synonyms
        .bytes();
    },
    decode(answer) {
      const reader = new Reader(answer);
      reader.int32(); // throttle time
      const [result] = reader.array(() => {
        const errorCode = reader.int16();
        const reason = reader.nullableString();
        reader.int8(); // resource type
        reader.string(); // resource name
        const entries = reader.array((): [string, string] => {
          const entry: [string, string] = [reader.string(), reader.nullableString() ?? ''];
          reader.boolean(); // read only
          reader.int8(); // source
          reader.boolean(); // sensitive
          reader.array(() => {
            reader.string();
            reader.nullableString();
            reader.int8();
          });
          return entry;
        });
        return { errorCode, reason, config: Object.fromEntries(entries) };
      });
      return result ?? { errorCode: -1, reason: 'an empty answer', config: {} };
    },
  };
}
