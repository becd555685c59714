import type { TopicPartition } from '../port/records.js';
import { Reader } from './reader.js';
import { byTopic, type WireRequest } from './request.js';
import { Writer } from './writer.js';

export interface FetchPartition extends TopicPartition {
  readonly offset: number;
  readonly maxBytes: number;
}

export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

export interface FetchedPartition extends TopicPartition {
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  /** Record batches as they are in the log; the last may be cut. */
  readonly records: Buffer;
}

export interface FetchOptions {
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly readCommitted: boolean;
}

/** Fetch v11, without a fetch session. */
export function fetchRequest(
  partitions: readonly FetchPartition[],
  options: FetchOptions,
): WireRequest<{ readonly errorCode: number; readonly partitions: readonly FetchedPartition[] }> {
  return {
    apiKey: 1,
    apiName: 'Fetch',
    apiVersion: 11,
    encode() {
      const writer = new Writer();
      return writer
        .int32(-1) // replica
        .int32(options.maxWaitMs)
        .int32(options.minBytes)
        .int32(options.maxBytes)
        .int8(options.readCommitted ? 1 : 0)
        .int32(0) // session
        .int32(-1) // session epoch
        .array(byTopic(partitions), (entry) =>
          writer.string(entry.topic).array(entry.partitions, (partition) =>
            writer
              .int32(partition.partition)
              .int32(-1) // leader epoch
              .int64(partition.offset)
              .int64(-1) // log start offset
              .int32(partition.maxBytes),
          ),
        )
        .int32(0) // forgotten topics
        .string('') // rack
        .bytes();
    },
    decode(answer) {
      const reader = new Reader(answer);
      reader.int32(); // throttle time
      const errorCode = reader.int16();
      reader.int32(); // session
      const fetched = reader.array(() => {
        const topic = reader.string();
        return reader.array((): FetchedPartition => {
          const partition = reader.int32();
          const partitionError = reader.int16();
          const highWatermark = reader.int64();
          const lastStableOffset = reader.int64();
          reader.int64(); // log start offset
          const aborted = reader.array(() => ({
            producerId: reader.bigInt64(),
            firstOffset: reader.int64(),
          }));
          reader.int32(); // preferred read replica
          const records = reader.nullableBytes() ?? Buffer.alloc(0);
          return {
            topic,
            partition,
            errorCode: partitionError,
            highWatermark,
            lastStableOffset,
            aborted,
            records,
          };
        });
      });
      return { errorCode, partitions: fetched.flat() };
    },
    waitMs: options.maxWaitMs,
  };
}
