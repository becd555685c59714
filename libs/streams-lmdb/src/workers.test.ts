import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RUN_SOURCES } from '@mesh/jest/sources.mjs';
import type { KafkaClient } from '@mesh/kafka';
import type { KafkaServer } from '@mesh/local-cloud';
import { KafkaStreams, longSerde, QueryableStoreTypes, StateQueryError, stringSerde } from '@mesh/streams';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@mesh/jest/until.mjs';
import { startBroker } from './test/broker.js';
import type * as countingModule from './test/counting-module.js';
import { temporaryFolder } from './test/temporary-stores.js';

const PARTITIONS = 4;
const KEYS = 40;

let server: KafkaServer;
let client: KafkaClient;
const apps: KafkaStreams[] = [];

beforeAll(async () => {
  ({ server, client } = await startBroker());
  const admin = client.admin();
  await admin.createTopics([{ name: 'in', partitions: PARTITIONS, replicationFactor: 1, config: {} }]);
  await admin.close();
});

afterAll(async () => {
  for (const app of apps) await app.close();
  await client.close();
  await server.stop();
});

async function produce(times: number): Promise<void> {
  const producer = client.producer();
  const records = Array.from({ length: KEYS * times }, (_, index) => ({
    key: Buffer.from(`k${index % KEYS}`),
    value: Buffer.from('v'),
  }));
  await producer.send([{ topic: 'in', records }]);
  await producer.close();
}

function sum(app: KafkaStreams, metric: string): number {
  return app
    .metrics()
    .filter(({ name }) => name === metric)
    .reduce((total, { value }) => total + value, 0);
}

/** Every key was counted so often, in whichever worker it is. */
async function expectCounted(app: KafkaStreams, times: number): Promise<void> {
  const counts = app.store('counts', QueryableStoreTypes.keyValue(stringSerde, longSerde), {
    requireActive: true,
    partitions: Array.from({ length: PARTITIONS }, (_, partition) => partition),
  });
  let found: [string, number][] = [];
  await until(`each key is counted ${times} times`, async () => {
    found = [];
    try {
      for await (const [key, { value }] of counts.all()) found.push([key, value]);
    } catch (error) {
      // Until somebody has what a dead worker had.
      if (error instanceof StateQueryError) return false;
      throw error;
    }
    return found.reduce((total, [, count]) => total + count, 0) >= KEYS * times;
  });
  expect(found.sort()).toEqual(
    Array.from({ length: KEYS }, (_, key): [string, number] => [`k${key}`, times]).sort(),
  );
}

describe('workers with their state on disk', () => {
  it('take tasks over from each other, also from one that has died, and restore nothing', async () => {
    const directory = temporaryFolder();
    const deaths = new Int32Array(new SharedArrayBuffer(4));
    const errors: Error[] = [];
    const start = async (): Promise<KafkaStreams> => {
      const app = await KafkaStreams.fromModule<typeof countingModule>(
        new URL('./test/counting-module.ts', import.meta.url),
        {
          data: { brokers: server.bootstrap, directory, deaths },
          numStreamThreads: 2,
          execArgv: RUN_SOURCES,
          onUncaughtError: (error) => {
            errors.push(error);
            return 'REPLACE_THREAD';
          },
        },
      );
      apps.push(app);
      await app.start();
      return app;
    };
    const first = await start();
    await until('it runs', () => first.ready);
    await produce(500);
    await expectCounted(first, 500);

    Atomics.store(deaths, 0, 1);
    await until('a worker has died', () => errors.length === 1);
    expect(errors).toMatchObject([{ code: 'WORKER_ENDED' }]);
    await produce(500);
    await expectCounted(first, 1_000);

    await first.removeStreamThread();
    await produce(1);
    await expectCounted(first, 1_001);
    // The commit that the dead one had made in Kafka and not on disk is the most that there may be to read.
    await until('all is told of', () => sum(first, 'num-entries') === KEYS);
    expect(sum(first, 'restore-total')).toBeLessThanOrEqual(2 * KEYS);
    await first.close();
    const folders = readdirSync(join(directory, 'counting'));
    expect(folders).toHaveLength(PARTITIONS);
    for (const folder of folders)
      expect(readdirSync(join(directory, 'counting', folder))).not.toContain('owner.lock');

    const second = await start();
    await expectCounted(second, 1_001);
    expect(sum(second, 'restore-total')).toBe(0);
  });
});
