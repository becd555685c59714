import {
  CreateDataSourceCommand,
  GetAssetCommand,
  GetDataSourceCommand,
  GetDataSourceRunCommand,
  ListAssetRevisionsCommand,
  ListDataSourceRunActivitiesCommand,
  ListDataSourceRunsCommand,
  SearchCommand,
  SearchListingsCommand,
  StartDataSourceRunCommand,
} from '@aws-sdk/client-datazone';
import { CreateDatabaseCommand, type GlueClient } from '@aws-sdk/client-glue';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startMoto } from '../../../servers/moto.js';
import type { LocalServer } from '../../../servers/local-server.js';
import {
  createDataSource,
  createDomain,
  createEnvironment,
  createProject,
  createTable,
  glueOf,
  runDataSource,
  startDataZone,
  updateTable,
  type DataZoneServer,
} from '../../../test/datazone.js';
import { eventually } from '../../../test/eventually.js';
import { admin } from '../../../test/serve.js';
import { memoryJournals } from '../../journal/memory-journals.js';

let moto: LocalServer;
let glue: GlueClient;
let server: DataZoneServer;
let domain: string;
let project: string;
let environment: string;
let database: string;
let databases = 0;

beforeAll(async () => {
  moto = await startMoto();
  glue = glueOf(moto.url);
});

afterAll(async () => {
  glue.destroy();
  await moto.stop();
});

beforeEach(async () => {
  server = await startDataZone({ transitionMs: 0 }, moto.url);
  domain = await createDomain(server.client);
  project = await createProject(server.client, domain, 'lake');
  environment = await createEnvironment(server.client, domain, project);
  database = `music_${++databases}`;
  await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: database } }));
});

afterEach(() => server.close());

const create = (names: readonly string[], more = {}) =>
  createDataSource(server.client, domain, project, environment, names, more);
const activities = async (identifier: string | undefined) => {
  const { items } = await server.client.send(
    new ListDataSourceRunActivitiesCommand({ domainIdentifier: domain, identifier }),
  );
  return (items ?? []).map(({ technicalName, dataAssetStatus }) => [technicalName, dataAssetStatus]);
};
const assets = async () => {
  const { items } = await server.client.send(
    new SearchCommand({
      domainIdentifier: domain,
      searchScope: 'ASSET',
      sort: { attribute: 'name' },
      additionalAttributes: ['FORMS'],
    }),
  );
  return (items ?? []).map(({ assetItem }) => assetItem);
};

describe('a run of a data source', () => {
  it('makes and publishes an asset of each table, and a revision only of one that changed', async () => {
    await createTable(glue, database, 'plays');
    await createTable(glue, database, 'songs');
    const source = await create([database]);
    const first = await runDataSource(server.client, domain, source);
    expect(first).toMatchObject({
      status: 'SUCCESS',
      runStatisticsForAssets: { added: 2, updated: 0, unchanged: 0, failed: 0 },
    });
    const [plays] = await assets();
    const form = plays?.additionalAttributes?.formsOutput?.find(
      ({ formName }) => formName === 'GlueTableForm',
    );
    expect(JSON.parse(form?.content ?? '')).toMatchObject({
      databaseName: database,
      tableName: 'plays',
      sourceLocation: 's3://raw/plays/',
      columns: [{ columnName: 'id', dataType: 'string' }],
    });
    const { items: listed } = await server.client.send(
      new SearchListingsCommand({ domainIdentifier: domain }),
    );
    expect(listed?.map(({ assetListing }) => assetListing?.name)).toEqual(['plays', 'songs']);

    await updateTable(glue, database, 'plays', ['id', 'at']);
    const second = await runDataSource(server.client, domain, source);
    expect(second.runStatisticsForAssets).toMatchObject({ added: 0, updated: 1, unchanged: 1 });
    expect(await activities(second.id)).toEqual([
      ['plays', 'SUCCEEDED_UPDATED'],
      ['songs', 'UNCHANGED'],
    ]);
    const revisions = await Promise.all(
      (await assets()).map((asset) =>
        server.client.send(
          new ListAssetRevisionsCommand({ domainIdentifier: domain, identifier: asset?.identifier }),
        ),
      ),
    );
    expect(revisions.map(({ items }) => items?.length)).toEqual([2, 1]);
    const oldest = await server.client.send(
      new GetAssetCommand({ domainIdentifier: domain, identifier: plays?.identifier, revision: '1' }),
    );
    expect(oldest.formsOutput?.[0]?.content).not.toContain('"at"');
    expect(
      await server.client.send(new GetDataSourceCommand({ domainIdentifier: domain, identifier: source })),
    ).toMatchObject({ status: 'READY', lastRunStatus: 'SUCCESS', lastRunAssetCount: 2 });
  });

  it('takes the tables that are included and not excluded', async () => {
    for (const table of ['plays', 'plays_tmp', 'songs']) await createTable(glue, database, table);
    const source = await create([database], {
      configuration: {
        glueRunConfiguration: {
          relationalFilterConfigurations: [
            {
              databaseName: database,
              filterExpressions: [
                { type: 'INCLUDE', expression: 'plays*' },
                { type: 'EXCLUDE', expression: '*_tmp' },
              ],
            },
          ],
        },
      },
    });
    const { id } = await runDataSource(server.client, domain, source);
    expect(await activities(id)).toEqual([['plays', 'SUCCEEDED_CREATED']]);
  });

  it('fails where the database does not exist, in part where another does or a table does not fit', async () => {
    await createTable(glue, database, 'plays');
    const gone = await runDataSource(server.client, domain, await create(['nowhere']));
    expect(gone).toMatchObject({
      status: 'FAILED',
      errorMessage: { errorType: 'RESOURCE_NOT_FOUND_EXCEPTION' },
    });
    const half = await runDataSource(server.client, domain, await create([database, 'nowhere']));
    expect(half).toMatchObject({ status: 'PARTIALLY_SUCCEEDED', runStatisticsForAssets: { added: 1 } });
    const columns = Array.from({ length: 5_000 }, (_, i) => `${'c'.repeat(60)}${i}`);
    await createTable(glue, database, 'wide', columns);
    const wide = await runDataSource(server.client, domain, await create([database]));
    expect(wide).toMatchObject({
      status: 'PARTIALLY_SUCCEEDED',
      runStatisticsForAssets: { skipped: 1, failed: 1 },
    });
    expect(await activities(wide.id)).toEqual([
      ['plays', 'SKIPPED_ALREADY_IMPORTED'],
      ['wide', 'FAILED'],
    ]);
  });

  it('is one at a time, one of a client token, and FAILED where asked to', async () => {
    const source = await create([database]);
    await admin(server.url, 'datazone/fail', { kind: 'run', errorType: 'THROTTLING_EXCEPTION' });
    expect(await runDataSource(server.client, domain, source)).toMatchObject({
      status: 'FAILED',
      errorMessage: { errorType: 'THROTTLING_EXCEPTION' },
    });
    await admin(server.url, 'datazone/transition', { ms: 60_000 });
    const start = (clientToken: string) =>
      server.client.send(
        new StartDataSourceRunCommand({
          domainIdentifier: domain,
          dataSourceIdentifier: source,
          clientToken,
        }),
      );
    const first = await start('once');
    expect(first.status).toBe('REQUESTED');
    expect((await start('once')).id).toBe(first.id);
    await expect(start('twice')).rejects.toMatchObject({ name: 'ConflictException' });
    const { items } = await server.client.send(
      new ListDataSourceRunsCommand({ domainIdentifier: domain, dataSourceIdentifier: source }),
    );
    expect(items?.map(({ status }) => status)).toEqual(['REQUESTED', 'FAILED']);
  });

  it('that was under way when the double ended is begun again when it starts', async () => {
    const journals = memoryJournals();
    let now = Date.now();
    const start = () => startDataZone({ transitionMs: 0 }, moto.url, { journals, now: () => now });
    await createTable(glue, database, 'plays');
    const before = await start();
    domain = await createDomain(before.client);
    project = await createProject(before.client, domain, 'p');
    environment = await createEnvironment(before.client, domain, project);
    const source = await createDataSource(before.client, domain, project, environment, [database]);
    await admin(before.url, 'datazone/transition', { ms: 60_000 });
    const { id: identifier } = await before.client.send(
      new StartDataSourceRunCommand({ domainIdentifier: domain, dataSourceIdentifier: source }),
    );
    await before.close();
    now += 60_000;
    const after = await start();
    const run = await eventually(
      () => after.client.send(new GetDataSourceRunCommand({ domainIdentifier: domain, identifier })),
      ({ status }) => status === 'SUCCESS',
    );
    expect(run.runStatisticsForAssets).toMatchObject({ added: 1 });
    await after.close();
  });
});

describe('a data source', () => {
  it('is CREATING, then READY, one of a name and of a client token', async () => {
    await admin(server.url, 'datazone/transition', { ms: 60_000 });
    const send = (more: object) =>
      server.client.send(
        new CreateDataSourceCommand({
          domainIdentifier: domain,
          projectIdentifier: project,
          environmentIdentifier: environment,
          name: 'plays',
          type: 'GLUE',
          configuration: {
            glueRunConfiguration: { relationalFilterConfigurations: [{ databaseName: database }] },
          },
          ...more,
        }),
      );
    const first = await send({ clientToken: 'a' });
    expect(first.status).toBe('CREATING');
    expect((await send({ clientToken: 'a' })).id).toBe(first.id);
    await expect(send({ clientToken: 'b' })).rejects.toMatchObject({ name: 'ConflictException' });
    await expect(
      server.client.send(
        new StartDataSourceRunCommand({ domainIdentifier: domain, dataSourceIdentifier: first.id }),
      ),
    ).rejects.toMatchObject({ name: 'ConflictException' });
    await expect(send({ name: 'other', configuration: undefined })).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });
});
