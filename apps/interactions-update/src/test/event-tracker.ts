import {
  CreateDatasetCommand,
  CreateDatasetGroupCommand,
  CreateEventTrackerCommand,
  CreateSchemaCommand,
  DescribeDatasetCommand,
  DescribeDatasetGroupCommand,
  DescribeEventTrackerCommand,
  PersonalizeClient,
} from '@aws-sdk/client-personalize';
import { eventually } from './mesh.js';

const SCHEMA = {
  type: 'record',
  name: 'Interactions',
  namespace: 'com.amazonaws.personalize.schema',
  fields: [
    { name: 'USER_ID', type: 'string' },
    { name: 'ITEM_ID', type: 'string' },
    { name: 'EVENT_TYPE', type: 'string' },
    { name: 'TIMESTAMP', type: 'long' },
    { name: 'ITEM_TYPE', type: ['null', 'string'], categorical: true },
  ],
  version: '1.0',
};

/** Makes an event tracker, from nothing. @returns its tracking id */
export async function createEventTracker(endpoint: string): Promise<string> {
  const personalize = new PersonalizeClient({ endpoint, region: 'us-east-1' });
  try {
    const { schemaArn } = await personalize.send(
      new CreateSchemaCommand({ name: 'interactions', schema: JSON.stringify(SCHEMA) }),
    );
    const { datasetGroupArn } = await personalize.send(new CreateDatasetGroupCommand({ name: 'group' }));
    await eventually('the dataset group is active', async () => {
      const { datasetGroup } = await personalize.send(new DescribeDatasetGroupCommand({ datasetGroupArn }));
      return datasetGroup?.status === 'ACTIVE';
    });
    const { datasetArn } = await personalize.send(
      new CreateDatasetCommand({
        name: 'interactions',
        datasetGroupArn,
        datasetType: 'Interactions',
        schemaArn,
      }),
    );
    await eventually('the dataset is active', async () => {
      const { dataset } = await personalize.send(new DescribeDatasetCommand({ datasetArn }));
      return dataset?.status === 'ACTIVE';
    });
    const { eventTrackerArn, trackingId } = await personalize.send(
      new CreateEventTrackerCommand({ name: 'tracker', datasetGroupArn }),
    );
    await eventually('the tracker is active', async () => {
      const { eventTracker } = await personalize.send(new DescribeEventTrackerCommand({ eventTrackerArn }));
      return eventTracker?.status === 'ACTIVE';
    });
    if (trackingId === undefined) throw new Error('no tracking id was answered');
    return trackingId;
  } finally {
    personalize.destroy();
  }
}
