import {
  CreateCampaignCommand,
  CreateFilterCommand,
  CreateSolutionCommand,
  CreateSolutionVersionCommand,
  DescribeCampaignCommand,
  DescribeFilterCommand,
  DescribeSolutionCommand,
  DescribeSolutionVersionCommand,
  PersonalizeClient,
} from '@aws-sdk/client-personalize';
import { PersonalizeEventsClient, PutEventsCommand } from '@aws-sdk/client-personalize-events';
import {
  active,
  createDataset,
  createDatasetGroup,
  createEventTracker,
  interactionFields,
} from '@mesh/testkit';

/** Personalize with the three campaigns this service asks, and a tracker to feed them by. */
export interface TestPersonalize {
  /** The environment that names them. */
  readonly env: Readonly<Record<string, string>>;
  /** Something a user did just now. */
  put(userId: string, itemId: string, eventType: string): Promise<void>;
}

export async function provisionPersonalize(endpoint: string): Promise<TestPersonalize> {
  const client = new PersonalizeClient({ endpoint });
  const datasetGroupArn = await createDatasetGroup(client);
  await createDataset(client, datasetGroupArn, 'Interactions', interactionFields);
  const trackingId = await createEventTracker(client, datasetGroupArn);

  const { filterArn } = await client.send(
    new CreateFilterCommand({
      name: 'not-skipped',
      datasetGroupArn,
      filterExpression: 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("skip")',
    }),
  );
  await active(
    'the filter',
    async () => (await client.send(new DescribeFilterCommand({ filterArn }))).filter,
  );

  const campaign = async (recipe: string): Promise<string> => {
    const { solutionArn } = await client.send(
      new CreateSolutionCommand({
        name: recipe,
        datasetGroupArn,
        recipeArn: `arn:aws:personalize:::recipe/aws-${recipe}`,
        performAutoTraining: false,
      }),
    );
    await active(
      'the solution',
      async () => (await client.send(new DescribeSolutionCommand({ solutionArn }))).solution,
    );
    const { solutionVersionArn } = await client.send(new CreateSolutionVersionCommand({ solutionArn }));
    await active(
      'the solution version',
      async () =>
        (await client.send(new DescribeSolutionVersionCommand({ solutionVersionArn }))).solutionVersion,
    );
    const { campaignArn } = await client.send(
      new CreateCampaignCommand({ name: recipe, solutionVersionArn }),
    );
    await active(
      'the campaign',
      async () => (await client.send(new DescribeCampaignCommand({ campaignArn }))).campaign,
    );
    return campaignArn ?? '';
  };
  const env = {
    PERSONALIZE_CAMPAIGN_ARN: await campaign('user-personalization-v2'),
    PERSONALIZE_RANKING_CAMPAIGN_ARN: await campaign('personalized-ranking-v2'),
    PERSONALIZE_SIMILAR_ITEMS_CAMPAIGN_ARN: await campaign('similar-items'),
    PERSONALIZE_FILTER_ARN: filterArn ?? '',
  };
  client.destroy();

  const events = new PersonalizeEventsClient({ endpoint });
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
