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
import { active } from './active.js';

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

/** @returns its ARN */
export async function createDatasetGroup(client: PersonalizeClient, name = 'test'): Promise<string> {
  const { datasetGroupArn } = await client.send(new CreateDatasetGroupCommand({ name }));
  await active(
    'the dataset group',
    async () => (await client.send(new DescribeDatasetGroupCommand({ datasetGroupArn }))).datasetGroup,
  );
  return given(datasetGroupArn, 'dataset group ARN');
}

/** A dataset with a schema of these fields, both of one name: its type in lower case. @returns its ARN */
export async function createDataset(
  client: PersonalizeClient,
  datasetGroupArn: string,
  datasetType: 'Interactions' | 'Users' | 'Items',
  fields: readonly DatasetField[],
  name = datasetType.toLowerCase(),
): Promise<string> {
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
    new CreateEventTrackerCommand({ name: datasetGroupArn.split('/').at(-1), datasetGroupArn }),
  );
  await active(
    'the event tracker',
    async () => (await client.send(new DescribeEventTrackerCommand({ eventTrackerArn }))).eventTracker,
  );
  return given(trackingId, 'tracking id');
}

/** An event tracker from nothing: a group, its interactions dataset, the tracker. @returns its tracking id */
export async function createTracking(endpoint: string): Promise<string> {
  const client = new PersonalizeClient({ endpoint });
  try {
    const group = await createDatasetGroup(client);
    await createDataset(client, group, 'Interactions', interactionFields);
    return await createEventTracker(client, group);
  } finally {
    client.destroy();
  }
}

/** Datasets from nothing, in a group of their own. @returns the ARN of each */
export async function createDatasets<T extends 'Interactions' | 'Users' | 'Items'>(
  endpoint: string,
  fields: Readonly<Record<T, readonly DatasetField[]>>,
): Promise<Record<T, string>> {
  const client = new PersonalizeClient({ endpoint });
  try {
    const group = await createDatasetGroup(client);
    const arns: Partial<Record<T, string>> = {};
    for (const type of Object.keys(fields) as T[]) {
      arns[type] = await createDataset(client, group, type, fields[type]);
    }
    return arns as Record<T, string>;
  } finally {
    client.destroy();
  }
}

function given(value: string | undefined, what: string): string {
  if (value === undefined) throw new Error(`Personalize answered without ${what}`);
  return value;
}
