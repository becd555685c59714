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
  ListEventTrackersCommand,
  ListSolutionVersionsCommand,
  PersonalizeClient,
} from '@aws-sdk/client-personalize';
import {
  ACTIVE_ITEMS_FILTER,
  ACTIVE_NOT_SKIPPED_FILTER,
  INTERACTIONS_SCHEMA,
  ITEMS_SCHEMA,
  USERS_SCHEMA,
} from '@mesh/personalize';
import { account, awaitActive, ensure, localClient, region } from './aws.js';

const datasets = { Interactions: INTERACTIONS_SCHEMA, Items: ITEMS_SCHEMA, Users: USERS_SCHEMA } as const;
type DatasetType = keyof typeof datasets;

/** Environment of the applications that feed and ask Personalize. */
export interface PersonalizeEnvironment {
  readonly PERSONALIZE_TRACKING_ID: string;
  readonly PERSONALIZE_CAMPAIGN_ARN: string;
  readonly PERSONALIZE_RANKING_CAMPAIGN_ARN: string;
  readonly PERSONALIZE_SIMILAR_ITEMS_CAMPAIGN_ARN: string;
  readonly PERSONALIZE_FILTER_ARN: string;
  readonly PERSONALIZE_SIMILAR_ITEMS_FILTER_ARN: string;
  readonly PERSONALIZE_INTERACTIONS_DATASET_ARN: string;
  readonly PERSONALIZE_ITEMS_DATASET_ARN: string;
  readonly PERSONALIZE_USERS_DATASET_ARN: string;
}

const group = 'music-mesh';
const exists = 'ResourceAlreadyExistsException';
const arn = (resource: string) => `arn:aws:personalize:${region}:${account}:${resource}`;

/**
 * Takes Personalize from nothing to campaigns that answer: schemas, datasets, solutions, campaigns, and the tracker for
 * live events. Every step is skipped where it was done before. Users and items come in by their feeds, or by
 * `mesh import`.
 */
export async function provisionPersonalize(
  personalizeUrl: string,
  log: (line: string) => void,
): Promise<PersonalizeEnvironment> {
  const personalize = new PersonalizeClient(localClient(personalizeUrl));
  try {
    const datasetGroupArn = await createGroup(personalize);
    const dataset = (type: DatasetType) => createDataset(personalize, datasetGroupArn, type);
    const PERSONALIZE_INTERACTIONS_DATASET_ARN = await dataset('Interactions');
    const PERSONALIZE_ITEMS_DATASET_ARN = await dataset('Items');
    const PERSONALIZE_USERS_DATASET_ARN = await dataset('Users');
    const filter = (suffix: string, expression: string) =>
      createFilter(personalize, datasetGroupArn, suffix, expression);
    const campaign = (name: string, recipe: string) => train(personalize, datasetGroupArn, name, recipe, log);
    return {
      PERSONALIZE_TRACKING_ID: await createTracker(personalize, datasetGroupArn),
      PERSONALIZE_CAMPAIGN_ARN: await campaign('user-personalization', 'aws-user-personalization-v2'),
      PERSONALIZE_RANKING_CAMPAIGN_ARN: await campaign('personalized-ranking', 'aws-personalized-ranking-v2'),
      PERSONALIZE_SIMILAR_ITEMS_CAMPAIGN_ARN: await campaign('similar-items', 'aws-similar-items'),
      PERSONALIZE_FILTER_ARN: await filter('active-not-skipped', ACTIVE_NOT_SKIPPED_FILTER),
      PERSONALIZE_SIMILAR_ITEMS_FILTER_ARN: await filter('active', ACTIVE_ITEMS_FILTER),
      PERSONALIZE_INTERACTIONS_DATASET_ARN,
      PERSONALIZE_ITEMS_DATASET_ARN,
      PERSONALIZE_USERS_DATASET_ARN,
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

async function createDataset(
  personalize: PersonalizeClient,
  datasetGroupArn: string,
  datasetType: DatasetType,
): Promise<string> {
  const name = datasetType.toLowerCase();
  const schemaName = `${group}-${name}`;
  const schema = JSON.stringify(datasets[datasetType]);
  await ensure(exists, () => personalize.send(new CreateSchemaCommand({ name: schemaName, schema })));
  const datasetArn = arn(`dataset/${group}/${datasetType.toUpperCase()}`);
  const schemaArn = arn(`schema/${schemaName}`);
  await ensure(exists, () =>
    personalize.send(new CreateDatasetCommand({ name, datasetGroupArn, datasetType, schemaArn })),
  );
  await awaitActive(`Personalize dataset ${name}`, async () => {
    const answer = await personalize.send(new DescribeDatasetCommand({ datasetArn }));
    return { status: answer.dataset?.status };
  });
  return datasetArn;
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

async function createFilter(
  personalize: PersonalizeClient,
  datasetGroupArn: string,
  suffix: string,
  filterExpression: string,
): Promise<string> {
  const name = `${group}-${suffix}`;
  const filterArn = arn(`filter/${name}`);
  await ensure(exists, () =>
    personalize.send(new CreateFilterCommand({ name, datasetGroupArn, filterExpression })),
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
