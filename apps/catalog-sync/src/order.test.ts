import { Catalog } from '@mesh/catalog';
import { catalogueState, LocalCatalogue, sampleEvents, type CatalogueState } from '@mesh/catalog/testing';
import type { TestCloud } from '@mesh/testkit';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MessageHandler } from './domain/message-handler.js';
import { topicOfSchema } from './domain/topic-of-schema.js';
import { startCloud } from './test/queues.js';

let cloud: TestCloud;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  environment = process.env;
  cloud = await startCloud();
}, 60_000);

afterAll(async () => {
  process.env = environment;
  await cloud.close();
});

/** mulberry32: the same run for the same seed. */
function chance(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What happens in the mesh, each with the event that tells of it. */
const history = (world: LocalCatalogue): readonly { happens: () => Promise<void>; event: string }[] => {
  const { database, registry, bucket } = world;
  const register = (schema: string, version: number) => ({
    happens: () =>
      world.registerSchema(
        schema,
        Array.from({ length: version }, (_, i) => `field${i}`),
      ),
    event:
      version === 1
        ? sampleEvents.schemaCreated(registry, schema)
        : sampleEvents.schemaRegistered(registry, schema, version),
  });
  return [
    {
      happens: () => world.createTable('plays'),
      event: sampleEvents.databaseChanged(database, 'CreateTable', ['plays']),
    },
    register('songs.song', 1),
    register('users.user', 1),
    {
      happens: () => world.updateTable('plays', ['id', 'at']),
      event: sampleEvents.tableChanged(database, 'plays'),
    },
    register('songs.song', 2),
    {
      happens: async () => {
        await world.createTable('songs');
        await world.createCrawler(`raw-${world.name}`, `s3://${bucket}/`);
      },
      event: sampleEvents.crawlerChanged(`raw-${world.name}`),
    },
    register('songs.song', 3),
    register('users.user', 2),
  ];
};

async function play(
  deliver: (events: {
    readonly history: ReturnType<typeof history>;
    readonly handle: (event: string) => Promise<void>;
  }) => Promise<void>,
): Promise<CatalogueState> {
  const world = await LocalCatalogue.create({ motoUrl: cloud.moto?.url ?? '', doublesUrl: cloud.url });
  process.env = { ...environment, ...world.environment };
  const parts = world.parts(topicOfSchema);
  const catalog = new Catalog({ parts, names: world.names, patience: { waitMs: 20_000, pollMs: 10 } });
  const handler = new MessageHandler(catalog, { maxReceives: 50, first: 0, longest: 0 });
  const handle = async (body: string) => {
    for (let receives = 1; ; receives++) {
      const verdict = await handler.handle({ body, receives });
      if (verdict.kind === 'dead') throw verdict.error;
      if (verdict.kind !== 'retry') return;
    }
  };
  await deliver({ history: history(world), handle });
  const state = await catalogueState(world);
  parts.close();
  world.close();
  return state;
}

describe('events', () => {
  it('lead to the same catalogue in any order, some twice, some at once, once all has happened', async () => {
    const inOrder = await play(async ({ history, handle }) => {
      for (const { happens } of history) await happens();
      for (const { event } of history) await handle(event);
    });
    expect(inOrder).toMatchObject({
      environments: ['lake ACTIVE'],
      dataSources: [{ runs: ['SUCCESS'] }],
      locations: ['raw-WORLD', 'raw-WORLD/plays', 'raw-WORLD/songs'].map((place) => `arn:aws:s3:::${place}`),
    });
    expect(inOrder.assets.map(({ name, revisions }) => `${name} ${revisions.length}`)).toEqual([
      ...['plays 1', 'songs 1', 'songs 3', 'users 2'],
    ]);
    for (let seed = 1; seed <= 10; seed++) {
      const random = chance(seed);
      const shuffled = await play(async ({ history, handle }) => {
        for (const { happens } of history) await happens();
        const events = [...history, ...history.filter(() => random() < 0.5)]
          .map(({ event }) => ({ event, at: random() }))
          .sort((a, b) => a.at - b.at);
        const atOnce = 1 + Math.floor(random() * 4);
        while (events.length > 0) {
          await Promise.all(events.splice(0, atOnce).map(({ event }) => handle(event)));
        }
      });
      expect({ seed, state: shuffled }).toEqual({ seed, state: inOrder });
    }
  }, 120_000);

  it('that come late never bring back what was before', async () => {
    const newest = ({ assets }: CatalogueState) =>
      assets.map(({ externalId, revisions, listing }) => ({
        externalId,
        newest: revisions.at(-1),
        isListed: listing === `ACTIVE ${revisions.length}`,
      }));
    const inOrder = await play(async ({ history, handle }) => {
      for (const { happens, event } of history) {
        await happens();
        await handle(event);
      }
    });
    const versions = ({ assets }: CatalogueState) =>
      assets
        .filter(({ externalId }) => externalId.startsWith('kafka:'))
        .map(({ revisions }) => revisions.map((text) => /"schemaVersion":(\d+)/.exec(text)?.[1]));
    expect(versions(inOrder)).toEqual([
      ['1', '2', '3'],
      ['1', '2'],
    ]);
    for (let seed = 1; seed <= 8; seed++) {
      const random = chance(seed);
      const late = await play(async ({ history, handle }) => {
        const waiting: string[] = [];
        const some = () => waiting.splice(Math.floor(random() * waiting.length), 1);
        for (const { happens, event } of history) {
          await happens();
          waiting.push(event, ...(random() < 0.3 ? [event] : []));
          if (random() < 0.5) for (const one of some()) await handle(one);
        }
        while (waiting.length > 0) for (const one of some()) await handle(one);
      });
      expect({ seed, newest: newest(late), versions: versions(late) }).toEqual({
        seed,
        newest: newest(inOrder),
        versions: versions(inOrder),
      });
      expect(late.environments).toEqual(inOrder.environments);
      expect(late.dataSources).toHaveLength(1);
    }
  }, 120_000);
});
