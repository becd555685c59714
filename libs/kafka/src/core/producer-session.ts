import { KafkaError } from '../port/errors.js';
import type { TopicPartition } from '../port/records.js';

/** Who the broker takes the producer for, and the place of the next batch of each partition in its sequence. */
export class ProducerSession {
  readonly producerId: bigint;
  readonly epoch: number;
  private readonly sequences = new Map<string, number>();

  constructor(answer: unknown) {
    const { producerId, producerEpoch } = answer as { producerId: string; producerEpoch: number };
    this.producerId = BigInt(producerId);
    this.epoch = producerEpoch;
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
