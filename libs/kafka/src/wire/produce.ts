import type { TopicPartition } from '../port/records.js';
import { Reader } from './reader.js';
import { byTopic, type WireRequest } from './request.js';
import { Writer } from './writer.js';

export interface PartitionData extends TopicPartition {
  /** One complete record batch: the protocol allows no more a partition. */
  readonly batch: Buffer;
}

export interface ProduceResult extends TopicPartition {
  readonly errorCode: number;
  /** Of the first record; `-1` where the broker does not tell. */
  readonly baseOffset: number;
  /** Records of the batch that the broker refused, by their index; empty where it refused none or all. */
  readonly refused: readonly { readonly index: number; readonly reason: string | null }[];
  readonly reason: string | null;
}

/** Produce v8 with `acks=all`. */
export function produceRequest(
  transactionalId: string | null,
  timeoutMs: number,
  data: readonly PartitionData[],
): WireRequest<readonly ProduceResult[]> {
  return {
    apiKey: 0,
    apiName: 'Produce',
    apiVersion: 8,
    encode() {
      const writer = new Writer(data.reduce((size, { batch }) => size + batch.length + 64, 256));
      return writer
        .string(transactionalId)
        .int16(-1)
        .int32(timeoutMs)
        .array(byTopic(data), ({ topic, partitions }) =>
          writer
            .string(topic)
            .array(partitions, ({ partition, batch }) => writer.int32(partition).bytesField(batch)),
        )
        .bytes();
    },
    decode(answer) {
      const reader = new Reader(answer);
      return reader
        .array(() => {
          const topic = reader.string();
          return reader.array((): ProduceResult => {
            const partition = reader.int32();
            const errorCode = reader.int16();
            const baseOffset = reader.int64();
            reader.int64(); // log append time
            reader.int64(); // log start offset
            const refused = reader.array(() => ({ index: reader.int32(), reason: reader.nullableString() }));
            return { topic, partition, errorCode, baseOffset, refused, reason: reader.nullableString() };
          });
        })
        .flat();
    },
    waitMs: timeoutMs,
  };
}
