import { createKafkaClient, type KafkaClient } from '@mesh/kafka';
import {
  askUnderReplicated,
  freePorts,
  startKafka,
  type KafkaServer,
  type ListenerOptions,
} from '@mesh/local-cloud';
import { setTimeout as sleep } from 'node:timers/promises';
import { Proxy } from './proxy.js';

export const BROKERS = 3;
const IN_SYNC_MS = 180_000;

/** Three brokers, and for each instance a door at each of them that a proxy stands in front of. */
export class Cluster {
  readonly server: KafkaServer;
  /** By instance, then by broker. */
  readonly proxies: readonly (readonly Proxy[])[];

  private constructor(server: KafkaServer, proxies: readonly (readonly Proxy[])[]) {
    this.server = server;
    this.proxies = proxies;
  }

  static async start(instances: number): Promise<Cluster> {
    const ports = await freePorts(instances * BROKERS);
    const portsOf = (instance: number): readonly number[] =>
      ports.slice(instance * BROKERS, (instance + 1) * BROKERS);
    const listeners = Array.from({ length: instances }, (_, instance): ListenerOptions => ({
      name: listenerOf(instance),
      protocol: 'PLAINTEXT',
      properties: {},
      advertisedPorts: portsOf(instance),
    }));
    const server = await startKafka({
      brokers: BROKERS,
      heapMb: 320,
      listeners,
      properties: {
        // Transactions of what was killed end soon after their timeout.
        'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500',
        'default.replication.factor': String(BROKERS),
        // What closes all windows in the end is days ahead.
        'log.message.timestamp.after.max.ms': String(Number.MAX_SAFE_INTEGER),
      },
    });
    const proxies: Proxy[][] = [];
    for (let instance = 0; instance < instances; instance++) {
      const targets = server.bootstrapOf(listenerOf(instance)).split(',').map(portOf);
      proxies.push(
        await Promise.all(
          portsOf(instance).map((port, broker) => Proxy.start(port, targets[broker] ?? Number.NaN)),
        ),
      );
    }
    return new Cluster(server, proxies);
  }

  /** What an instance is to connect to. */
  bootstrapOf(instance: number): readonly string[] {
    return this.#proxiesOf(instance).map(({ port }) => `127.0.0.1:${port}`);
  }

  /** Past all proxies. */
  client(clientId: string): KafkaClient {
    const driver = process.env['KAFKA_DRIVER'] ?? 'kafkajs';
    return createKafkaClient({ driver, brokers: this.server.bootstrap.split(','), clientId });
  }

  /**
   * Waits until every broker says that every replica is in sync: only then can another broker go without topics that
   * refuse writes.
   * @throws Error where it takes more than three minutes
   */
  async untilInSync(): Promise<void> {
    const deadline = Date.now() + IN_SYNC_MS;
    for (const { address } of this.server.brokers) {
      for (;;) {
        const answer = await askUnderReplicated(portOf(address));
        if (answer === 0) break;
        if (Date.now() > deadline) throw new Error(`partitions not in sync, of broker ${address}: ${answer}`);
        await sleep(200);
      }
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.proxies.flat().map((proxy) => proxy.stop()));
    await this.server.stop();
  }

  #proxiesOf(instance: number): readonly Proxy[] {
    return this.proxies[instance] ?? [];
  }
}

function listenerOf(instance: number): string {
  return `INSTANCE${instance}`;
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}
