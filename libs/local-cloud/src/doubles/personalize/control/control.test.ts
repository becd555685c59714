import {
  CreateCampaignCommand,
  CreateDatasetCommand,
  CreateDatasetGroupCommand,
  CreateDatasetImportJobCommand,
  CreateEventTrackerCommand,
  CreateFilterCommand,
  CreateSchemaCommand,
  CreateSolutionCommand,
  CreateSolutionVersionCommand,
  DeleteCampaignCommand,
  DeleteDatasetCommand,
  DeleteDatasetGroupCommand,
  DeleteEventTrackerCommand,
  DeleteFilterCommand,
  DeleteSchemaCommand,
  DeleteSolutionCommand,
  DescribeCampaignCommand,
  DescribeDatasetGroupCommand,
  DescribeDatasetImportJobCommand,
  DescribeEventTrackerCommand,
  DescribeSchemaCommand,
  DescribeSolutionCommand,
  DescribeSolutionVersionCommand,
  ListCampaignsCommand,
  ListDatasetImportJobsCommand,
  ListDatasetsCommand,
  ListEventTrackersCommand,
  ListFiltersCommand,
  ListSchemasCommand,
  ListSolutionVersionsCommand,
  PersonalizeClient,
  UpdateCampaignCommand,
} from '@aws-sdk/client-personalize';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalServer } from '../../../servers/local-server.js';
import { startMoto } from '../../../servers/moto.js';
import { eventually } from '../../../test/eventually.js';
import {
  createCampaign,
  createDatasets,
  createFilter,
  createTracker,
  schemas,
  settled,
  trainedVersion,
} from '../../../test/personalize.js';
import { admin, sdkConfig } from '../../../test/serve.js';
import { startDoubles, type Doubles } from '../../index.js';
import { objectStore } from '../../s3/object-store.js';
import type { PersonalizeSettings } from '../settings.js';

let moto: LocalServer;
let stateDir: string;
let doubles: Doubles;
let client: PersonalizeClient;

beforeAll(async () => {
  moto = await startMoto();
  expect((await fetch(`${moto.url}/import`, { method: 'PUT' })).ok).toBe(true);
}, 300_000);
afterAll(async () => {
  await moto?.stop();
});

async function start(personalize: Partial<PersonalizeSettings> = {}): Promise<void> {
  doubles = await startDoubles({
    stateDir,
    motoUrl: moto.url,
    personalize: { transitionMs: 5, ...personalize },
  });
  client = new PersonalizeClient(sdkConfig(doubles.url));
}
async function stop(): Promise<void> {
  client.destroy();
  await doubles.close();
}

beforeEach(async () => {
  stateDir = mkdtempSync(join(tmpdir(), 'personalize-'));
  await start();
});
afterEach(async () => {
  await stop();
  rmSync(stateDir, { recursive: true });
});

const fails = (call: Promise<unknown>, name: string, message?: RegExp) =>
  expect(call).rejects.toMatchObject({
    name,
    ...(message && { message: expect.stringMatching(message) as unknown }),
  });
const counts = async () =>
  (await admin(doubles.url, 'personalize-events/counts')).body as Record<string, number>;

describe('resources', () => {
  it('become ACTIVE by way of PENDING and IN_PROGRESS', async () => {
    await stop();
    await start({ transitionMs: 300 });
    const { datasetGroupArn } = await client.send(new CreateDatasetGroupCommand({ name: 'music' }));
    const seen = new Set<string | undefined>();
    await eventually(
      async () =>
        (await client.send(new DescribeDatasetGroupCommand({ datasetGroupArn }))).datasetGroup?.status,
      (status) => seen.add(status) && status === 'ACTIVE',
    );
    expect([...seen]).toEqual(['CREATE PENDING', 'CREATE IN_PROGRESS', 'ACTIVE']);
  });

  it('are in use while they become ACTIVE', async () => {
    await stop();
    await start({ transitionMs: 60_000 });
    const { datasetGroupArn } = await client.send(new CreateDatasetGroupCommand({ name: 'music' }));
    await fails(
      client.send(new CreateEventTrackerCommand({ name: 'music', datasetGroupArn })),
      'ResourceInUseException',
    );
    await fails(client.send(new DeleteDatasetGroupCommand({ datasetGroupArn })), 'ResourceInUseException');
  });

  it('exist once, are not found where they are not, and have ARNs by name', async () => {
    const { group, datasets } = await createDatasets(client, 'music');
    expect(group).toBe('arn:aws:personalize:eu-west-1:123456789012:dataset-group/music');
    expect(datasets.Items).toBe('arn:aws:personalize:eu-west-1:123456789012:dataset/music/ITEMS');
    await fails(
      client.send(new CreateDatasetGroupCommand({ name: 'music' })),
      'ResourceAlreadyExistsException',
    );
    const schemaArn = 'arn:aws:personalize:eu-west-1:123456789012:schema/music-Items';
    const again = new CreateDatasetCommand({
      name: 'x',
      schemaArn,
      datasetGroupArn: group,
      datasetType: 'items',
    });
    await fails(client.send(again), 'ResourceAlreadyExistsException');
    await fails(
      client.send(new DescribeSchemaCommand({ schemaArn: `${schemaArn}s` })),
      'ResourceNotFoundException',
    );
    const { datasets: listed } = await client.send(new ListDatasetsCommand({ datasetGroupArn: group }));
    expect(listed?.map(({ datasetType, status }) => [datasetType, status])).toEqual([
      ['INTERACTIONS', 'ACTIVE'],
      ['ITEMS', 'ACTIVE'],
      ['USERS', 'ACTIVE'],
    ]);
  });

  it('are listed page by page', async () => {
    for (const name of ['a', 'b', 'c'])
      await client.send(new CreateSchemaCommand({ name, schema: schemas.Users }));
    const first = await client.send(new ListSchemasCommand({ maxResults: 2 }));
    expect(first.schemas?.map(({ name }) => name)).toEqual(['a', 'b']);
    const rest = await client.send(new ListSchemasCommand({ maxResults: 2, nextToken: first.nextToken }));
    expect(rest.schemas?.map(({ name }) => name)).toEqual(['c']);
    expect(rest.nextToken).toBeUndefined();
    await fails(client.send(new ListSchemasCommand({ nextToken: 'what' })), 'InvalidNextTokenException');
  });

  it('are limited in number', async () => {
    await stop();
    await start({ maxSchemas: 1, maxDatasetGroups: 1, maxFilters: 0, maxCampaigns: 0 });
    await client.send(new CreateSchemaCommand({ name: 'a', schema: schemas.Users }));
    await fails(
      client.send(new CreateSchemaCommand({ name: 'b', schema: schemas.Users })),
      'LimitExceededException',
    );
    const { datasetGroupArn } = await client.send(new CreateDatasetGroupCommand({ name: 'a' }));
    await fails(client.send(new CreateDatasetGroupCommand({ name: 'b' })), 'LimitExceededException');
    await settled(
      async () => (await client.send(new DescribeDatasetGroupCommand({ datasetGroupArn }))).datasetGroup,
    );
    const filterExpression = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("skip")';
    const filter = new CreateFilterCommand({ name: 'f', datasetGroupArn, filterExpression });
    await fails(client.send(filter), 'LimitExceededException');
    const solutionVersionArn = await trainedVersion(client, datasetGroupArn ?? '', 's', 'aws-similar-items');
    await fails(
      client.send(new CreateCampaignCommand({ name: 'c', solutionVersionArn })),
      'LimitExceededException',
    );
  });

  it('are deleted from the leaves to the root, and not otherwise', async () => {
    const { group, datasets } = await createDatasets(client, 'music');
    await createTracker(client, group, 'tracker');
    const campaignArn = await createCampaign(client, group, 'recs', 'aws-user-personalization-v2');
    const filterArn = await createFilter(
      client,
      group,
      'f',
      'EXCLUDE ItemID WHERE Items.ITEM_TYPE IN ("SONG")',
    );
    const solutionArn = campaignArn.replace(':campaign/', ':solution/');
    const schemaArn = group.replace('dataset-group/music', 'schema/music-Items');
    await fails(
      client.send(new DeleteDatasetGroupCommand({ datasetGroupArn: group })),
      'ResourceInUseException',
    );
    await fails(client.send(new DeleteSolutionCommand({ solutionArn })), 'ResourceInUseException');
    await fails(client.send(new DeleteSchemaCommand({ schemaArn })), 'ResourceInUseException');
    await client.send(new DeleteCampaignCommand({ campaignArn }));
    await client.send(new DeleteSolutionCommand({ solutionArn }));
    await client.send(new DeleteFilterCommand({ filterArn }));
    const { eventTrackers } = await client.send(new ListEventTrackersCommand({ datasetGroupArn: group }));
    await client.send(
      new DeleteEventTrackerCommand({ eventTrackerArn: eventTrackers?.[0]?.eventTrackerArn }),
    );
    for (const datasetArn of Object.values(datasets))
      await client.send(new DeleteDatasetCommand({ datasetArn }));
    await client.send(new DeleteDatasetGroupCommand({ datasetGroupArn: group }));
    await eventually(
      () =>
        client.send(new DescribeDatasetGroupCommand({ datasetGroupArn: group })).then(
          () => 'there',
          (error: Error) => error.name,
        ),
      (outcome) => outcome === 'ResourceNotFoundException',
    );
    await client.send(new DeleteSchemaCommand({ schemaArn }));
    await createDatasetsAnew(group);
  });

  async function createDatasetsAnew(group: string): Promise<void> {
    const { datasetGroupArn } = await client.send(new CreateDatasetGroupCommand({ name: 'music' }));
    expect(datasetGroupArn).toBe(group);
  }
});

describe('schemas', () => {
  const withFields = (...fields: object[]) => JSON.stringify({ type: 'record', name: 'X', fields });

  it.each<[string, string, RegExp]>([
    ['no JSON', '{', /not valid JSON/],
    ['no record', '{"type":"string"}', /must be an Avro record/],
    ['a type Personalize has not', withFields({ name: 'A', type: 'bytes' }), /has the type "bytes"/],
    ['a field twice', withFields({ name: 'A', type: 'int' }, { name: 'A', type: 'int' }), /twice/],
  ])('are refused as %s', async (_, schema, message) => {
    await fails(
      client.send(new CreateSchemaCommand({ name: 's', schema })),
      'InvalidInputException',
      message,
    );
  });

  it('must have the fields their dataset needs', async () => {
    const { group } = await createDatasets(client, 'music');
    const schema = withFields({ name: 'USER_ID', type: 'string' }, { name: 'AGE', type: 'int' });
    const { schemaArn } = await client.send(new CreateSchemaCommand({ name: 's', schema }));
    for (const datasetType of ['Interactions', 'Items']) {
      const create = new CreateDatasetCommand({ name: 'd', schemaArn, datasetGroupArn: group, datasetType });
      await fails(client.send(create), 'InvalidInputException', /needs the field ITEM_ID of type string/);
    }
  });
});

describe('event trackers', () => {
  it('are one a dataset group', async () => {
    const { group } = await createDatasets(client, 'music');
    await createTracker(client, group, 'one');
    const other = new CreateEventTrackerCommand({ name: 'two', datasetGroupArn: group });
    await fails(client.send(other), 'ResourceAlreadyExistsException');
    const { eventTrackers } = await client.send(new ListEventTrackersCommand({ datasetGroupArn: group }));
    const { eventTracker } = await client.send(
      new DescribeEventTrackerCommand({ eventTrackerArn: eventTrackers?.[0]?.eventTrackerArn }),
    );
    expect(eventTracker).toMatchObject({
      name: 'one',
      accountId: '123456789012',
      datasetGroupArn: group,
      status: 'ACTIVE',
    });
  });
});

describe('import jobs', () => {
  const upload = (key: string, text: string) =>
    objectStore(moto.url).put('import', key, Buffer.from(text), 'text/csv');

  let jobs = 0;
  async function run(datasetArn: string, key: string, importMode?: 'FULL' | 'INCREMENTAL') {
    const { datasetImportJobArn } = await client.send(
      new CreateDatasetImportJobCommand({
        jobName: `job-${jobs++}`,
        datasetArn,
        dataSource: { dataLocation: `s3://import/${key}` },
        roleArn: 'arn:aws:iam::123456789012:role/import',
        importMode,
      }),
    );
    const describeJob = async () =>
      (await client.send(new DescribeDatasetImportJobCommand({ datasetImportJobArn }))).datasetImportJob;
    await settled(describeJob);
    return describeJob();
  }

  it('take the rows of a file', async () => {
    const { datasets } = await createDatasets(client, 'music');
    await upload('items.csv', 'ITEM_ID,ITEM_TYPE,GENRES\nsong-1,SONG,rock\nepisode-1,EPISODE,\n');
    expect(await run(datasets.Items, 'items.csv')).toMatchObject({ status: 'ACTIVE', importMode: 'FULL' });
    await upload('users.csv', 'USER_ID,PLAN\nuser-1,free\nuser-2,premium\nuser-3,\n');
    expect(await run(datasets.Users, 'users.csv')).toMatchObject({ status: 'ACTIVE' });
    expect(await counts()).toMatchObject({ items: 2, users: 3 });
    const { datasetImportJobs } = await client.send(
      new ListDatasetImportJobsCommand({ datasetArn: datasets.Items }),
    );
    expect(datasetImportJobs).toHaveLength(1);
  });

  it('take all files of a folder, and interactions once however often they come', async () => {
    const { datasets } = await createDatasets(client, 'music');
    const header = 'USER_ID,ITEM_ID,EVENT_TYPE,TIMESTAMP\n';
    await upload('log/1.csv', `${header}u,a,PLAY,1700000000\nu,b,PLAY,1700000001\n`);
    await upload('log/2.csv', `${header}v,a,PLAY,1700000002\nu,b,PLAY,1700000001\n`);
    await upload('log/readme.txt', 'no rows');
    expect(await run(datasets.Interactions, 'log/')).toMatchObject({ status: 'ACTIVE' });
    expect(await run(datasets.Interactions, 'log/', 'INCREMENTAL')).toMatchObject({ status: 'ACTIVE' });
    expect(await counts()).toMatchObject({ imported: 3, interactionUsers: 2, distinctEventIds: 0 });
  });

  it('replace what was imported, or add to it', async () => {
    const { datasets } = await createDatasets(client, 'music');
    await upload('a.csv', 'USER_ID,PLAN\nuser-1,free\nuser-2,free\n');
    await upload('b.csv', 'USER_ID,PLAN\nuser-2,premium\nuser-3,free\n');
    const early = run(datasets.Users, 'a.csv', 'INCREMENTAL');
    await fails(early, 'InvalidInputException', /can only be FULL/);
    await run(datasets.Users, 'a.csv');
    await run(datasets.Users, 'b.csv', 'INCREMENTAL');
    expect(await counts()).toMatchObject({ users: 3 });
    await run(datasets.Users, 'b.csv', 'FULL');
    expect(await counts()).toMatchObject({ users: 2 });
  });

  it('fail with the line that does not fit, having taken none', async () => {
    const { datasets } = await createDatasets(client, 'music');
    await upload('bad.csv', 'ITEM_ID,ITEM_TYPE,RELEASE_YEAR\nsong-1,SONG,1999\nsong-2,SONG,soon\n');
    expect(await run(datasets.Items, 'bad.csv')).toMatchObject({
      status: 'CREATE FAILED',
      failureReason: 's3://import/bad.csv, line 3: RELEASE_YEAR must be int, not "soon"',
    });
    expect(await run(datasets.Items, 'missing.csv')).toMatchObject({ status: 'CREATE FAILED' });
    expect(await counts()).toMatchObject({ items: 0 });
  });
});

describe('solutions and campaigns', () => {
  it('need a known recipe', async () => {
    const { group: datasetGroupArn } = await createDatasets(client, 'music');
    const create = (recipeArn?: string) =>
      client.send(new CreateSolutionCommand({ name: 's', datasetGroupArn, recipeArn }));
    await fails(create('arn:aws:personalize:::recipe/aws-no-such'), 'ResourceNotFoundException');
    await fails(create(), 'InvalidInputException');
  });

  it('are trained, described and listed', async () => {
    const { group } = await createDatasets(client, 'music');
    const version = await trainedVersion(client, group, 'similar', 'aws-similar-items');
    const solutionArn = version.slice(0, version.lastIndexOf('/'));
    const { solution } = await client.send(new DescribeSolutionCommand({ solutionArn }));
    expect(solution).toMatchObject({
      status: 'ACTIVE',
      performAutoTraining: true,
      latestSolutionVersion: { solutionVersionArn: version, status: 'ACTIVE', trainingType: 'MANUAL' },
    });
    const { solutionVersions } = await client.send(new ListSolutionVersionsCommand({ solutionArn }));
    expect(solutionVersions?.map(({ solutionVersionArn }) => solutionVersionArn)).toEqual([version]);
  });

  it('fail to train with too little data, where that is asked for', async () => {
    await stop();
    await start({ minInteractionsToTrain: 1_000 });
    const { group } = await createDatasets(client, 'music');
    const solutionVersionArn = await trainedVersion(client, group, 'similar', 'aws-similar-items');
    const { solutionVersion } = await client.send(new DescribeSolutionVersionCommand({ solutionVersionArn }));
    expect(solutionVersion).toMatchObject({
      status: 'CREATE FAILED',
      failureReason: 'Training needs at least 1000 item interactions, and there are 0',
    });
    await fails(
      client.send(new CreateCampaignCommand({ name: 'c', solutionVersionArn })),
      'ResourceInUseException',
    );
  });

  it('change to another version while they go on serving', async () => {
    const { group } = await createDatasets(client, 'music');
    const campaignArn = await createCampaign(client, group, 'recs', 'aws-user-personalization-v2');
    const solutionArn = campaignArn.replace(':campaign/', ':solution/');
    const { solutionVersionArn = '' } = await client.send(new CreateSolutionVersionCommand({ solutionArn }));
    await settled(
      async () =>
        (await client.send(new DescribeSolutionVersionCommand({ solutionVersionArn }))).solutionVersion,
    );
    await client.send(new UpdateCampaignCommand({ campaignArn, solutionVersionArn, minProvisionedTPS: 2 }));
    const campaign = async () => (await client.send(new DescribeCampaignCommand({ campaignArn }))).campaign;
    expect(await campaign()).toMatchObject({
      status: 'ACTIVE',
      latestCampaignUpdate: { solutionVersionArn },
    });
    await eventually(campaign, (one) => one?.latestCampaignUpdate?.status === 'ACTIVE');
    expect(await campaign()).toMatchObject({ solutionVersionArn, minProvisionedTPS: 2 });
    const { campaigns } = await client.send(new ListCampaignsCommand({ solutionArn }));
    expect(campaigns).toHaveLength(1);
  });

  it('are restored by the next process', async () => {
    const { group } = await createDatasets(client, 'music');
    const campaignArn = await createCampaign(client, group, 'recs', 'aws-user-personalization-v2');
    await stop();
    await start();
    const { campaign } = await client.send(new DescribeCampaignCommand({ campaignArn }));
    expect(campaign).toMatchObject({ name: 'recs', status: 'ACTIVE' });
  });
});

describe('filters', () => {
  it('use fields of the schemas only', async () => {
    const { group: datasetGroupArn } = await createDatasets(client, 'music');
    const create = (filterExpression: string) =>
      client.send(new CreateFilterCommand({ name: 'f', datasetGroupArn, filterExpression }));
    const invalid = 'InvalidInputException';
    await fails(create('EXCLUDE ItemID WHERE Items.COLOUR IN ("red")'), invalid, /has no such field/);
    await fails(create('EXCLUDE ItemID WHERE Items.DESCRIPTION IN ("red")'), invalid, /free text/);
    await fails(create('EXCLUDE ItemID WHERE'), invalid, /a field as Items.GENRE was expected/);
    await create(
      'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("skip") | INCLUDE ItemID WHERE Items.RELEASE_YEAR > 1999',
    );
    const { Filters } = await client.send(new ListFiltersCommand({ datasetGroupArn }));
    expect(Filters?.map(({ name }) => name)).toEqual(['f']);
  });
});
