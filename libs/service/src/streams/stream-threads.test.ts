import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createKafkaClient, type KafkaClient } from '@mesh/kafka';
import { startKafka, type KafkaServer } from '@mesh/local-cloud';
import { fileURLToPath } from 'node:url';
import { startServiceProcess, type ServiceProcess } from '../testing/index.js';

const MAIN = fileURLToPath(new URL('../test/streams-main.ts', import.meta.url));
const PARTITIONS = 4;

let broker: KafkaServer;
let kafka: KafkaClient;
let service: ServiceProcess | undefined;

beforeAll(async () => {
  broker = await startKafka();
  kafka = createKafkaClient({ brokers: [broker.bootstrap], clientId: 'test' });
});
afterAll(async () => {
  await kafka?.close();
  await broker?.stop();
});
afterEach(async () => {
  service?.child.kill('SIGKILL');
  await service?.exit;
});

/** The threads that a service with so many of them processed records in. */
async function threadsOf(name: string, count: string): Promise<Set<string>> {
  const admin = kafka.admin();
  const spec = { partitions: PARTITIONS, replicationFactor: 1, config: {} };
  await admin.createTopics(['in', 'out'].map((end) => ({ name: `${name}-${end}`, ...spec })));
  await admin.close();
  const running = startServiceProcess(MAIN, {
    KAFKA_BROKERS: broker.bootstrap,
    PORT: '0',
    SERVICE_NAME: name,
    STREAM_THREADS: count,
  });
  service = running;
  const { url } = (await running.line('listening')) as { readonly url?: string };
  for (;;) {
    const { ok } = await fetch(`${url}/ready`);
    if (ok) break;
    await Promise.race([new Promise((resolve) => setTimeout(resolve, 50)), running.exit]);
  }
  const producer = kafka.producer();
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  const reader = await kafka.reader(
    partitions.map((partition) => ({ topic: `${name}-out`, partition, offset: 0 })),
  );
  const threads = new Set<string>();
  // Again until the threads have shared the partitions out.
  while (threads.size < Number(count)) {
    const records = partitions.map((partition) => ({ key: null, value: Buffer.from('a record'), partition }));
    await producer.send([{ topic: `${name}-in`, records }]);
    for (let read = 0; read < PARTITIONS;) {
      for (const batch of await reader.poll(100)) {
        read += batch.records.length;
        for (const { value } of batch.records) threads.add(String(value));
      }
    }
  }
  await producer.close();
  await reader.close();
  running.child.kill('SIGTERM');
  expect(await running.exit).toBe(0);
  return threads;
}

describe('stream threads of a service with a module', () => {
  it('are workers where there are several, and leave nothing behind', async () => {
    const threads = await threadsOf('several', '2');
    expect(threads.size).toBe(2);
    expect(threads).not.toContain('a record in thread 0');
  }, 60_000);

  it('are its own event loop where there is one', async () => {
    expect(await threadsOf('one', '1')).toEqual(new Set(['a record in thread 0']));
  }, 60_000);
});
