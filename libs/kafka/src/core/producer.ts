import type { Appended, Producer, ProducerOptions, SendBatch } from '../port/producer.js';
import type { Cluster } from './cluster.js';
import { partitionsFor } from './partitions-for.js';
import { assertOpen, ProducerSession, Serial } from './producer-session.js';
import { RecordSender } from './record-sender.js';
import { retrying } from './retry.js';
import { appendedOrThrow } from './send-outcome.js';

const DELIVERY_TIMEOUT_MS = 120_000;

export class IdempotentProducer implements Producer {
  private readonly cluster: Cluster;
  private readonly sender: RecordSender;
  private readonly deliveryTimeoutMs: number;
  private readonly serial = new Serial();
  private session: ProducerSession | undefined;

  constructor(cluster: Cluster, options: ProducerOptions) {
    this.cluster = cluster;
    this.sender = new RecordSender(cluster, options.compression ?? 'none');
    this.deliveryTimeoutMs = options.deliveryTimeoutMs ?? DELIVERY_TIMEOUT_MS;
  }

  async send(batches: readonly SendBatch[]): Promise<readonly Appended[]> {
    assertOpen(this.cluster.closed, 'the producer');
    const deadline = Date.now() + this.deliveryTimeoutMs;
    return this.serial.run(() => this.sendNow(batches, deadline));
  }

  partitionCount(topic: string): number | undefined {
    return this.cluster.known(topic)?.partitions.length;
  }

  async partitionsFor(topic: string): Promise<number> {
    return partitionsFor(this.cluster, topic, this.deliveryTimeoutMs);
  }

  async close(): Promise<void> {
    this.cluster.close();
  }

  private async sendNow(batches: readonly SendBatch[], deadline: number): Promise<readonly Appended[]> {
    assertOpen(this.cluster.closed, 'the producer');
    this.session ??= await this.newSession(deadline);
    const outcome = await this.sender.send(batches, {
      session: this.session,
      transactionalId: null,
      deadline,
    });
    if (outcome.indefinite) this.session = undefined;
    return appendedOrThrow(outcome);
  }

  private async newSession(deadline: number): Promise<ProducerSession> {
    return retrying(
      async () => {
        const broker = await this.cluster.anyBroker();
        return ProducerSession.begin(this.cluster, broker, null, 0);
      },
      { deadline, signal: this.cluster.closed },
    );
  }
}
