import {
  cloudEventHeaders,
  events,
  topicSettings,
  type EventContract,
  type EventEnvelope,
} from '@mesh/contracts';
import { applyTopics, createKafkaClient, type KafkaClient, type ProducerRecord } from '@mesh/kafka';
import { startKafka, type KafkaOptions, type KafkaServer } from '@mesh/local-cloud';
import { createAvroSerde, definitionOf, type AvroSerde } from '@mesh/serde';
import { glueSchemaRegistry, registerSchema } from '@mesh/serde/glue';
import { startTestCloud, type TestCloud, type TestCloudOptions } from './cloud.js';
import { committedOffsets, readDeadLetters, readTopic, type DeadLetter, type ReadRecord } from './topics.js';

/** The registry that holds the contracts; applications take the same one by default. */
const REGISTRY_NAME = 'music-mesh';

export interface TestMeshOptions extends TestCloudOptions {
  readonly kafka?: KafkaOptions;
  /** Whether to create the topics of the contracts. Default true; else {@link TestMesh.createTopics} does. */
  readonly topics?: boolean;
}

/** An event read back; `null` where the record is a tombstone. */
export interface ReadEvent<T> extends ReadRecord {
  readonly event: T | null;
}

/** What an application runs against: a real broker and {@link TestCloud}, provisioned as a merge job would. */
export interface TestMesh {
  readonly kafka: KafkaServer;
  readonly cloud: TestCloud;
  readonly client: KafkaClient;
  /** For a process under test: where Kafka is, the driver that the tests use too, and what {@link TestCloud.env} has. */
  readonly env: Readonly<Record<string, string>>;
  createTopics(): Promise<void>;
  /** Writes and reads values of a contract; looked up in the registry once. */
  serde<T>(contract: EventContract<T>): Promise<AvroSerde<T>>;
  /** The record that an application publishes for an event: key, Avro value, CloudEvents headers, time. */
  record<T>(contract: EventContract<T>, event: T): Promise<ProducerRecord>;
  publish<T>(contract: EventContract<T>, published: readonly T[]): Promise<void>;
  send(topic: string, records: readonly ProducerRecord[]): Promise<void>;
  /** All of a topic, as bytes. */
  read(topic: string): Promise<readonly ReadRecord[]>;
  /** All events in the contract's topic. */
  events<T>(contract: EventContract<T>): Promise<readonly ReadEvent<T>[]>;
  /** What lies in `<topic>.dlq`. */
  deadLetters(topic: string): Promise<readonly DeadLetter[]>;
  /** How many records of a topic a group is done with. */
  committed(groupId: string, topic: string): Promise<number>;
  /** Ends everything that was started. */
  stop(): Promise<void>;
}

/** Starts one Kafka, the doubles, and what the options ask for; registers every contract and creates its topics. */
export async function startTestMesh(options: TestMeshOptions = {}): Promise<TestMesh> {
  const [kafka, cloud] = await Promise.all([startKafka(options.kafka), startTestCloud(options)]);
  const driver = process.env['KAFKA_DRIVER'] ?? 'kafkajs';
  const client = createKafkaClient({ driver, brokers: kafka.bootstrap.split(','), clientId: 'test' });
  const stop = async (): Promise<void> => {
    await client.close();
    await Promise.all([kafka.stop(), cloud.close()]);
  };
  const registry = { registryName: REGISTRY_NAME, region: cloud.region, endpoint: cloud.url };
  const createTopics = async (): Promise<void> => {
    const admin = client.admin();
    await applyTopics(admin, topicSettings, { capReplication: true });
    await admin.close();
  };
  try {
    if (options.topics !== false) await createTopics();
    for (const contract of events) {
      await registerSchema({
        ...registry,
        schemaName: contract.schemaName,
        definition: definitionOf(contract),
      });
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const lookUp = glueSchemaRegistry(registry);
  const serde = <T>(contract: EventContract<T>) => createAvroSerde({ contract, registry: lookUp });
  const send: TestMesh['send'] = async (topic, records) => {
    const producer = client.producer();
    await producer.send([{ topic, records }]);
    await producer.close();
  };
  return {
    kafka,
    cloud,
    client,
    env: { KAFKA_BROKERS: kafka.bootstrap, KAFKA_DRIVER: driver, ...cloud.env },
    createTopics,
    serde,
    record: async (contract, event) => recordOf(contract, await serde(contract), event),
    publish: async (contract, published) => {
      const writer = await serde(contract);
      await send(
        contract.topic,
        published.map((event) => recordOf(contract, writer, event)),
      );
    },
    send,
    read: (topic) => readTopic(client, topic),
    events: async (contract) => {
      const reader = await serde(contract);
      return Promise.all(
        (await readTopic(client, contract.topic)).map(async (record) => {
          const { topic, value } = record;
          if (value !== null) await reader.prepare(topic, value);
          return { ...record, event: value === null ? null : reader.deserialize(topic, value) };
        }),
      );
    },
    deadLetters: (topic) => readDeadLetters(client, topic),
    committed: (groupId, topic) => committedOffsets(client, groupId, topic),
    stop,
  };
}

function recordOf<T>(contract: EventContract<T>, serde: AvroSerde<T>, event: T): ProducerRecord {
  return {
    key: Buffer.from(String(event[contract.key.field])),
    value: serde.serialize(contract.topic, event),
    ...(hasEnvelope(event)
      ? { headers: cloudEventHeaders(contract, event), timestamp: event.occurredAt }
      : {}),
  };
}

function hasEnvelope(event: unknown): event is EventEnvelope {
  return typeof (event as Partial<EventEnvelope>).eventId === 'string';
}
