import { catalogueState, sampleEvents } from '@mesh/catalog/testing';
import { until } from '@mesh/jest/until.mjs';
import { startServiceProcess, type ServiceProcess } from '@mesh/service/testing';
import { type TestCloud } from '@mesh/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { Scene, startCloud } from './test/queues.js';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

let cloud: TestCloud;
let scene: Scene;
const running: ServiceProcess[] = [];

beforeAll(async () => {
  cloud = await startCloud();
}, 60_000);

afterAll(() => cloud.close());

beforeEach(async () => {
  scene = await Scene.create(cloud);
});

afterEach(async () => {
  for (const { child, exit } of running.splice(0)) {
    child.kill('SIGKILL');
    await exit;
  }
  await cloud.calm();
  await cloud.admin('datazone/transition', { ms: 20 });
  scene.close();
});

function start(env: Readonly<Record<string, string>> = {}): ServiceProcess {
  const service = startServiceProcess(MAIN, { ...scene.environment, ...env });
  running.push(service);
  return service;
}

const emptied = () => until('the queue is empty', async () => (await scene.pending()) === 0);
const databaseChanged = () => sampleEvents.databaseChanged(scene.world.database, 'CreateTable', ['plays']);

async function metrics(service: ServiceProcess): Promise<string> {
  const { url } = await service.line('listening');
  return (await fetch(`${String(url)}/metrics`)).text();
}

describe('the service', () => {
  it('brings tables and topics into the catalogue, and ignores the rest', async () => {
    await scene.world.createTable('plays');
    await scene.world.createCrawler(`raw-${scene.world.name}`, `s3://${scene.world.bucket}/plays/`);
    await scene.world.registerSchema('interactions.interaction', ['eventId']);
    await scene.send(sampleEvents.crawlerChanged(`raw-${scene.world.name}`));
    await scene.send(sampleEvents.crawlerChanged(`raw-${scene.world.name}`, 'Started'));
    await scene.send(sampleEvents.schemaCreated(scene.world.registry, 'interactions.interaction'));
    const service = start();
    await emptied();
    const { assets, environments } = await catalogueState(scene.world);
    expect(assets.map(({ name, listing }) => `${name}: ${listing}`)).toEqual([
      'plays: ACTIVE 1',
      'interactions: ACTIVE 1',
    ]);
    expect(environments).toEqual(['lake ACTIVE']);
    await until('all is counted', async () => (await metrics(service)).includes('{verdict="ignored"'));
    expect(await metrics(service)).toMatch(/catalog_events_total\{verdict="done"[^}]*\} 2/);
    const { url } = await service.line('listening');
    expect((await fetch(`${String(url)}/ready`)).status).toBe(200);
    service.child.kill('SIGTERM');
    expect(await service.exit).toBe(0);
  }, 60_000);

  it('puts what is no event among the dead letters, with what is wrong', async () => {
    const bad = JSON.stringify({
      id: 'x',
      time: 't',
      source: 'aws.glue',
      'detail-type': 'Glue Crawler State Change',
    });
    await scene.send(bad);
    start();
    await emptied();
    expect(await scene.deadLetters()).toEqual([
      {
        body: bad,
        reason: 'MESH_CATALOG_EVENT_INVALID',
        message: 'the event cannot be used: "detail" is missing',
        receives: '1',
      },
    ]);
  }, 60_000);

  it('does not try again what no try can do', async () => {
    await scene.world.createTable('plays');
    await scene.send(databaseChanged());
    start({ DATAZONE_DOMAIN_NAME: 'nowhere' });
    await emptied();
    expect(await scene.deadLetters()).toMatchObject([
      {
        reason: 'MESH_CATALOG_NOT_FOUND',
        message: 'one domain should be named "nowhere", none is',
        receives: '1',
      },
    ]);
  }, 60_000);

  it('tries again what may pass, and gives up after the last try', async () => {
    await scene.world.createTable('plays');
    // More than one try's own attempts.
    const error = { kind: 'error', code: 'InternalServerException', operation: 'CreateEnvironment' };
    await cloud.fault({ service: 'datazone', ...error, count: 5 });
    await scene.send(databaseChanged());
    start();
    await emptied();
    expect(await scene.deadLetters()).toEqual([]);
    expect(await catalogueState(scene.world)).toMatchObject({ dataSources: [{ runs: ['SUCCESS'] }] });

    await scene.world.registerSchema('songs.song', ['songId']);
    await cloud.fault({ service: 'datazone', ...error, operation: 'CreateAsset' });
    await scene.send(sampleEvents.schemaCreated(scene.world.registry, 'songs.song'));
    await emptied();
    const [letter] = await scene.deadLetters();
    expect(letter).toMatchObject({ reason: 'MESH_CATALOG_UNAVAILABLE', receives: '3' });
    expect(letter?.message).toMatch(/^after 3 tries: CreateAsset of kafka:.*InternalServerException/);
  }, 60_000);

  it('gives an event back at once when it is told to stop', async () => {
    await scene.world.createTable('plays');
    await cloud.admin('datazone/transition', { ms: 60_000 });
    await scene.send(databaseChanged());
    const service = start({ CATALOG_VISIBILITY_TIMEOUT_S: '600', LOG_LEVEL: 'debug' });
    await until('it waits', async () =>
      service.lines.some(({ step, phase }) => step === 'ensure-environment' && phase === 'begin'),
    );
    expect(await scene.waiting()).toBe(0);
    service.child.kill('SIGTERM');
    expect(await service.exit).toBe(0);
    expect(await scene.waiting()).toBe(1);
  }, 60_000);

  it('keeps an event from others for as long as it works on it', async () => {
    await scene.world.createTable('plays');
    await cloud.admin('datazone/transition', { ms: 6_000 });
    await scene.send(databaseChanged());
    start({ CATALOG_VISIBILITY_TIMEOUT_S: '2' });
    start({ CATALOG_VISIBILITY_TIMEOUT_S: '2' });
    await emptied();
    // A second receipt would be a second try.
    const tries = running.flatMap(({ lines }) =>
      lines.filter(({ msg }) => msg === 'catalogue brought up to date'),
    );
    expect(tries).toMatchObject([{ receives: 1 }]);
  }, 90_000);

  it('is not ready while the queue cannot be read', async () => {
    const service = start({ CATALOG_QUEUE_URL: `${cloud.moto?.url}/123456789012/nothing` });
    const { url } = await service.line('listening');
    await service.line('the queue cannot be read');
    const ready = await fetch(`${String(url)}/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({
      detail: expect.stringContaining('the queue cannot be read') as unknown,
    });
  }, 60_000);

  it('names what is missing in its configuration', async () => {
    const service = start({ GOVERNANCE_ROLE_ARN: 'admin', DATAZONE_DOMAIN_NAME: '' });
    expect(await service.exit).toBe(78);
    expect(service.stderr().trim().split('\n').sort()).toEqual([
      'configuration: DATAZONE_DOMAIN_NAME is not set; it must be the name of a DataZone domain',
      expect.stringMatching(/^configuration: GOVERNANCE_ROLE_ARN is "admin"; allowed is the role that may/),
    ]);
  }, 60_000);
});
