import type { TopicPartition } from '../port/records.js';
import { Reader } from './reader.js';
import { byTopic, type WireRequest } from './request.js';
import { Writer } from './writer.js';

/** Who the broker takes a producer for. */
export interface ProducerIdentity {
  readonly producerId: bigint;
  readonly epoch: number;
}

/**
 * InitProducerId v1. Without a transactional id for idempotence alone. With one it ends what an earlier producer left
 * open, and fences it.
 */
export function initProducerIdRequest(
  transactionalId: string | null,
  transactionTimeoutMs: number,
): WireRequest<ProducerIdentity & { readonly errorCode: number }> {
  return {
    apiKey: 22,
    apiName: 'InitProducerId',
    apiVersion: 1,
    encode() {
      return new Writer().string(transactionalId).int32(transactionTimeoutMs).bytes();
    },
    decode(answer) {
      const reader = new Reader(answer);
      reader.int32(); // throttle time
      return { errorCode: reader.int16(), producerId: reader.bigInt64(), epoch: reader.int16() };
    },
  };
}

export interface AddedPartition extends TopicPartition {
  readonly errorCode: number;
}

/** AddPartitionsToTxn v2. All are added or none: those that could have been are answered OPERATION_NOT_ATTEMPTED. */
export function addPartitionsToTxnRequest(
  transactionalId: string,
  producer: ProducerIdentity,
  partitions: readonly TopicPartition[],
): WireRequest<readonly AddedPartition[]> {
  return {
    apiKey: 24,
    apiName: 'AddPartitionsToTxn',
    apiVersion: 2,
    encode() {
      const writer = head(transactionalId, producer);
      return writer
        .array(byTopic(partitions), (entry) =>
          writer.string(entry.topic).array(entry.partitions, ({ partition }) => writer.int32(partition)),
        )
        .bytes();
    },
    decode(answer) {
      const reader = new Reader(answer);
      reader.int32(); // throttle time
      const topics = reader.array(() => {
        const topic = reader.string();
        return reader.array(() => ({ topic, partition: reader.int32(), errorCode: reader.int16() }));
      });
      return topics.flat();
    },
  };
}

/** AddOffsetsToTxn v2: the transaction is about to carry offsets of this group. */
export function addOffsetsToTxnRequest(
  transactionalId: string,
  producer: ProducerIdentity,
  groupId: string,
): WireRequest<number> {
  return {
    apiKey: 25,
    apiName: 'AddOffsetsToTxn',
    apiVersion: 2,
    encode: () => head(transactionalId, producer).string(groupId).bytes(),
    decode: errorCode,
  };
}

/** EndTxn v2. */
export function endTxnRequest(
  transactionalId: string,
  producer: ProducerIdentity,
  how: 'commit' | 'abort',
): WireRequest<number> {
  return {
    apiKey: 26,
    apiName: 'EndTxn',
    apiVersion: 2,
    encode: () =>
      head(transactionalId, producer)
        .boolean(how === 'commit')
        .bytes(),
    decode: errorCode,
  };
}

function head(transactionalId: string, { producerId, epoch }: ProducerIdentity): Writer {
  return new Writer().string(transactionalId).bigInt64(producerId).int16(epoch);
}

function errorCode(answer: Buffer): number {
  const reader = new Reader(answer);
  reader.int32(); // throttle time
  return reader.int16();
}
