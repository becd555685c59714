import { events, interaction, topics, type Interaction } from '@mesh/contracts';
import { applyTopics, createKafkaClient, type KafkaClient } from '@mesh/kafka';
import { startDoubles, startKafka } from '@mesh/local-cloud';
import { createAvroSerde } from '@mesh/serde';
import { glueSchemaRegistry, registerSchema } from '@mesh/serde/glue';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** What the service runs against: a real broker and the AWS doubles, provisioned as a merge job would. */
export interface TestMesh {
  readonly client: KafkaClient;
  /** The doubles' endpoint. */
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  publish(interactions: readonly Interaction[]): Promise<void>;
  /** What a double answers at `/_double/<path>`. */
  admin(path: string): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

const region = 'us-east-1';
/** Signs requests that nobody verifies. */
const credentials = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };

export async function startTestMesh(): Promise<TestMesh> {
  Object.assign(process.env, credentials);
  const stateDir = mkdtempSync(join(tmpdir(), 'mesh-test-'));
  const [broker, doubles] = await Promise.all([
    startKafka(),
    startDoubles({ stateDir, region, log: () => {} }),
  ]);
  const client = createKafkaClient({ brokers: [broker.bootstrap], clientId: 'test' });
  const admin = client.admin();
  await applyTopics(admin, topics, { capReplication: true });
  await admin.close();
  const registry = { registryName: 'music-mesh', region, endpoint: doubles.url };
  for (const { schemaName, schema } of events) {
    await registerSchema({ ...registry, schemaName, definition: JSON.stringify(schema) });
  }
  const serde = await createAvroSerde({ contract: interaction, registry: glueSchemaRegistry(registry) });
  return {
    client,
    url: doubles.url,
    env: {
      KAFKA_BROKERS: broker.bootstrap,
      AWS_REGION: region,
      AWS_ENDPOINT_URL: doubles.url,
      ...credentials,
    },
    publish: async (interactions) => {
      const producer = client.producer();
      const records = interactions.map((value) => ({
        key: Buffer.from(value.userId),
        value: serde.serialize(interaction.topic, value),
        timestamp: value.occurredAt,
      }));
      await producer.send([{ topic: interaction.topic, records }]);
      await producer.close();
    },
    admin: async (path) => {
      const response = await fetch(`${doubles.url}/_double/${path}`, { method: 'POST', body: '{}' });
      return (await response.json()) as Record<string, unknown>;
    },
    stop: async () => {
      await client.close();
      await Promise.all([broker.stop(), doubles.close()]);
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

/** Plays of 40 users, of 25 items, over two hours. */
export function plays(count: number): Interaction[] {
  return Array.from({ length: count }, (_, i) => ({
    eventId: randomUUID(),
    eventType: 'PLAY' as const,
    occurredAt: Date.UTC(2026, 0, 5) + Math.floor((i / count) * 7_200_000),
    producer: 'test',
    correlationId: 'test',
    userId: `user-${i % 40}`,
    sessionId: `session-${i % 40}`,
    itemId: i % 5 === 0 ? `episode-${i % 25}` : `song-${i % 25}`,
    itemType: i % 5 === 0 ? ('EPISODE' as const) : ('SONG' as const),
    positionMs: null,
    durationMs: null,
  }));
}

/** Waits until `condition` holds. */
export async function eventually(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`still not: ${what}`);
    await sleep(50);
  }
}

/** What the group has committed, over all partitions. */
export async function committed(client: KafkaClient, groupId: string): Promise<number> {
  const admin = client.admin();
  const offsets = await admin.groupOffsets(groupId);
  await admin.close();
  return offsets
    .filter(({ topic }) => topic === interaction.topic)
    .reduce((sum, { offset }) => sum + Math.max(0, offset), 0);
}
