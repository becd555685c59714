import type { GroupMetadata } from '../port/consumer.js';
import type { PartitionOffset, TopicPartition } from '../port/records.js';
import { Reader } from './reader.js';
import { byTopic, firstError, type WireRequest } from './request.js';
import type { ProducerIdentity } from './transactions.js';
import { Writer } from './writer.js';

/** A partition's offset, or why there is none; `-1` where nothing is committed. */
export interface OffsetResult extends PartitionOffset {
  readonly errorCode: number;
}

/** ListOffsets v2: the first (`earliest`) or next (`latest`) offset; with `readCommitted` the last stable one. */
export function listOffsetsRequest(
  partitions: readonly TopicPartition[],
  which: 'earliest' | 'latest',
  readCommitted: boolean,
): WireRequest<readonly OffsetResult[]> {
  return {
    apiKey: 2,
    apiName: 'ListOffsets',
    apiVersion: 2,
    encode() {
      const writer = new Writer();
      return writer
        .int32(-1) // replica
        .int8(readCommitted ? 1 : 0)
        .array(byTopic(partitions), (entry) =>
          writer
            .string(entry.topic)
            .array(entry.partitions, ({ partition }) =>
              writer.int32(partition).int64(which === 'earliest' ? -2 : -1),
            ),
        )
        .bytes();
    },
    decode(answer) {
      const reader = new Reader(answer);
      reader.int32(); // throttle time
      return reader
        .array(() => {
          const topic = reader.string();
          return reader.array(() => {
            const partition = reader.int32();
            const errorCode = reader.int16();
            reader.int64(); // timestamp
            return { topic, partition, errorCode, offset: reader.int64() };
          });
        })
        .flat();
    },
  };
}

/**
 * OffsetFetch v7 with `require_stable`: while a transaction holds an offset not yet decided the answer is
 * UNSTABLE_OFFSET_COMMIT, so that nobody starts from a position about to change (KIP-447). `null` asks for all topics.
 */
export function offsetFetchRequest(
  groupId: string,
  partitions: readonly TopicPartition[] | null,
): WireRequest<{ readonly errorCode: number; readonly offsets: readonly OffsetResult[] }> {
  return {
    apiKey: 9,
    apiName: 'OffsetFetch',
    apiVersion: 7,
    encode() {
      const writer = new Writer();
      return writer
        .tags()
        .compactString(groupId)
        .compactArray(partitions === null ? null : byTopic(partitions), (entry) =>
          writer
            .compactString(entry.topic)
            .compactArray(entry.partitions, ({ partition }) => writer.int32(partition))
            .tags(),
        )
        .boolean(true)
        .tags()
        .bytes();
    },
    decode(answer) {
      const reader = new Reader(answer);
      reader.tags();
      reader.int32(); // throttle time
      const offsets = reader.compactArray(() => {
        const topic = reader.compactString();
        const entries = reader.compactArray(() => {
          const partition = reader.int32();
          const offset = reader.int64();
          reader.int32(); // leader epoch
          reader.compactNullableString(); // metadata
          const errorCode = reader.int16();
          reader.tags();
          return { topic, partition, offset, errorCode };
        });
        reader.tags();
        return entries;
      });
      return { errorCode: reader.int16(), offsets: offsets.flat() };
    },
  };
}

/**
 * OffsetCommit v7; answered with the first error code. With generation −1 and no member id the coordinator takes it as
 * long as the group is empty.
 */
export function offsetCommitRequest(
  group: GroupMetadata,
  offsets: readonly PartitionOffset[],
): WireRequest<number> {
  return {
    apiKey: 8,
    apiName: 'OffsetCommit',
    apiVersion: 7,
    encode() {
      const writer = new Writer();
      return writer
        .string(group.groupId)
        .int32(group.generationId)
        .string(group.memberId)
        .string(group.instanceId ?? null)
        .array(byTopic(offsets), (entry) =>
          writer.string(entry.topic).array(
            entry.partitions,
            ({ partition, offset }) =>
              writer
                .int32(partition)
                .int64(offset)
                .int32(-1) // leader epoch
                .string(null), // metadata
          ),
        )
        .bytes();
    },
    decode(answer) {
      const reader = new Reader(answer);
      reader.int32(); // throttle time
      const codes = reader.array(() => {
        reader.string();
        return reader.array(() => {
          reader.int32();
          return reader.int16();
        });
      });
      return firstError(codes.flat());
    },
  };
}

export interface TransactionalOffsets {
  readonly transactionalId: string;
  readonly producer: ProducerIdentity;
  readonly group: GroupMetadata;
  readonly offsets: readonly PartitionOffset[];
}

/** TxnOffsetCommit v3: carries member and generation, by which the coordinator fences zombies (KIP-447). */
export function txnOffsetCommitRequest(
  input: TransactionalOffsets,
): WireRequest<readonly (TopicPartition & { readonly errorCode: number })[]> {
  return {
    apiKey: 28,
    apiName: 'TxnOffsetCommit',
    apiVersion: 3,
    encode() {
      const writer = new Writer();
      return writer
        .tags()
        .compactString(input.transactionalId)
        .compactString(input.group.groupId)
        .bigInt64(input.producer.producerId)
        .int16(input.producer.epoch)
        .int32(input.group.generationId)
        .compactString(input.group.memberId)
        .compactString(input.group.instanceId ?? null)
        .compactArray(byTopic(input.offsets), (entry) =>
          writer
            .compactString(entry.topic)
            .compactArray(entry.partitions, ({ partition, offset }) =>
              writer.int32(partition).int64(offset).int32(-1).compactString(null).tags(),
            )
            .tags(),
        )
        .tags()
        .bytes();
    },
    decode(answer) {
      const reader = new Reader(answer);
      reader.tags();
      reader.int32(); // throttle time
      return reader
        .compactArray(() => {
          const topic = reader.compactString();
          const partitions = reader.compactArray(() => {
            const result = { topic, partition: reader.int32(), errorCode: reader.int16() };
            reader.tags();
            return result;
          });
          reader.tags();
          return partitions;
        })
        .flat();
    },
  };
}
