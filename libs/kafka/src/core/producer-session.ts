import { KafkaError } from '../port/errors.js';
import type { TopicPartition } from '../port/records.js';
import { ErrorCode } from '../wire/error-codes.js';
import { initProducerIdRequest, type ProducerIdentity } from '../wire/transactions.js';
import type { Cluster } from './cluster.js';

/** Who the broker takes the producer for, and the place of the next batch of each partition in its sequence. */
export class ProducerSession implements ProducerIdentity {
  readonly producerId: bigint;
  readonly epoch: number;
  private readonly sequences = new Map<string, number>();

  private constructor({ producerId, epoch }: ProducerIdentity) {
    this.producerId = producerId;
    this.epoch = epoch;
  }

  static async begin(
    cluster: Cluster,
    broker: number,
    transactionalId: string | null,
    transactionTimeoutMs: number,
  ): Promise<ProducerSession> {
    const { errorCode, ...identity } = await cluster.send(
      broker,
      initProducerIdRequest(transactionalId, transactionTimeoutMs),
    );
    if (errorCode === ErrorCode.NONE) return new ProducerSession(identity);
    const who = transactionalId === null ? 'a producer' : `producer ${transactionalId}`;
    throw cluster.answered(errorCode, `asking for the id of ${who}`);
  }

  sequence(partition: TopicPartition): number {
    return this.sequences.get(partitionKey(partition)) ?? 0;
  }

  /** The batch at {@link sequence} was appended. Sequences wrap at 2^31 − 1. */
  advance(partition: TopicPartition, count: number): void {
    this.sequences.set(partitionKey(partition), (this.sequence(partition) + count) % 0x8000_0000);
  }
}

export function partitionKey({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}

/** Runs calls one after the other, in the order they were made, whether awaited or not. */
export class Serial {
  private tail: Promise<unknown> = Promise.resolve();

  run<T>(call: () => Promise<T>): Promise<T> {
    const result = this.tail.then(call);
    this.tail = result.catch(() => undefined);
    return result;
  }
}

export function assertOpen(closed: AbortSignal, what: string): void {
  if (closed.aborted) throw new KafkaError('CLOSED', `${what} is closed`);
}
