import {
  CreateDatasetCommand,
  CreateDatasetGroupCommand,
  CreateEventTrackerCommand,
  CreateSchemaCommand,
  DescribeDatasetCommand,
  DescribeDatasetGroupCommand,
  DescribeEventTrackerCommand,
  type PersonalizeClient,
} from '@aws-sdk/client-personalize';
import { eventually } from './eventually.js';

/** A field of a Personalize dataset's schema, as Avro writes it. */
export interface DatasetField {
  readonly name: string;
  readonly type: string | readonly string[];
  readonly categorical?: boolean;
  readonly textual?: boolean;
}

/** The fields of the interactions that tests send. */
export const interactionFields: readonly DatasetField[] = [
  { name: 'USER_ID', type: 'string' },
  { name: 'ITEM_ID', type: 'string' },
  { name: 'EVENT_TYPE', type: 'string' },
  { name: 'TIMESTAMP', type: 'long' },
  { name: 'ITEM_TYPE', type: ['null', 'string'], categorical: true },
];

/** Waits until what is being created is ACTIVE. */
export async function active(
  what: string,
  look: () => Promise<{ readonly status?: string | undefined } | undefined>,
): Promise<void> {
  await eventually(`${what} is active`, async () => (await look())?.status === 'ACTIVE');
}

/** @returns its ARN */
export async function createDatasetGroup(client: PersonalizeClient, name = 'test'): Promise<string> {
  const { datasetGroupArn } = await client.send(new CreateDatasetGroupCommand({ name }));
  await active(
    'the dataset group',
    async () => (await client.send(new DescribeDatasetGroupCommand({ datasetGroupArn }))).datasetGroup,
  );
  return given(datasetGroupArn, 'dataset group ARN');
}

/** A dataset with a schema of these fields, both named after its type. @returns its ARN */
export async function createDataset(
  client: PersonalizeClient,
  datasetGroupArn: string,
  datasetType: 'Interactions' | 'Users' | 'Items',
  fields: readonly DatasetField[],
): Promise<string> {
  const name = datasetType.toLowerCase();
  const schema = {
    type: 'record',
    name: datasetType,
    namespace: 'com.amazonaws.personalize.schema',
    fields,
    version: '1.0',
  };
  const { schemaArn } = await client.send(new CreateSchemaCommand({ name, schema: JSON.stringify(schema) }));
  const { datasetArn } = await client.send(
    new CreateDatasetCommand({ name, datasetGroupArn, datasetType, schemaArn }),
  );
  await active(
    `the dataset of ${name}`,
    async () => (await client.send(new DescribeDatasetCommand({ datasetArn }))).dataset,
  );
  return given(datasetArn, 'dataset ARN');
}

/** An event tracker of a group that has an interactions dataset. @returns its tracking id */
export async function createEventTracker(
  client: PersonalizeClient,
  datasetGroupArn: string,
): Promise<string> {
  const { eventTrackerArn, trackingId } = await client.send(
    new CreateEventTrackerCommand({ name: 'test', datasetGroupArn }),
  );
  await active(
    'the event tracker',
    async () => (await client.send(new DescribeEventTrackerCommand({ eventTrackerArn }))).eventTracker,
  );
  return given(trackingId, 'tracking id');
}

/** An event tracker from nothing: a group, its interactions dataset, the tracker. @returns its tracking id */
export async function createTracking(client: PersonalizeClient): Promise<string> {
  const group = await createDatasetGroup(client);
  await createDataset(client, group, 'Interactions', interactionFields);
  return createEventTracker(client, group);
}

function given(value: string | undefined, what: string): string {
  if (value === undefined) throw new Error(`Personalize answered without ${what}`);
  return value;
}
