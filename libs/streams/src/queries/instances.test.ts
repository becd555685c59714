import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  KafkaStreams,
  longSerde,
  QueryableStoreTypes,
  StreamsBuilder,
  stringSerde,
  TimeWindows,
  type Topology,
} from '../index.js';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '@mesh/jest/until.mjs';
import { TestCluster } from '../test/cluster.js';
import { startQueryService, StateQueryClient, type QueryService, type StreamsMetadata } from './index.js';

const PARTITIONS = 4;
const { keyValue, window } = QueryableStoreTypes;
const USERS = Array.from({ length: 50 }, (_, index) => `user-${index}`);

let cluster: TestCluster;
const apps = new Map<string, KafkaStreams>();
const services: QueryService[] = [];

beforeAll(async () => {
  cluster = await TestCluster.start();
}, 120_000);
afterAll(async () => {
  for (const service of services) await service.close();
  for (const app of apps.values()) await app.close();
  await cluster?.stop();
});

/** Plays of each user, and of each song in windows: the songs are in another sub-topology than the users. */
function topology(): Topology {
  const builder = new StreamsBuilder();
  const plays = builder.stream('plays', { key: stringSerde, value: stringSerde });
  plays.groupByKey().count({ store: 'per-user' });
  plays
    .groupBy((_user, song) => song, { name: 'by-song', key: stringSerde, value: stringSerde })
    .windowedBy(TimeWindows.of({ sizeMs: 1_000, graceMs: 60_000 }))
    .count({ store: 'per-song' });
  return builder.build();
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startInstance(): Promise<string> {
  const server = `127.0.0.1:${await freePort()}`;
  const app = new KafkaStreams(topology(), {
    applicationId: 'plays',
    client: cluster.client,
    processingGuarantee: 'exactly_once_v2',
    applicationServer: server,
  });
  apps.set(server, app);
  services.push(await startQueryService(app, { applicationServer: server }));
  await app.start();
  return server;
}

async function instances(server: string): Promise<readonly StreamsMetadata[]> {
  const response = await fetch(`http://${server}/instances`);
  return ((await response.json()) as { readonly instances: readonly StreamsMetadata[] }).instances;
}

describe('the query service of an application of two instances', () => {
  it('answers all of each store from either, with the position it had come to', async () => {
    await cluster.createTopics(PARTITIONS, 'plays');
    const servers = [await startInstance(), await startInstance()];
    await until('both have tasks, and know of each other', async () => {
      if (![...apps.values()].every((app) => app.ready)) return false;
      const seen = await Promise.all(servers.map(instances));
      return seen.every(
        (known) => known.length === 2 && known.every(({ activeTasks }) => activeTasks.length === PARTITIONS),
      );
    });
    await cluster.produce(
      'plays',
      USERS.flatMap((user, index) =>
        Array.from({ length: index + 1 }, (_, play) => ({
          key: Buffer.from(user),
          value: Buffer.from(`song-${index % 5}`),
          timestamp: 1_000 * (play % 2),
        })),
      ),
    );
    const admin = cluster.client.admin();
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: 'plays', partition }));
    const ends = await admin.endOffsets(partitions);
    await admin.close();
    const written = {
      plays: Object.fromEntries(ends.map(({ partition, offset }) => [partition, offset - 1])),
    };

    for (const server of servers) {
      const client = new StateQueryClient({ applicationId: 'plays', urls: [`http://${server}`] });
      // What was written is waited for by its position, and by nothing else.
      const perUser = client.store('per-user', keyValue(stringSerde, longSerde), { positionBound: written });
      const owners = new Set<string | undefined>();
      await until('it has seen all that was written', async () => {
        const query = { type: 'range' } as const;
        const results = await client.query({
          store: 'per-user',
          query,
          positionBound: written,
          partial: true,
        });
        for (const result of results) if (!('failure' in result)) owners.add(result.instance);
        return results.every((result) => !('failure' in result));
      });
      expect(owners).toEqual(new Set(servers));
      for (const [index, user] of USERS.entries()) {
        expect((await perUser.get(user))?.value).toBe(index + 1);
      }
      const all = new Map<string, number>();
      for await (const [user, { value }] of perUser.all()) all.set(user, value);
      expect(all).toEqual(new Map(USERS.map((user, index) => [user, index + 1])));

      const perSong = client.store('per-song', window(stringSerde, longSerde));
      const total = USERS.reduce((sum, _user, index) => sum + index + 1, 0);
      await until('the songs are counted', async () => {
        let sum = 0;
        for await (const [, { value }] of perSong.fetchAll()) sum += value;
        return sum === total;
      });
      const windows: string[] = [];
      for await (const [{ key, start, end }, { value }] of perSong.fetch('song-0')) {
        windows.push(`${key}@${start}/${end}: ${value}`);
      }
      const plays = USERS.map((_user, index) => index + 1).filter((_count, index) => index % 5 === 0);
      const even = plays.reduce((sum, count) => sum + Math.ceil(count / 2), 0);
      const odd = plays.reduce((sum, count) => sum + Math.floor(count / 2), 0);
      expect(windows).toEqual([`song-0@0/1000: ${even}`, `song-0@1000/2000: ${odd}`]);
    }
  });

  it('answers on from what is left when an instance is gone', async () => {
    const [gone, left] = [...apps.keys()];
    if (gone === undefined || left === undefined) throw new Error('no instances');
    await services.shift()?.close();
    await apps.get(gone)?.close();
    const client = new StateQueryClient({
      applicationId: 'plays',
      urls: [`http://${gone}`, `http://${left}`],
    });
    const perUser = client.store('per-user', keyValue(stringSerde, longSerde));
    await until('the other has taken over', async () => {
      const values = await Promise.allSettled(USERS.map((user) => perUser.get(user)));
      return values.every(
        (result, index) => result.status === 'fulfilled' && result.value?.value === index + 1,
      );
    });
  });
});
