import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestCloud, type TestCloud } from '@mesh/testkit';
import { DeleteTableCommand } from '@aws-sdk/client-glue';
import { CreateListingChangeSetCommand, SearchCommand } from '@aws-sdk/client-datazone';
import { Catalog, type CatalogParts } from './catalog.js';
import type { CatalogChange } from './events.js';
import type { StepName } from './steps/steps.js';
import { catalogueState, LocalCatalogue } from './testing/index.js';

let cloud: TestCloud;
let world: LocalCatalogue;
let parts: CatalogParts & { close(): void };
let partitions: number;
let steps: StepName[];
let before: NodeJS.ProcessEnv;

beforeAll(async () => {
  cloud = await startTestCloud({ moto: true });
  await admin('datazone/transition', { ms: 20 });
});

afterAll(() => cloud.close());

beforeEach(async () => {
  before = process.env;
  world = await LocalCatalogue.create({ motoUrl: cloud.moto?.url ?? '', doublesUrl: cloud.url });
  process.env = { ...before, ...world.environment };
  partitions = 4;
  steps = [];
  parts = world.parts((schema) =>
    schema === 'songs.song'
      ? {
          name: 'songs',
          domain: 'songs',
          doc: 'The current state of each song.',
          partitions,
          key: { field: 'songId', why: 'The newest state must win.' },
        }
      : undefined,
  );
});

afterEach(async () => {
  await cloud.calm();
  await admin('datazone/search-lag', { ms: 0 });
  parts.close();
  world.close();
  process.env = before;
});

const apply = (change: CatalogChange, waitMs = 20_000) =>
  new Catalog({
    parts,
    names: world.names,
    patience: { waitMs, pollMs: 10 },
    onStep: (step, phase) => void (phase === 'begin' && steps.push(step)),
  }).apply(change);

const databaseChanged = (): CatalogChange => ({ kind: 'database-changed', database: world.database });
const songRegistered = (): CatalogChange => ({
  kind: 'schema-registered',
  registry: world.registry,
  schema: 'songs.song',
});

const admin = (path: string, body: object) => cloud.admin(path, body);
const fault = (operation: string, fault: object) =>
  cloud.fault({ service: 'datazone', operation, kind: 'error', ...fault });

describe('a changed database', () => {
  it('gets environment, location, data source and a run, and its tables assets', async () => {
    await world.createTable('plays', ['id', 'at']);
    expect(await apply(databaseChanged())).toMatchObject({ kind: 'done' });
    expect(steps).toEqual([
      ...['locate', 'assume-role', 'find-domain', 'find-project', 'find-blueprint', 'enable-blueprint'],
      ...['ensure-environment', 'register-location', 'ensure-data-source', 'run'],
    ]);
    expect(await catalogueState(world)).toMatchObject({
      enabledRegions: ['us-east-1'],
      profiles: ['lake'],
      environments: ['lake ACTIVE'],
      locations: ['arn:aws:s3:::raw-WORLD/plays'],
      dataSources: [{ name: 'glue-music_WORLD', runs: ['SUCCESS'] }],
      assets: [{ name: 'plays', listing: 'ACTIVE 1' }],
    });
  });

  it('that has not changed gets no further run, and one that has gets one', async () => {
    await world.createTable('plays');
    await apply(databaseChanged());
    const first = await catalogueState(world);
    await apply(databaseChanged());
    expect(await catalogueState(world)).toEqual(first);
    await world.updateTable('plays', ['id', 'at']);
    await world.createTable('songs');
    await apply(databaseChanged());
    const { assets, dataSources } = await catalogueState(world);
    expect(dataSources).toMatchObject([{ runs: ['SUCCESS', 'SUCCESS'] }]);
    expect(assets.map(({ name, revisions }) => [name, revisions.length])).toEqual([
      ['plays', 2],
      ['songs', 1],
    ]);
  });

  it('is found by a crawler, whose targets become locations of the lake', async () => {
    await world.createTable('plays');
    await world.createCrawler(`raw-${world.name}`, `s3://${world.bucket}/`);
    await apply({ kind: 'crawler-succeeded', crawler: `raw-${world.name}` });
    const { locations, assets } = await catalogueState(world);
    expect(locations).toEqual(['arn:aws:s3:::raw-WORLD', 'arn:aws:s3:::raw-WORLD/plays']);
    expect(assets).toHaveLength(1);
  });

  it('that does not exist is nothing to do; a crawler that does not exist is an error', async () => {
    expect(await apply({ kind: 'database-changed', database: 'nowhere' })).toMatchObject({ kind: 'nothing' });
    await expect(apply({ kind: 'crawler-succeeded', crawler: 'nobody' })).rejects.toMatchObject({
      code: 'MESH_CATALOG_NOT_FOUND',
      transient: false,
      message: expect.stringContaining('the crawler "nobody"') as unknown,
    });
  });

  it('whose last table was dropped keeps the assets', async () => {
    await world.createTable('plays');
    await apply(databaseChanged());
    await world.glue.send(new DeleteTableCommand({ DatabaseName: world.database, Name: 'plays' }));
    expect(await apply(databaseChanged())).toEqual({
      kind: 'nothing',
      reason: 'no table is new or has changed',
    });
    expect((await catalogueState(world)).assets).toHaveLength(1);
  });

  it('gets another run after one that failed, in the same attempt or in the next', async () => {
    await world.createTable('plays');
    await admin('datazone/fail', { kind: 'run', errorType: 'THROTTLING_EXCEPTION', message: 'slow down' });
    await expect(apply(databaseChanged())).rejects.toMatchObject({
      code: 'MESH_CATALOG_UNAVAILABLE',
      transient: true,
      message: expect.stringContaining('slow down') as unknown,
    });
    await apply(databaseChanged());
    expect((await catalogueState(world)).dataSources).toMatchObject([{ runs: ['SUCCESS', 'FAILED'] }]);
  });

  it('says why a run failed for good, and which tables got no asset', async () => {
    await world.createTable('plays');
    await world.createTable(
      'wide',
      Array.from({ length: 5_000 }, (_, i) => `${'c'.repeat(60)}${i}`),
    );
    await expect(apply(databaseChanged())).rejects.toMatchObject({
      code: 'MESH_CATALOG_FAILED',
      message: expect.stringContaining(`without assets: ${world.database}.wide (VALIDATION`) as unknown,
    });
    expect((await catalogueState(world)).assets.map(({ name }) => name)).toEqual(['plays']);
  });

  it.each([
    ['environment', 'no such bucket'],
    ['data-source', 'no such role'],
  ])('says why its %s could not be made', async (kind, message) => {
    await world.createTable('plays');
    await admin('datazone/fail', { kind, message, errorType: 'VALIDATION_EXCEPTION' });
    await expect(apply(databaseChanged())).rejects.toMatchObject({
      code: 'MESH_CATALOG_FAILED',
      message: expect.stringContaining(message) as unknown,
    });
  });

  it('waits no longer than it may, and goes on from there', async () => {
    await world.createTable('plays');
    await admin('datazone/transition', { ms: 400 });
    await expect(apply(databaseChanged(), 50)).rejects.toMatchObject({ code: 'MESH_CATALOG_NOT_READY' });
    await admin('datazone/transition', { ms: 20 });
    await apply(databaseChanged());
    expect(await catalogueState(world)).toMatchObject({
      environments: ['lake ACTIVE'],
      dataSources: [{ runs: ['SUCCESS'] }],
    });
  });
});

describe('a registered schema', () => {
  const shown = async () => {
    const { assets } = await catalogueState(world);
    return assets.map(({ name, revisions, listing }) => ({
      name,
      listing,
      versions: revisions.map((text) => /"schemaVersion":(\d+)/.exec(text)?.[1]),
    }));
  };

  it('makes its topic an asset with a revision of each version', async () => {
    await world.registerSchema('songs.song', ['songId']);
    await world.registerSchema('songs.song', ['songId', 'title']);
    expect(await apply(songRegistered())).toMatchObject({ kind: 'done' });
    expect(steps).toEqual([
      ...['locate', 'assume-role', 'find-domain', 'find-project'],
      ...['ensure-types', 'ensure-asset', 'publish'],
    ]);
    expect(await shown()).toEqual([{ name: 'songs', versions: ['1', '2'], listing: 'ACTIVE 2' }]);
    const { items } = await world.datazone.send(
      new SearchCommand({
        domainIdentifier: world.domain,
        searchScope: 'ASSET',
        additionalAttributes: ['FORMS'],
      }),
    );
    const form = items?.[0]?.assetItem?.additionalAttributes?.formsOutput?.[0]?.content ?? '';
    expect(JSON.parse(form)).toMatchObject({
      topic: 'songs',
      domain: 'songs',
      partitions: 4,
      keyField: 'songId',
      schema: `${world.registry}/songs.song`,
      schemaVersion: 2,
      schemaVersionId: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
      schemaDefinition: expect.stringContaining('"title"') as unknown,
    });
  });

  it('is done once, though search has not seen the asset yet', async () => {
    await world.registerSchema('songs.song', ['songId']);
    await admin('datazone/search-lag', { ms: 60_000 });
    await apply(songRegistered());
    await world.registerSchema('songs.song', ['songId', 'title']);
    await apply(songRegistered());
    await apply(songRegistered());
    await admin('datazone/search-lag', { ms: 0 });
    expect(await shown()).toEqual([{ name: 'songs', versions: ['1', '2'], listing: 'ACTIVE 2' }]);
  });

  it('waits for the check of a version, and leaves out one that was refused', async () => {
    await world.registerSchema('songs.song', ['songId'], 'BACKWARD');
    await world.registerSchema('songs.song', ['songId', 'title']);
    await apply(songRegistered());
    expect(await shown()).toMatchObject([{ versions: ['1', '2'] }]);
  });

  it('shows what the contract says of the topic anew', async () => {
    await world.registerSchema('songs.song', ['songId']);
    await apply(songRegistered());
    partitions = 8;
    await apply(songRegistered());
    const [asset] = (await catalogueState(world)).assets;
    expect(asset?.revisions).toHaveLength(2);
    expect(asset?.revisions[1]).toContain('"partitions":8');
  });

  it('is not published again where its owner took it out', async () => {
    await world.registerSchema('songs.song', ['songId']);
    await apply(songRegistered());
    const { items } = await world.datazone.send(
      new SearchCommand({ domainIdentifier: world.domain, searchScope: 'ASSET' }),
    );
    await world.datazone.send(
      new CreateListingChangeSetCommand({
        domainIdentifier: world.domain,
        entityIdentifier: items?.[0]?.assetItem?.identifier,
        entityType: 'ASSET',
        action: 'UNPUBLISH',
      }),
    );
    await world.registerSchema('songs.song', ['songId', 'title']);
    await apply(songRegistered());
    expect(await shown()).toEqual([{ name: 'songs', versions: ['1', '2'], listing: 'INACTIVE 1' }]);
  });

  it('of another registry is not the mesh’s; one that no contract knows is an error', async () => {
    expect(await apply({ kind: 'schema-registered', registry: 'other', schema: 'songs.song' })).toMatchObject(
      { kind: 'nothing' },
    );
    await world.registerSchema('films.film', ['id']);
    await expect(
      apply({ kind: 'schema-registered', registry: world.registry, schema: 'films.film' }),
    ).rejects.toMatchObject({
      code: 'MESH_CATALOG_NOT_FOUND',
      message: expect.stringContaining('no contract known here') as unknown,
    });
  });
});

describe('an effect whose answer was lost', () => {
  const ofTables = [
    'PutEnvironmentBlueprintConfiguration',
    'CreateEnvironmentProfile',
    'CreateEnvironment',
    'CreateDataSource',
    'StartDataSourceRun',
  ];
  const ofTopics = [
    'CreateFormType',
    'CreateAssetType',
    'CreateAsset',
    'CreateAssetRevision',
    'CreateListingChangeSet',
  ];

  it.each([...ofTables, ...ofTopics])(
    'of %s is not had twice where the call is repeated',
    async (operation) => {
      await fault(operation, { kind: 'disconnect', when: 'after', count: 1 });
      const isOfTables = ofTables.includes(operation);
      await prepare(isOfTables);
      await apply(isOfTables ? databaseChanged() : songRegistered());
      await expectOnce(isOfTables);
    },
  );

  it.each([...ofTables, ...ofTopics])(
    'of %s is not had twice where the change is begun again',
    async (operation) => {
      // The SDK does not repeat a denied call; and search does not help.
      await fault(operation, { code: 'AccessDeniedException', when: 'after', count: 1 });
      await admin('datazone/search-lag', { ms: 60_000 });
      const isOfTables = ofTables.includes(operation);
      await prepare(isOfTables);
      const change = isOfTables ? databaseChanged() : songRegistered();
      await expect(apply(change)).rejects.toMatchObject({ code: 'MESH_CATALOG_DENIED', transient: true });
      await apply(change);
      await admin('datazone/search-lag', { ms: 0 });
      await expectOnce(isOfTables);
    },
  );

  async function prepare(tables: boolean): Promise<void> {
    if (tables) return world.createTable('plays');
    await world.registerSchema('songs.song', ['songId']);
    await world.registerSchema('songs.song', ['songId', 'title']);
  }

  async function expectOnce(tables: boolean): Promise<void> {
    const state = await catalogueState(world);
    if (tables) {
      expect(state).toMatchObject({
        enabledRegions: ['us-east-1'],
        profiles: ['lake'],
        environments: ['lake ACTIVE'],
        dataSources: [{ runs: ['SUCCESS'] }],
        assets: [{ listing: 'ACTIVE 1' }],
      });
    } else {
      expect(state.assets).toMatchObject([{ listing: 'ACTIVE 2' }]);
      expect(state.assets[0]?.revisions).toHaveLength(2);
    }
  }
});

describe('a failure', () => {
  it.each([
    ['ServiceQuotaExceededException', 'MESH_CATALOG_QUOTA', false],
    ['ValidationException', 'MESH_CATALOG_REFUSED', false],
    ['ThrottlingException', 'MESH_CATALOG_UNAVAILABLE', true],
    ['InternalServerException', 'MESH_CATALOG_UNAVAILABLE', true],
    ['AccessDeniedException', 'MESH_CATALOG_DENIED', true],
  ])('%s is %s', async (code, expected, transient) => {
    await world.registerSchema('songs.song', ['songId']);
    await fault('CreateAsset', { kind: 'error', code, message: 'because' });
    await expect(apply(songRegistered())).rejects.toMatchObject({
      code: expected,
      transient,
      message: expect.stringContaining(`CreateAsset of kafka:${world.registry}/songs failed`) as unknown,
    });
  });

  it('to find the domain says what was looked for', async () => {
    await world.createTable('plays');
    const names = { ...world.names, domainName: 'nowhere' };
    const catalog = new Catalog({ parts, names, patience: { waitMs: 1_000, pollMs: 10 } });
    await expect(catalog.apply(databaseChanged())).rejects.toMatchObject({
      code: 'MESH_CATALOG_NOT_FOUND',
      message: 'one domain should be named "nowhere", none is',
    });
  });
});
