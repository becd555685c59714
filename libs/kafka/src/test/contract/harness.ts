import { it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createKafkaClient } from '../../client.js';
import type { TopicSpec } from '../../port/admin.js';
import type { Capabilities, KafkaClient } from '../../port/client.js';
import type { Consumer, ConsumerOptions, PartitionReader, RebalanceListener } from '../../port/consumer.js';
import type { ConsumedRecord, ProducerRecord, RecordBatch, TopicPartition } from '../../port/records.js';

/** What the tests of a driver work with: a cluster, and clients that are closed after each test. */
export class Harness {
  readonly driver: string;
  private readonly bootstrap: () => string;
  private clients: KafkaClient[] = [];

  constructor(driver: string, bootstrap: () => string) {
    this.driver = driver;
    this.bootstrap = bootstrap;
  }

  /** Of one broker, as `host:port`. */
  address(): string {
    return this.bootstrap().split(',')[0] ?? '';
  }

  /** A test of something that a driver may lack: skipped, and counted as such, where it says that it does. */
  where(capability: keyof Capabilities, name: string, test: () => Promise<void>): void {
    // Asked without a cluster: there is none yet when tests are declared.
    const { capabilities } = createKafkaClient({
      driver: this.driver,
      brokers: ['127.0.0.1:1'],
      clientId: 'contract',
    });
    if (capabilities[capability] === false) {
      it.skip(`${name} (driver ${this.driver} declares ${capability}: false)`, test);
    } else {
      it(name, test);
    }
  }

  client(): KafkaClient {
    const client = createKafkaClient({
      driver: this.driver,
      brokers: this.bootstrap().split(','),
      clientId: 'contract',
    });
    this.clients.push(client);
    return client;
  }

  async topic(spec: Partial<TopicSpec> = {}): Promise<string> {
    const name = spec.name ?? uniqueName('topic');
    const admin = this.client().admin();
    await admin.createTopics([{ name, partitions: 1, replicationFactor: 1, config: {}, ...spec }]);
    return name;
  }

  /** A consumer that is subscribed, with the defaults of most tests. */
  async subscribed(
    topics: readonly string[],
    options: Partial<ConsumerOptions> = {},
    listener: RebalanceListener = new Listener(),
  ): Promise<Consumer> {
    const consumer = this.client().consumer({
      groupId: uniqueName('group'),
      isolation: 'read_committed',
      offsetReset: 'earliest',
      ...options,
    });
    await consumer.subscribe(topics, listener);
    return consumer;
  }

  async closeAll(): Promise<void> {
    const { clients } = this;
    this.clients = [];
    await Promise.all(clients.map((client) => client.close()));
  }
}

export function uniqueName(kind: string): string {
  return `${kind}-${randomUUID()}`;
}

/** Writes down what it is told. */
export class Listener implements RebalanceListener {
  readonly calls: string[] = [];

  onAssigned(partitions: readonly TopicPartition[]): Promise<void> | void {
    this.calls.push(`assigned ${numbers(partitions)}`);
  }

  onRevoked(partitions: readonly TopicPartition[]): Promise<void> | void {
    this.calls.push(`revoked ${numbers(partitions)}`);
  }

  onLost(partitions: readonly TopicPartition[]): Promise<void> | void {
    this.calls.push(`lost ${numbers(partitions)}`);
  }
}

export function numbers(partitions: readonly TopicPartition[]): string {
  return partitions
    .map(({ partition }) => partition)
    .sort((a, b) => a - b)
    .join(',');
}

/** Generous: a broker killed on a busy machine takes half a minute to come back. */
const DEADLINE_MS = 90_000;

/** Polls until `done`, handing each batch to it. @throws after a generous deadline */
export async function pollUntil(
  source: Pick<Consumer | PartitionReader, 'poll'>,
  done: (batches: readonly RecordBatch[]) => boolean,
): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!done(await source.poll(100))) {
    if (Date.now() > deadline) throw new Error(`not done after ${DEADLINE_MS} ms of polling`);
  }
}

/** The next `count` records, over all partitions. */
export async function read(
  source: Pick<Consumer | PartitionReader, 'poll'>,
  count: number,
): Promise<ConsumedRecord[]> {
  const records: ConsumedRecord[] = [];
  await pollUntil(source, (batches) => {
    for (const batch of batches) records.push(...batch.records);
    return records.length >= count;
  });
  return records;
}

export function record(value: string, more: Partial<ProducerRecord> = {}): ProducerRecord {
  return { key: null, value: Buffer.from(value), ...more };
}

export function records(prefix: string, count: number, more: Partial<ProducerRecord> = {}): ProducerRecord[] {
  return Array.from({ length: count }, (_, index) => record(`${prefix}${index}`, more));
}

export function values(from: readonly { readonly value: Buffer | null }[]): (string | null)[] {
  return from.map(({ value }) => value?.toString() ?? null);
}
