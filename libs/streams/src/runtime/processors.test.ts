import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  KafkaStreams,
  longSerde,
  Stores,
  StreamsBuilder,
  stringSerde,
  type KeyValueStore,
  type Processor,
  type ProcessorContext,
  type StoresOf,
} from '../index.js';
import { until } from '@mesh/jest/until.mjs';
import { TestCluster, text } from '../test/cluster.js';

const strings = { key: stringSerde, value: stringSerde };

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await TestCluster.start();
}, 120_000);

afterAll(() => cluster.stop());

describe('a processor in an application', () => {
  it.each(['exactly_once_v2', 'at_least_once'] as const)(
    'has what its wall-clock punctuations forward committed, with no record about (%s)',
    async (processingGuarantee) => {
      const name = `punctuated-${processingGuarantee}`;
      await cluster.createTopics(1, `${name}-in`, `${name}-out`);
      const counts = Stores.keyValue('counts', { key: stringSerde, value: longSerde });
      type Counts = StoresOf<typeof counts>;
      const builder = new StreamsBuilder();
      builder
        .stream(`${name}-in`, strings)
        .process(
          (): Processor<string, string, string, number, Counts> => {
            let context: ProcessorContext<string, number, Counts>;
            let store: KeyValueStore<string, number>;
            return {
              init: (given) => {
                context = given;
                store = given.getStateStore('counts');
                given.schedule(50, 'wall-clock-time', (timestamp) => {
                  for (const [key, value] of store.all()) {
                    given.forward({ key, value, timestamp, headers: [] });
                  }
                });
              },
              process: ({ key }) => {
                store.put(key, (store.get(key) ?? 0) + 1);
                context.commit();
              },
            };
          },
          { stores: [counts] },
        )
        .to(`${name}-out`, { key: stringSerde, value: longSerde });
      const topology = builder.build();
      const start = async (): Promise<KafkaStreams> => {
        const app = new KafkaStreams(topology, {
          applicationId: name,
          client: cluster.client,
          processingGuarantee,
          commitIntervalMs: 100,
        });
        await app.start();
        await until('running', () => app.ready);
        return app;
      };
      const outputs = async (): Promise<readonly string[]> =>
        (await cluster.readAll(`${name}-out`)).map(({ key, value }) => {
          return `${text(key)}=${value?.readInt32BE(4)}`;
        });
      await cluster.produce(`${name}-in`, [
        { key: Buffer.from('a'), value: Buffer.from('x') },
        { key: Buffer.from('a'), value: Buffer.from('y') },
      ]);
      let app = await start();
      await until('three punctuations after the records', async () => {
        return (await outputs()).filter((output) => output === 'a=2').length >= 3;
      });
      await app.close();
      expect(app.error).toBeUndefined();
      const before = (await outputs()).length;
      // The processor begins with its state restored, and is punctuated without any record.
      app = await start();
      await until('punctuations after a restart', async () => (await outputs()).length >= before + 2);
      await app.close();
      expect(new Set((await outputs()).slice(before))).toEqual(new Set(['a=2']));
      expect(app.state).toBe('NOT_RUNNING');
    },
    120_000,
  );
});

describe('a repartition topic of a number of partitions', () => {
  it('is made so, and what is read along with it too', async () => {
    await cluster.createTopics(1, 'r-in', 'r-out');
    const builder = new StreamsBuilder();
    const stream = builder.stream('r-in', strings);
    stream
      .repartition({ name: 'three', ...strings, partitions: 3 })
      .join(
        stream.repartition({ name: 'along', ...strings }).toTable({ store: 'rows', ...strings }),
        (value, row) => value + row,
      )
      .to('r-out', strings);
    const app = new KafkaStreams(builder.build(), {
      applicationId: 'repartitioned',
      client: cluster.client,
      processingGuarantee: 'at_least_once',
    });
    await app.start();
    await app.close();
    const admin = cluster.client.admin();
    const topics = ['three-repartition', 'along-repartition', 'rows-changelog'];
    const described = await admin.describeTopics(topics.map((topic) => `repartitioned-${topic}`));
    await admin.close();
    expect(described.map(({ partitions }) => partitions)).toEqual([3, 3, 3]);
  }, 60_000);
});

describe('a global table in an application', () => {
  it('is read whole before anything is processed, from all partitions, and kept up to date', async () => {
    await cluster.createTopics(3, 'g-artists');
    await cluster.createTopics(2, 'g-songs', 'g-out');
    const artists = Array.from({ length: 300 }, (_, index) => ({
      key: Buffer.from(`a${index}`),
      value: Buffer.from(`name ${index}`),
    }));
    await cluster.produce('g-artists', artists);
    const song = (index: number, artist: string): { key: Buffer; value: Buffer } => ({
      key: Buffer.from(`s${index}`),
      value: Buffer.from(artist),
    });
    await cluster.produce(
      'g-songs',
      artists.map((_, index) => song(index, `a${index}`)),
    );
    const builder = new StreamsBuilder();
    const table = builder.globalTable('g-artists', { ...strings, store: 'artists' });
    builder
      .stream('g-songs', strings)
      .leftJoin(
        table,
        (_key, artist) => artist,
        (artist, name) => `${artist}:${name ?? '-'}`,
      )
      .to('g-out', strings);
    const app = new KafkaStreams(builder.build(), {
      applicationId: 'global',
      client: cluster.client,
      processingGuarantee: 'at_least_once',
      commitIntervalMs: 100,
    });
    await app.start();
    const outputs = async (): Promise<readonly string[]> =>
      (await cluster.readAll('g-out')).map(({ value }) => text(value));
    await until('all songs joined', async () => (await outputs()).length === 300);
    expect([...(await outputs())].sort()).toEqual(
      artists.map((_, index) => `a${index}:name ${index}`).sort(),
    );
    await cluster.produce('g-artists', [{ key: Buffer.from('new'), value: Buffer.from('later') }]);
    let sent = 0;
    await until('a song that meets the new artist', async () => {
      await cluster.produce('g-songs', [song(sent, 'new')]);
      sent += 1;
      return (await outputs()).includes('new:later');
    });
    await app.close();
    expect(app.state).toBe('NOT_RUNNING');
  }, 120_000);
});
