import type { Admin } from '../../port/admin.js';
import type { Capabilities, KafkaClient, KafkaClientOptions } from '../../port/client.js';
import type { Consumer, ConsumerOptions, PartitionReader } from '../../port/consumer.js';
import { KafkaError } from '../../port/errors.js';
import type {
  Producer,
  ProducerOptions,
  TransactionalProducer,
  TransactionalProducerOptions,
} from '../../port/producer.js';
import type { PartitionOffset } from '../../port/records.js';
import { KafkajsAdmin } from './admin.js';
import { Cluster } from './cluster.js';
import { KafkajsConsumer } from './consumer.js';
import { KafkajsProducer } from './producer.js';
import { KafkajsReader } from './reader.js';
import { KafkajsTransactionalProducer } from './transactional-producer.js';

const capabilities: Capabilities = {
  fencesByMember: true,
  awaitsRevoke: true,
  cooperativeRebalance: false,
  staticMembership: false,
  compression: ['none', 'gzip', 'zstd'],
};

/**
 * The driver over kafkajs' connections. Producing, fetching and group membership are our own (see internals.ts): they
 * are the hot path, and what the rest of the project has to rely on.
 */
export class KafkajsClient implements KafkaClient {
  readonly driver = 'kafkajs';
  readonly capabilities = capabilities;
  private readonly options: KafkaClientOptions;
  private readonly open = new Set<{ close(): Promise<void> }>();
  private closed = false;

  constructor(options: KafkaClientOptions) {
    this.options = options;
  }

  consumer(options: ConsumerOptions): Consumer {
    return this.track((cluster) => new KafkajsConsumer(cluster, options));
  }

  producer(options: ProducerOptions = {}): Producer {
    assertCompression(options);
    return this.track((cluster) => new KafkajsProducer(cluster, options));
  }

  transactionalProducer(options: TransactionalProducerOptions): TransactionalProducer {
    assertCompression(options);
    return this.track((cluster) => new KafkajsTransactionalProducer(cluster, options));
  }

  async reader(from: readonly PartitionOffset[]): Promise<PartitionReader> {
    const cluster = this.cluster();
    try {
      const reader = await KafkajsReader.open(cluster, from);
      return this.track(() => reader, cluster);
    } catch (error) {
      cluster.close();
      throw error;
    }
  }

  admin(): Admin {
    return this.track((cluster) => new KafkajsAdmin(cluster));
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.open].map((part) => part.close()));
  }

  private cluster(): Cluster {
    if (this.closed) throw new KafkaError('CLOSED', 'the Kafka client is closed');
    return new Cluster(this.options);
  }

  private track<T extends { close(): Promise<void> }>(
    make: (cluster: Cluster) => T,
    cluster = this.cluster(),
  ): T {
    const part = make(cluster);
    this.open.add(part);
    cluster.closed.addEventListener('abort', () => this.open.delete(part), { once: true });
    return part;
  }
}

function assertCompression({ compression = 'none' }: ProducerOptions): void {
  if (capabilities.compression.includes(compression)) return;
  throw new KafkaError('UNSUPPORTED', `driver kafkajs cannot compress with ${String(compression)}`);
}
