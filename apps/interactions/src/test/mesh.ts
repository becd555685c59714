import { interaction, topics, type Interaction } from '@mesh/contracts';
import { applyTopics, createKafkaClient, type ConsumedRecord, type KafkaClient } from '@mesh/kafka';
import { startDoubles, startKafka, type Doubles, type KafkaServer } from '@mesh/local-cloud';
import { createAvroSerde, type AvroSerde } from '@mesh/serde';
import { glueSchemaRegistry, registerSchema } from '@mesh/serde/glue';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A record of the interactions topic, read back. */
export interface ReadBack extends ConsumedRecord {
  readonly partition: number;
  readonly interaction: Interaction;
}

/** What this service runs against: a real broker, and the schema registry's double. */
export interface TestMesh {
  readonly kafka: KafkaServer;
  readonly client: KafkaClient;
  readonly env: Readonly<Record<string, string>>;
  stopRegistry(): Promise<void>;
  /** All of the interactions topic. */
  readAll(): Promise<readonly ReadBack[]>;
  stop(): Promise<void>;
}

const region = 'us-east-1';
/** Signs requests that nobody verifies. */
const credentials = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };

/** Starts and provisions it as a merge job would. */
export async function startTestMesh(): Promise<TestMesh> {
  const stateDir = mkdtempSync(join(tmpdir(), 'interactions-'));
  const [kafka, doubles] = await Promise.all([startKafka(), startDoubles({ stateDir, log: () => {} })]);
  const client = createKafkaClient({ brokers: kafka.bootstrap.split(','), clientId: 'test' });
  let registryStopped: Promise<void> | undefined;
  const stopRegistry = (): Promise<void> => (registryStopped ??= doubles.close());
  const stop = async (): Promise<void> => {
    await client.close();
    await Promise.all([kafka.stop(), stopRegistry()]);
    rmSync(stateDir, { recursive: true, force: true });
  };
  try {
    const serde = await provision(client, doubles.url);
    return {
      kafka,
      client,
      env: environment(kafka, doubles),
      stopRegistry,
      readAll: () => readAll(client, serde),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function provision(client: KafkaClient, endpoint: string): Promise<AvroSerde<Interaction>> {
  Object.assign(process.env, credentials);
  await applyTopics(client.admin(), topics, { capReplication: true });
  const connection = { registryName: 'music-mesh', region, endpoint };
  await registerSchema({
    ...connection,
    schemaName: interaction.schemaName,
    definition: JSON.stringify(interaction.schema),
  });
  return createAvroSerde({ contract: interaction, registry: glueSchemaRegistry(connection) });
}

async function readAll(client: KafkaClient, serde: AvroSerde<Interaction>): Promise<readonly ReadBack[]> {
  const admin = client.admin();
  const { topic } = interaction;
  const [description] = await admin.describeTopics([topic]);
  const count = description?.partitions ?? 0;
  const partitions = Array.from({ length: count }, (_, partition) => ({ topic, partition }));
  const ends = await admin.endOffsets(partitions);
  const open = new Map(
    ends.filter(({ offset }) => offset > 0).map(({ partition, offset }) => [partition, offset]),
  );
  const reader = await client.reader(await admin.beginningOffsets(partitions));
  const records: ReadBack[] = [];
  const deadline = Date.now() + 30_000;
  while (open.size > 0) {
    if (Date.now() > deadline) throw new Error(`the end of ${topic} is not reached after 30 s`);
    for (const { partition, records: batch, nextOffset } of await reader.poll(500)) {
      for (const record of batch) {
        const value = serde.deserialize(topic, record.value ?? Buffer.alloc(0));
        records.push({ ...record, partition, interaction: value });
      }
      if (nextOffset >= (open.get(partition) ?? 0)) open.delete(partition);
    }
  }
  await reader.close();
  await admin.close();
  return records;
}

function environment(kafka: KafkaServer, doubles: Doubles): Record<string, string> {
  return {
    KAFKA_BROKERS: kafka.bootstrap,
    AWS_REGION: region,
    AWS_ENDPOINT_URL_GLUE: doubles.url,
    ...credentials,
    LOG_LEVEL: 'info',
  };
}
