import {
  CreateCampaignCommand,
  CreateDatasetCommand,
  CreateDatasetGroupCommand,
  CreateEventTrackerCommand,
  CreateFilterCommand,
  CreateSchemaCommand,
  CreateSolutionCommand,
  CreateSolutionVersionCommand,
  DescribeCampaignCommand,
  DescribeDatasetCommand,
  DescribeDatasetGroupCommand,
  DescribeEventTrackerCommand,
  DescribeFilterCommand,
  DescribeSolutionCommand,
  DescribeSolutionVersionCommand,
  type PersonalizeClient,
} from '@aws-sdk/client-personalize';
import { eventually } from './eventually.js';

const field = (name: string, type: unknown, more: object = {}) => ({ name, type, ...more });
const record = (name: string, ...fields: object[]) =>
  JSON.stringify({ type: 'record', name, fields, version: '1.0' });

/** Schemas of a small music service. */
export const schemas = {
  Interactions: record(
    'Interactions',
    ...['USER_ID', 'ITEM_ID', 'EVENT_TYPE'].map((name) => field(name, 'string')),
    field('TIMESTAMP', 'long'),
    field('DEVICE', ['null', 'string'], { categorical: true }),
  ),
  Items: record(
    'Items',
    field('ITEM_ID', 'string'),
    field('ITEM_TYPE', 'string', { categorical: true }),
    field('GENRES', ['null', 'string'], { categorical: true }),
    field('RELEASE_YEAR', ['null', 'int']),
    field('DESCRIPTION', ['null', 'string'], { textual: true }),
  ),
  Users: record(
    'Users',
    field('USER_ID', 'string'),
    field('PLAN', ['null', 'string'], { categorical: true }),
  ),
};

export type DatasetName = keyof typeof schemas;

/** Asks until a resource is ACTIVE or has failed. @returns its status */
export const settled = (
  describe: () => Promise<{ status?: string | undefined } | undefined>,
): Promise<string> =>
  eventually(
    async () => (await describe())?.status ?? '',
    (status) => status === 'ACTIVE' || status.endsWith('FAILED'),
  );

/** A dataset group with all three datasets. @returns ARNs */
export async function createDatasets(
  client: PersonalizeClient,
  name: string,
): Promise<{ group: string; datasets: Record<DatasetName, string> }> {
  const { datasetGroupArn: group = '' } = await client.send(new CreateDatasetGroupCommand({ name }));
  await settled(
    async () => (await client.send(new DescribeDatasetGroupCommand({ datasetGroupArn: group }))).datasetGroup,
  );
  const datasets = { Interactions: '', Items: '', Users: '' };
  for (const type of Object.keys(schemas) as DatasetName[]) {
    const schema = new CreateSchemaCommand({ name: `${name}-${type}`, schema: schemas[type] });
    const { schemaArn } = await client.send(schema);
    const { datasetArn = '' } = await client.send(
      new CreateDatasetCommand({
        name: `${name}-${type}`,
        schemaArn,
        datasetGroupArn: group,
        datasetType: type,
      }),
    );
    await settled(async () => (await client.send(new DescribeDatasetCommand({ datasetArn }))).dataset);
    datasets[type] = datasetArn;
  }
  return { group, datasets };
}

/** An event tracker that takes events. @returns its tracking id */
export async function createTracker(
  client: PersonalizeClient,
  datasetGroupArn: string,
  name: string,
): Promise<string> {
  const { eventTrackerArn, trackingId = '' } = await client.send(
    new CreateEventTrackerCommand({ name, datasetGroupArn }),
  );
  await settled(
    async () => (await client.send(new DescribeEventTrackerCommand({ eventTrackerArn }))).eventTracker,
  );
  return trackingId;
}

/** A trained solution version of a recipe, as `aws-similar-items`. @returns its ARN */
export async function trainedVersion(
  client: PersonalizeClient,
  datasetGroupArn: string,
  name: string,
  recipe: string,
): Promise<string> {
  const recipeArn = `arn:aws:personalize:::recipe/${recipe}`;
  const { solutionArn } = await client.send(new CreateSolutionCommand({ name, datasetGroupArn, recipeArn }));
  await settled(async () => (await client.send(new DescribeSolutionCommand({ solutionArn }))).solution);
  const { solutionVersionArn = '' } = await client.send(new CreateSolutionVersionCommand({ solutionArn }));
  await settled(
    async () =>
      (await client.send(new DescribeSolutionVersionCommand({ solutionVersionArn }))).solutionVersion,
  );
  return solutionVersionArn;
}

/** A campaign that answers. @returns its ARN */
export async function createCampaign(
  client: PersonalizeClient,
  datasetGroupArn: string,
  name: string,
  recipe: string,
  campaignConfig: object = {},
): Promise<string> {
  const solutionVersionArn = await trainedVersion(client, datasetGroupArn, name, recipe);
  const { campaignArn = '' } = await client.send(
    new CreateCampaignCommand({ name, solutionVersionArn, campaignConfig }),
  );
  await settled(async () => (await client.send(new DescribeCampaignCommand({ campaignArn }))).campaign);
  return campaignArn;
}

/** A filter that can be used. @returns its ARN */
export async function createFilter(
  client: PersonalizeClient,
  datasetGroupArn: string,
  name: string,
  filterExpression: string,
): Promise<string> {
  const { filterArn = '' } = await client.send(
    new CreateFilterCommand({ name, datasetGroupArn, filterExpression }),
  );
  await settled(async () => (await client.send(new DescribeFilterCommand({ filterArn }))).filter);
  return filterArn;
}
