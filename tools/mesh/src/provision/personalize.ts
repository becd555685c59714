import { PutObjectCommand } from '@aws-sdk/client-s3';
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
  DescribeCampaignCommand,
  DescribeDatasetCommand,
  DescribeDatasetGroupCommand,
  DescribeDatasetImportJobCommand,
  DescribeEventTrackerCommand,
  DescribeFilterCommand,
  DescribeSolutionCommand,
  DescribeSolutionVersionCommand,
  ListDatasetImportJobsCommand,
  ListEventTrackersCommand,
  ListSolutionVersionsCommand,
  PersonalizeClient,
} from '@aws-sdk/client-personalize';
import { account, awaitActive, ensure, localClient, region } from './aws.js';
import { buckets, s3Client } from './storage.js';

/** What goes into one Personalize dataset: its Avro schema, and the rows it starts with as CSV with a header. */
export interface Dataset {
  readonly type: 'Interactions' | 'Items' | 'Users';
  readonly schema: object;
  readonly csv?: string;
}

/** Environment of the applications that feed and ask Personalize. */
export interface PersonalizeEnvironment {
  readonly PERSONALIZE_TRACKING_ID: string;
  readonly PERSONALIZE_CAMPAIGN_ARN: string;
  readonly PERSONALIZE_RANKING_CAMPAIGN_ARN: string;
  readonly PERSONALIZE_SIMILAR_ITEMS_CAMPAIGN_ARN: string;
  readonly PERSONALIZE_FILTER_ARN: string;
}

const group = 'music-mesh';
const exists = 'ResourceAlreadyExistsException';
const role = `arn:aws:iam::${account}:role/music-mesh-personalize`;
const arn = (resource: string) => `arn:aws:personalize:${region}:${account}:${resource}`;

/**
 * Takes Personalize from nothing to campaigns that answer, the way one does before going live: schemas, datasets, a
 * bulk import of what is known of items and users, solutions trained on it, campaigns, and the tracker for live
 * events. Every step is skipped where it was done before.
 */
export async function provisionPersonalize(
  endpoints: { personalizeUrl: string; awsUrl: string },
  datasets: readonly Dataset[],
  log: (line: string) => void,
): Promise<PersonalizeEnvironment> {
  const personalize = new PersonalizeClient(localClient(endpoints.personalizeUrl));
  try {
    const datasetGroupArn = await createGroup(personalize);
    for (const dataset of datasets) {
      const datasetArn = await createDataset(personalize, datasetGroupArn, dataset);
      if (dataset.csv !== undefined) {
        await importOnce(personalize, endpoints.awsUrl, datasetArn, dataset.type, dataset.csv, log);
      }
    }
    const filterArn = await createSkipFilter(personalize, datasetGroupArn);
    const campaign = (name: string, recipe: string) => train(personalize, datasetGroupArn, name, recipe, log);
    return {
      PERSONALIZE_TRACKING_ID: await createTracker(personalize, datasetGroupArn),
      PERSONALIZE_CAMPAIGN_ARN: await campaign('user-personalization', 'aws-user-personalization-v2'),
      PERSONALIZE_RANKING_CAMPAIGN_ARN: await campaign('personalized-ranking', 'aws-personalized-ranking-v2'),
      PERSONALIZE_SIMILAR_ITEMS_CAMPAIGN_ARN: await campaign('similar-items', 'aws-similar-items'),
      PERSONALIZE_FILTER_ARN: filterArn,
    };
  } finally {
    personalize.destroy();
  }
}

async function createGroup(personalize: PersonalizeClient): Promise<string> {
  const datasetGroupArn = arn(`dataset-group/${group}`);
  await ensure(exists, () => personalize.send(new CreateDatasetGroupCommand({ name: group })));
  await awaitActive(`Personalize dataset group ${group}`, async () => {
    const { datasetGroup } = await personalize.send(new DescribeDatasetGroupCommand({ datasetGroupArn }));
    return { status: datasetGroup?.status, reason: datasetGroup?.failureReason };
  });
  return datasetGroupArn;
}

async function createDataset(personalize: PersonalizeClient, datasetGroupArn: string, dataset: Dataset) {
  const name = dataset.type.toLowerCase();
  const schemaName = `${group}-${name}`;
  await ensure(exists, () =>
    personalize.send(new CreateSchemaCommand({ name: schemaName, schema: JSON.stringify(dataset.schema) })),
  );
  const datasetArn = arn(`dataset/${group}/${dataset.type.toUpperCase()}`);
  await ensure(exists, () =>
    personalize.send(
      new CreateDatasetCommand({
        name,
        datasetGroupArn,
        datasetType: dataset.type,
        schemaArn: arn(`schema/${schemaName}`),
      }),
    ),
  );
  await awaitActive(`Personalize dataset ${name}`, async () => {
    const answer = await personalize.send(new DescribeDatasetCommand({ datasetArn }));
    return { status: answer.dataset?.status };
  });
  return datasetArn;
}

async function importOnce(
  personalize: PersonalizeClient,
  awsUrl: string,
  datasetArn: string,
  type: string,
  csv: string,
  log: (line: string) => void,
): Promise<void> {
  const { datasetImportJobs } = await personalize.send(new ListDatasetImportJobsCommand({ datasetArn }));
  if (datasetImportJobs?.some((job) => job.status === 'ACTIVE')) return;
  const Key = `${type.toLowerCase()}.csv`;
  const s3 = s3Client(awsUrl);
  await s3.send(new PutObjectCommand({ Bucket: buckets.personalizeImport, Key, Body: csv }));
  s3.destroy();
  const { datasetImportJobArn } = await personalize.send(
    new CreateDatasetImportJobCommand({
      jobName: `${type.toLowerCase()}-${Date.now()}`,
      datasetArn,
      dataSource: { dataLocation: `s3://${buckets.personalizeImport}/${Key}` },
      roleArn: role,
    }),
  );
  await awaitActive(`Personalize import of ${Key}`, async () => {
    const { datasetImportJob: job } = await personalize.send(
      new DescribeDatasetImportJobCommand({ datasetImportJobArn }),
    );
    return { status: job?.status, reason: job?.failureReason };
  });
  log(`Personalize imported ${csv.trimEnd().split('\n').length - 1} ${type.toLowerCase()}`);
}

async function createTracker(personalize: PersonalizeClient, datasetGroupArn: string): Promise<string> {
  const created = await ensure(exists, () =>
    personalize.send(new CreateEventTrackerCommand({ name: group, datasetGroupArn })),
  );
  // A tracker's ARN holds an id of the service's choosing, so an existing one has to be looked for.
  const eventTrackerArn =
    created?.eventTrackerArn ??
    (await personalize.send(new ListEventTrackersCommand({ datasetGroupArn }))).eventTrackers?.[0]
      ?.eventTrackerArn;
  const describe = async () =>
    (await personalize.send(new DescribeEventTrackerCommand({ eventTrackerArn }))).eventTracker;
  await awaitActive('Personalize event tracker', async () => ({ status: (await describe())?.status }));
  const trackingId = (await describe())?.trackingId;
  if (trackingId === undefined) throw new Error('Personalize gave no tracking id for its event tracker');
  return trackingId;
}

/** Leaves out what the user has skipped. */
async function createSkipFilter(personalize: PersonalizeClient, datasetGroupArn: string): Promise<string> {
  const name = `${group}-not-skipped`;
  const filterArn = arn(`filter/${name}`);
  await ensure(exists, () =>
    personalize.send(
      new CreateFilterCommand({
        name,
        datasetGroupArn,
        filterExpression: 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("skip")',
      }),
    ),
  );
  await awaitActive(`Personalize filter ${name}`, async () => {
    const { filter } = await personalize.send(new DescribeFilterCommand({ filterArn }));
    return { status: filter?.status, reason: filter?.failureReason };
  });
  return filterArn;
}

/** A solution of this recipe, a version of it trained once, and a campaign that serves it. @returns the campaign's ARN */
async function train(
  personalize: PersonalizeClient,
  datasetGroupArn: string,
  name: string,
  recipe: string,
  log: (line: string) => void,
): Promise<string> {
  const solutionArn = arn(`solution/${name}`);
  const campaignArn = arn(`campaign/${name}`);
  await ensure(exists, () =>
    personalize.send(
      new CreateSolutionCommand({
        name,
        datasetGroupArn,
        recipeArn: `arn:aws:personalize:::recipe/${recipe}`,
      }),
    ),
  );
  await awaitActive(`Personalize solution ${name}`, async () => {
    const { solution } = await personalize.send(new DescribeSolutionCommand({ solutionArn }));
    return { status: solution?.status };
  });
  const { solutionVersions } = await personalize.send(new ListSolutionVersionsCommand({ solutionArn }));
  const { solutionVersionArn } =
    solutionVersions?.[0] ?? (await personalize.send(new CreateSolutionVersionCommand({ solutionArn })));
  await awaitActive(`Personalize training of ${name}`, async () => {
    const { solutionVersion } = await personalize.send(
      new DescribeSolutionVersionCommand({ solutionVersionArn }),
    );
    return { status: solutionVersion?.status, reason: solutionVersion?.failureReason };
  });
  await ensure(exists, () => personalize.send(new CreateCampaignCommand({ name, solutionVersionArn })));
  await awaitActive(`Personalize campaign ${name}`, async () => {
    const { campaign } = await personalize.send(new DescribeCampaignCommand({ campaignArn }));
    return { status: campaign?.status, reason: campaign?.failureReason };
  });
  log(`Personalize campaign ${name} (${recipe})`);
  return campaignArn;
}
