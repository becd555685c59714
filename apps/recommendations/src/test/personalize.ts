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
  PersonalizeClient,
} from '@aws-sdk/client-personalize';
import { PersonalizeEventsClient, PutEventsCommand } from '@aws-sdk/client-personalize-events';
import { setTimeout as sleep } from 'node:timers/promises';

/** Personalize with the three campaigns this service asks, and a tracker to feed them by. */
export interface TestPersonalize {
  /** The environment that names them. */
  readonly env: Readonly<Record<string, string>>;
  /** Something a user did just now. */
  put(userId: string, itemId: string, eventType: string): Promise<void>;
}

export async function provisionPersonalize(endpoint: string, region: string): Promise<TestPersonalize> {
  const client = new PersonalizeClient({ endpoint, region });
  const group = await client.send(new CreateDatasetGroupCommand({ name: 'test' }));
  const { datasetGroupArn } = group;
  await active(
    async () => (await client.send(new DescribeDatasetGroupCommand({ datasetGroupArn }))).datasetGroup,
  );

  const fields = ['USER_ID', 'ITEM_ID', 'EVENT_TYPE'].map((name) => ({ name, type: 'string' }));
  const schema = {
    type: 'record',
    name: 'Interactions',
    namespace: 'com.amazonaws.personalize.schema',
    fields: [...fields, { name: 'TIMESTAMP', type: 'long' }],
    version: '1.0',
  };
  const { schemaArn } = await client.send(
    new CreateSchemaCommand({ name: 'test', schema: JSON.stringify(schema) }),
  );
  const { datasetArn } = await client.send(
    new CreateDatasetCommand({ name: 'test', datasetGroupArn, schemaArn, datasetType: 'Interactions' }),
  );
  await active(async () => (await client.send(new DescribeDatasetCommand({ datasetArn }))).dataset);

  const { eventTrackerArn, trackingId } = await client.send(
    new CreateEventTrackerCommand({ name: 'test', datasetGroupArn }),
  );
  await active(
    async () => (await client.send(new DescribeEventTrackerCommand({ eventTrackerArn }))).eventTracker,
  );

  const { filterArn } = await client.send(
    new CreateFilterCommand({
      name: 'not-skipped',
      datasetGroupArn,
      filterExpression: 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("skip")',
    }),
  );
  await active(async () => (await client.send(new DescribeFilterCommand({ filterArn }))).filter);

  const campaign = async (recipe: string): Promise<string> => {
    const { solutionArn } = await client.send(
      new CreateSolutionCommand({
        name: recipe,
        datasetGroupArn,
        recipeArn: `arn:aws:personalize:::recipe/aws-${recipe}`,
        performAutoTraining: false,
      }),
    );
    await active(async () => (await client.send(new DescribeSolutionCommand({ solutionArn }))).solution);
    const { solutionVersionArn } = await client.send(new CreateSolutionVersionCommand({ solutionArn }));
    await active(
      async () =>
        (await client.send(new DescribeSolutionVersionCommand({ solutionVersionArn }))).solutionVersion,
    );
    const { campaignArn } = await client.send(
      new CreateCampaignCommand({ name: recipe, solutionVersionArn }),
    );
    await active(async () => (await client.send(new DescribeCampaignCommand({ campaignArn }))).campaign);
    return campaignArn ?? '';
  };
  const env = {
    PERSONALIZE_CAMPAIGN_ARN: await campaign('user-personalization-v2'),
    PERSONALIZE_RANKING_CAMPAIGN_ARN: await campaign('personalized-ranking-v2'),
    PERSONALIZE_SIMILAR_ITEMS_CAMPAIGN_ARN: await campaign('similar-items'),
    PERSONALIZE_FILTER_ARN: filterArn ?? '',
  };
  client.destroy();

  const events = new PersonalizeEventsClient({ endpoint, region });
  return {
    env,
    put: async (userId, itemId, eventType) => {
      const event = { itemId, eventType, sentAt: new Date() };
      await events.send(
        new PutEventsCommand({ trackingId, userId, sessionId: `${userId}-session`, eventList: [event] }),
      );
    },
  };
}

async function active(look: () => Promise<{ status?: string | undefined } | undefined>): Promise<void> {
  for (const deadline = Date.now() + 30_000; ; await sleep(50)) {
    const status = (await look())?.status;
    if (status === 'ACTIVE') return;
    if (Date.now() > deadline) throw new Error(`still ${status} after 30 s`);
  }
}
