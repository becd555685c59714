import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KafkaStreams, nullable, stringSerde, StreamsBuilder, type Topology } from '../index.js';
import { until } from '@mesh/jest/until.mjs';
import { TestCluster, text } from '../test/cluster.js';

const strings = { key: stringSerde, value: stringSerde };
const ROWS = 200;
const REFERENCES = 20;

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await TestCluster.start();
});

afterAll(async () => {
  await cluster.stop();
});

/** Rows name what they refer to before a colon. */
function topology(): Topology {
  const builder = new StreamsBuilder();
  const rows = builder.table('rows', { ...strings, store: 'rows' });
  const references = builder.table('references', { ...strings, store: 'references' });
  rows
    .foreignKeyLeftJoin(
      references,
      (value) => value.split(':')[0],
      (row, reference) => `${row}|${reference}`,
      { name: 'referred' },
    )
    .toStream()
    .to('joined', { value: nullable(stringSerde) });
  return builder.build();
}

function reference(row: number, version: number): number {
  return (row * 7 + version) % REFERENCES;
}

describe('a foreign-key join on a broker', () => {
  it('follows rows and references over unlike partitions and two instances', async () => {
    await cluster.createTopics(4, 'rows', 'joined');
    await cluster.createTopics(2, 'references');
    const start = async () => {
      const app = new KafkaStreams(topology(), {
        applicationId: 'referring',
        client: cluster.client,
        processingGuarantee: 'exactly_once_v2',
        commitIntervalMs: 50,
      });
      await app.start();
      return app;
    };
    const apps = [await start(), await start()];
    const rows = (version: number) =>
      cluster.produce(
        'rows',
        Array.from({ length: ROWS }, (_, row) => ({
          key: Buffer.from(String(row)),
          value: Buffer.from(`ref${reference(row, version)}:v${version}`),
          timestamp: Date.now(),
        })),
      );
    const references = (version: number) =>
      cluster.produce(
        'references',
        Array.from({ length: REFERENCES - 1 }, (_, index) => ({
          key: Buffer.from(`ref${index}`),
          value: Buffer.from(`R${index}v${version}`),
          timestamp: Date.now(),
        })),
      );
    await rows(0);
    await references(0);
    await rows(1);
    await references(1);
    const expected = Object.fromEntries(
      Array.from({ length: ROWS }, (_, row) => {
        const to = reference(row, 1);
        const value = to === REFERENCES - 1 ? 'null' : `R${to}v1`;
        return [String(row), `ref${to}:v1|${value}`];
      }),
    );
    const latest = async (): Promise<Record<string, string>> =>
      Object.fromEntries((await cluster.readAll('joined')).map(({ key, value }) => [text(key), text(value)]));
    try {
      await until('all rows joined', async () => {
        const found = await latest();
        return Object.entries(expected).every(([key, value]) => found[key] === value);
      });
      expect(await latest()).toEqual(expected);
      const admin = cluster.client.admin();
      const topics = await admin.describeTopics([
        'referring-referred-subscription-registration-topic',
        'referring-referred-subscription-response-topic',
        'referring-referred-subscription-store-changelog',
      ]);
      await admin.close();
      expect(topics.map(({ partitions }) => partitions)).toEqual([2, 4, 2]);
    } finally {
      for (const app of apps) await app.close();
    }
  });
});
