import type { Admin } from '../port/admin.js';
import type { Capabilities, KafkaClient, KafkaClientOptions } from '../port/client.js';
import type { Consumer, ConsumerOptions, PartitionReader } from '../port/consumer.js';
import { KafkaError } from '../port/errors.js';
import type {
  Producer,
  ProducerOptions,
  TransactionalProducer,
  TransactionalProducerOptions,
} from '../port/producer.js';
import type { PartitionOffset } from '../port/records.js';
import { ClusterAdmin } from './admin.js';
import { Cluster } from './cluster.js';
import { GroupConsumer } from './consumer.js';
import { IdempotentProducer } from './producer.js';
import { OffsetReader } from './reader.js';
import type { Transport } from './transport.js';
import { TransactionProducer } from './transactional-producer.js';

const capabilities: Capabilities = {
  fencesByMember: true,
  awaitsRevoke: true,
  cooperativeRebalance: true,
  staticMembership: true,
  compression: ['none', 'gzip', 'zstd'],
};

/**
 * The port over the connections of any client library. Producing, fetching, group membership and administration are
 * our own: they are what the rest of the project has to rely on, whichever library carries the bytes.
 */
export class ClusterClient implements KafkaClient {
  readonly driver: string;
  readonly capabilities = capabilities;
  private readonly transport: Transport;
  private readonly options: KafkaClientOptions;
  private readonly open = new Set<{ close(): Promise<void> }>();
  private closed = false;

  constructor(transport: Transport, options: KafkaClientOptions) {
    this.driver = transport.name;
    this.transport = transport;
    this.options = options;
  }

  consumer(options: ConsumerOptions): Consumer {
    return this.track((cluster) => new GroupConsumer(cluster, options));
  }

  producer(options: ProducerOptions = {}): Producer {
    this.assertCompression(options);
    return this.track((cluster) => new IdempotentProducer(cluster, options));
  }

  transactionalProducer(options: TransactionalProducerOptions): TransactionalProducer {
    this.assertCompression(options);
    return this.track((cluster) => new TransactionProducer(cluster, options));
  }

  async reader(from: readonly PartitionOffset[]): Promise<PartitionReader> {
    const cluster = this.cluster();
    try {
      const reader = await OffsetReader.open(cluster, from);
      return this.track(() => reader, cluster);
    } catch (error) {
      cluster.close();
      throw error;
    }
  }

  admin(): Admin {
    return this.track((cluster) => new ClusterAdmin(cluster));
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.open].map((part) => part.close()));
  }

  private cluster(): Cluster {
    if (this.closed) throw new KafkaError('CLOSED', 'the Kafka client is closed');
    return new Cluster(this.transport, this.options);
  }

  private assertCompression({ compression = 'none' }: ProducerOptions): void {
    if (this.capabilities.compression.includes(compression)) return;
    throw new KafkaError('UNSUPPORTED', `driver ${this.driver} cannot compress with ${String(compression)}`);
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
