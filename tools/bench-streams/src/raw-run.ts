import { RecordAccumulator, type KafkaClient, type PartitionOffset, type SendBatch } from '@mesh/kafka';
import { clientOf } from './client.js';
import type { RunSettings } from './settings.js';
import type { Span } from './span.js';

/** Outputs are sent once there are so many, or nothing is under way. Bytes. */
const FLUSH_BYTES = 256 * 1024;
/** Not acknowledged, beyond which nothing more is read. Bytes. */
const MOST_PENDING = 32 * 1024 * 1024;

/**
 * Consume, transform, produce with the client alone, by the fastest way that it has: what the stateless workload does,
 * without the library.
 */
export async function runRaw(settings: RunSettings, exactlyOnce: boolean, span: Span): Promise<void> {
  const client = clientOf(settings);
  const { application, input, output, commitIntervalMs } = settings;
  const consumer = client.consumer({
    groupId: application,
    isolation: exactlyOnce ? 'read_committed' : 'read_uncommitted',
    offsetReset: 'earliest',
  });
  const sender = exactlyOnce ? new TransactionalSender(client, application) : new PlainSender(client);
  await sender.init();
  const nothing = (): void => undefined;
  await consumer.subscribe([input], { onAssigned: nothing, onRevoked: nothing, onLost: nothing });
  const offsets = new Map<number, PartitionOffset>();
  const pending = new RecordAccumulator((topic) => sender.partitionCount(topic));
  let done = 0;
  let committed = performance.now();
  const flush = (): void => {
    const { bytes } = pending;
    if (bytes > 0) sender.send(pending.take(), bytes);
  };
  for (;;) {
    const batches = await consumer.poll(sender.bytes > MOST_PENDING ? 0 : 100);
    for (const { topic, partition, records, nextOffset } of batches) {
      for (const { key, value, timestamp } of records) {
        const text = value?.toString('utf8') ?? '';
        const mapped = Buffer.from(text.slice(50), 'utf8');
        pending.append(output, key, mapped, [], timestamp);
      }
      done += records.length;
      offsets.set(partition, { topic, partition, offset: nextOffset });
      if (pending.bytes >= FLUSH_BYTES) flush();
    }
    if (sender.idle) flush();
    if (sender.bytes > MOST_PENDING) await sender.settled();
    else await new Promise((resolve) => setImmediate(resolve));
    const end = span.at(done);
    if (end || performance.now() - committed >= commitIntervalMs) {
      flush();
      await sender.settled();
      await sender.commit(consumer, [...offsets.values()]);
      offsets.clear();
      committed = performance.now();
    }
    if (end) break;
  }
  await consumer.close();
  await client.close();
}

type Committer = ReturnType<KafkaClient['consumer']>;

/** Sends one call after the other, and knows what is not acknowledged. */
abstract class Sender {
  bytes = 0;
  #inFlight: Promise<unknown> = Promise.resolve();
  #calls = 0;
  #failure: unknown;

  get idle(): boolean {
    return this.#calls === 0;
  }

  send(batches: readonly SendBatch[], bytes: number): void {
    this.bytes += bytes;
    this.#calls += 1;
    this.#inFlight = this.write(batches)
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => {
        this.bytes -= bytes;
        this.#calls -= 1;
      });
  }

  async settled(): Promise<void> {
    while (this.#calls > 0) await this.#inFlight;
    if (this.#failure !== undefined) throw this.#failure as Error;
  }

  abstract init(): Promise<void>;
  abstract partitionCount(topic: string): number | undefined;
  abstract commit(consumer: Committer, offsets: readonly PartitionOffset[]): Promise<void>;
  protected abstract write(batches: readonly SendBatch[]): Promise<unknown>;
}

class PlainSender extends Sender {
  readonly #producer: ReturnType<KafkaClient['producer']>;

  constructor(client: KafkaClient) {
    super();
    this.#producer = client.producer();
  }

  async init(): Promise<void> {
    // It begins with the first send.
  }

  partitionCount(topic: string): number | undefined {
    return this.#producer.partitionCount?.(topic);
  }

  async commit(consumer: Committer, offsets: readonly PartitionOffset[]): Promise<void> {
    await consumer.commit(offsets);
  }

  protected write(batches: readonly SendBatch[]): Promise<unknown> {
    return this.#producer.send(batches);
  }
}

class TransactionalSender extends Sender {
  readonly #producer: ReturnType<KafkaClient['transactionalProducer']>;
  #open: Promise<void> | undefined;

  constructor(client: KafkaClient, transactionalId: string) {
    super();
    this.#producer = client.transactionalProducer({ transactionalId });
  }

  init(): Promise<void> {
    return this.#producer.init();
  }

  partitionCount(topic: string): number | undefined {
    return this.#producer.partitionCount?.(topic);
  }

  async commit(consumer: Committer, offsets: readonly PartitionOffset[]): Promise<void> {
    if (offsets.length === 0) return;
    await this.#begin();
    await this.#producer.sendOffsets(offsets, consumer.groupMetadata());
    await this.#producer.commit();
    this.#open = undefined;
  }

  protected async write(batches: readonly SendBatch[]): Promise<unknown> {
    await this.#begin();
    return this.#producer.send(batches);
  }

  #begin(): Promise<void> {
    this.#open ??= this.#producer.begin();
    return this.#open;
  }
}
