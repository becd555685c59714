import { until } from '@mesh/jest/until.mjs';
import { createKafkaClient, type ConsumedRecord, type KafkaClient, type ProducerRecord } from '@mesh/kafka';
import { installKafka, startKafka, type KafkaServer } from '@mesh/local-cloud';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { KafkaStreams, type KafkaStreamsOptions, type Topology } from '../index.js';

export interface ReadRecord extends ConsumedRecord {
  readonly partition: number;
}

/** A real broker for a suite, and what its tests do with it all the time. */
export class TestCluster {
  readonly server: KafkaServer;
  readonly client: KafkaClient;
  readonly #applications: KafkaStreams[] = [];

  private constructor(server: KafkaServer) {
    this.server = server;
    const driver = process.env['KAFKA_DRIVER'] ?? 'kafkajs';
    this.client = createKafkaClient({ driver, brokers: [server.bootstrap], clientId: 'test' });
  }

  /** @param given what the broker has otherwise than by default */
  static async start(given: Readonly<Record<string, string>> = {}): Promise<TestCluster> {
    // Transactions of killed processes end, and their members are missed, sooner than by default.
    const properties = {
      ...given,
      'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500',
      'group.min.session.timeout.ms': '1000',
      'group.initial.rebalance.delay.ms': '0',
    };
    return new TestCluster(await startKafka({ properties }));
  }

  /**
   * An application on it, not started yet, which is closed before it. By default exactly once, committing every 50 ms.
   */
  application(
    topology: Topology,
    options: Partial<KafkaStreamsOptions> & Pick<KafkaStreamsOptions, 'applicationId'>,
  ): KafkaStreams {
    const app = new KafkaStreams(topology, {
      client: this.client,
      processingGuarantee: 'exactly_once_v2',
      commitIntervalMs: 50,
      ...options,
    });
    this.#applications.push(app);
    return app;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#applications.map((app) => app.close()));
    await this.client.close();
    await this.server.stop();
  }

  async createTopics(partitions: number, ...names: readonly string[]): Promise<void> {
    const admin = this.client.admin();
    await admin.createTopics(
      names.map((name) => ({ name, partitions, replicationFactor: 1, config: { 'retention.ms': '-1' } })),
    );
    await admin.close();
  }

  /** Kafka's own command: the port has no such call, because topics as code never grow. */
  async addPartitions(topic: string, total: number): Promise<void> {
    await promisify(execFile)('java', [
      ...['-Xmx128m', '-XX:TieredStopAtLevel=1', '-Dorg.slf4j.simpleLogger.defaultLogLevel=error'],
      ...['-cp', join(await installKafka(), '*'), 'org.apache.kafka.tools.TopicCommand'],
      ...['--bootstrap-server', this.server.bootstrap],
      ...['--alter', '--topic', topic, '--partitions', String(total)],
    ]);
  }

  async produce(topic: string, records: readonly ProducerRecord[]): Promise<void> {
    const producer = this.client.producer();
    await producer.send([{ topic, records }]);
    await producer.close();
  }

  /**
   * Waits until a group has committed everything in these topics, those that its own tasks write to among them.
   *
   * @param check called before each look; what it throws ends the waiting
   * @throws Error where it takes too long
   */
  async untilProcessed(
    group: string,
    topics: readonly string[],
    { check = () => undefined, timeoutMs = 60_000 }: { check?: () => void; timeoutMs?: number } = {},
  ): Promise<void> {
    const admin = this.client.admin();
    const described = await admin.describeTopics([...new Set(topics)]);
    const partitions = described.flatMap(({ name, partitions: count }) =>
      Array.from({ length: count }, (_, partition) => ({ topic: name, partition })),
    );
    let before = '';
    await until(
      `group ${group} has processed all there is`,
      async () => {
        check();
        const ends = await admin.endOffsets(partitions, 'read_uncommitted');
        const committed = await admin.groupOffsets(group, partitions);
        const at = new Map(committed.map((each) => [`${each.topic} ${each.partition}`, each.offset]));
        const done = ends.every(
          ({ topic, partition, offset }) => offset <= (at.get(`${topic} ${partition}`) ?? 0),
        );
        // What was committed in between may have written to topics that were looked at before.
        const now = done ? JSON.stringify(ends) : '';
        const still = done && now === before;
        before = now;
        return still;
      },
      timeoutMs,
    ).finally(() => admin.close());
  }

  /** All committed records, to the end of the topic as it is now, open transactions awaited. */
  async readAll(topic: string): Promise<readonly ReadRecord[]> {
    const admin = this.client.admin();
    const [description] = await admin.describeTopics([topic]);
    const partitions = Array.from({ length: description?.partitions ?? 0 }, (_, partition) => ({
      topic,
      partition,
    }));
    const ends = await admin.endOffsets(partitions, 'read_uncommitted');
    const begins = await admin.beginningOffsets(partitions);
    await admin.close();
    const left = new Map(
      ends
        .filter(({ offset }, i) => offset > (begins[i]?.offset ?? 0))
        .map((end) => [end.partition, end.offset]),
    );
    if (left.size === 0) return [];
    const reader = await this.client.reader(begins.filter(({ partition }) => left.has(partition)));
    const records: ReadRecord[] = [];
    while (left.size > 0) {
      for (const batch of await reader.poll(1000)) {
        records.push(...batch.records.map((record) => ({ ...record, partition: batch.partition })));
        if (batch.nextOffset >= (left.get(batch.partition) ?? 0)) left.delete(batch.partition);
      }
    }
    await reader.close();
    return records;
  }
}

export function text(data: Buffer | null): string {
  return data === null ? '' : data.toString();
}
