import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@mesh/jest/until.mjs';
import { createKafkaClient, type KafkaClient } from '@mesh/kafka';
import { startKafka, type KafkaServer } from '@mesh/local-cloud';
import { KafkaStreams, stringSerde, StreamsBuilder } from '@mesh/streams';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lmdbStores } from './index.js';

const directory = mkdtempSync(join(tmpdir(), 'mesh-clean-up-'));
let kafka: KafkaServer;
let client: KafkaClient;

beforeAll(async () => {
  kafka = await startKafka();
  client = createKafkaClient({ brokers: [kafka.bootstrap], clientId: 'clean-up' });
  const admin = client.admin();
  await admin.createTopics([{ name: 'in', partitions: 1, replicationFactor: 1, config: {} }]);
  const producer = client.producer();
  await producer.send([{ topic: 'in', records: [{ key: Buffer.from('k'), value: Buffer.from('v') }] }]);
}, 600_000);

afterAll(async () => {
  await client.close();
  await kafka.stop();
  rmSync(directory, { recursive: true, force: true });
});

function counting(): KafkaStreams {
  const builder = new StreamsBuilder();
  builder.stream('in', { key: stringSerde, value: stringSerde }).groupByKey().count({ store: 'counts' });
  return new KafkaStreams(builder.build(), {
    applicationId: 'counting',
    client,
    processingGuarantee: 'exactly_once_v2',
    stateStores: lmdbStores({ directory }),
  });
}

describe('cleanUp()', () => {
  it('deletes the state of an application that does not run, and none in use', async () => {
    const stores = lmdbStores({ directory });
    const app = counting();
    await app.start();
    await until('state is on disk', async () => (await stores.list('counting')).length === 1);
    await expect(app.cleanUp()).rejects.toMatchObject({ code: 'ILLEGAL_STATE' });

    // Another instance on this machine.
    await expect(counting().cleanUp()).rejects.toMatchObject({
      code: 'STATE_LOCKED',
      message: expect.stringContaining('0_0'),
    });
    await app.close();
    await app.cleanUp();
    expect(await stores.list('counting')).toEqual([]);
    await counting().cleanUp();
  }, 60_000);
});
