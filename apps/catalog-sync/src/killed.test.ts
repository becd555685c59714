import { stepNames, type StepName } from '@mesh/catalog';
import { catalogueState, sampleEvents, type CatalogueState } from '@mesh/catalog/testing';
import { until } from '@mesh/jest/until.mjs';
import { startServiceProcess } from '@mesh/service/testing';
import { type TestCloud } from '@mesh/testkit';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { Scene, startCloud } from './test/queues.js';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const KILLED = fileURLToPath(new URL('test/main-killed-at-step.ts', import.meta.url));

const ofTopics: readonly StepName[] = ['ensure-types', 'ensure-asset', 'publish'];

let cloud: TestCloud;
let expected: { readonly tables: CatalogueState; readonly topics: CatalogueState };

async function prepare(): Promise<Scene> {
  const scene = await Scene.create(cloud);
  await scene.world.createTable('plays', ['id', 'at']);
  await scene.world.createTable('songs');
  for (const fields of [['songId'], ['songId', 'title'], ['songId', 'title', 'year']]) {
    await scene.world.registerSchema('songs.song', fields);
  }
  return scene;
}

const eventOf = ({ world }: Scene, of: 'tables' | 'topics') =>
  of === 'tables'
    ? sampleEvents.databaseChanged(world.database, 'CreateTable', ['plays'])
    : sampleEvents.schemaRegistered(world.registry, 'songs.song', 3);

/** Lets the service run until the queue is empty. */
async function finish(scene: Scene): Promise<CatalogueState> {
  const service = startServiceProcess(MAIN, scene.environment);
  await until('the queue is empty', async () => (await scene.pending()) === 0);
  service.child.kill('SIGTERM');
  expect(await service.exit).toBe(0);
  expect(await scene.deadLetters()).toEqual([]);
  return catalogueState(scene.world);
}

async function undisturbed(of: 'tables' | 'topics'): Promise<CatalogueState> {
  const scene = await prepare();
  await scene.send(eventOf(scene, of));
  const state = await finish(scene);
  scene.close();
  return state;
}

beforeAll(async () => {
  cloud = await startCloud();
  expected = { tables: await undisturbed('tables'), topics: await undisturbed('topics') };
}, 120_000);

afterAll(() => cloud.close());

describe('a process that is killed', () => {
  it('is compared with one that was not', () => {
    expect(expected.tables).toMatchObject({
      environments: ['lake ACTIVE'],
      dataSources: [{ runs: ['SUCCESS'] }],
      assets: [{ name: 'plays' }, { name: 'songs' }],
    });
    expect(expected.topics.assets).toMatchObject([{ name: 'songs', listing: 'ACTIVE 3' }]);
    expect(expected.topics.assets[0]?.revisions).toHaveLength(3);
  });

  // The end of a step is the beginning of the next.
  it.each([...stepNames.map((step) => `${step} begin`), 'run end', 'publish end'])(
    'at %s leaves what the next one finishes, once',
    async (at) => {
      const of = ofTopics.some((step) => at.startsWith(step)) ? 'topics' : 'tables';
      const scene = await prepare();
      await scene.send(eventOf(scene, of));
      const killed = startServiceProcess(KILLED, { ...scene.environment, KILLED_AT: at });
      expect(await killed.exit).toBeNull();
      expect(killed.child.signalCode).toBe('SIGKILL');
      expect(await finish(scene)).toEqual(expected[of]);
      scene.close();
    },
    60_000,
  );
});
