import { CreateTableCommand, GlueClient, UpdateTableCommand, type TableInput } from '@aws-sdk/client-glue';
import {
  CreateDataSourceCommand,
  CreateDomainCommand,
  CreateEnvironmentCommand,
  CreateEnvironmentProfileCommand,
  CreateFormTypeCommand,
  CreateAssetTypeCommand,
  CreateProjectCommand,
  DataZoneClient,
  GetDataSourceCommand,
  GetDataSourceRunCommand,
  GetEnvironmentCommand,
  ListEnvironmentBlueprintsCommand,
  PutEnvironmentBlueprintConfigurationCommand,
  StartDataSourceRunCommand,
} from '@aws-sdk/client-datazone';
import { datazoneDouble, type DataZoneSettings } from '../doubles/datazone/index.js';
import type { DoublesServer } from '../doubles/framework/server.js';
import type { DoubleOptions } from '../doubles/framework/types.js';
import { eventually } from './eventually.js';
import { sdkConfig, serve, testOptions } from './serve.js';

export const region = 'eu-west-1';
const role = 'arn:aws:iam::123456789012:role/governance';

/** A served double of DataZone. */
export interface DataZoneServer {
  readonly url: string;
  readonly client: DataZoneClient;
  close(): Promise<void>;
}

export async function startDataZone(
  settings: Partial<DataZoneSettings> = { transitionMs: 0 },
  motoUrl?: string,
  overrides: Partial<DoubleOptions> = {},
): Promise<DataZoneServer> {
  const options = testOptions({ ...overrides, ...(motoUrl !== undefined && { motoUrl }) });
  const double = datazoneDouble(options, settings);
  const server: DoublesServer = await serve([double], { now: options.now });
  const client = new DataZoneClient(sdkConfig(server.url));
  return {
    url: server.url,
    client,
    close: async () => {
      client.destroy();
      await server.close();
      await double.close?.();
    },
  };
}

export async function createDomain(client: DataZoneClient, name = 'music'): Promise<string> {
  const { id = '' } = await client.send(new CreateDomainCommand({ name, domainExecutionRole: role }));
  return id;
}

export async function createProject(client: DataZoneClient, domain: string, name: string): Promise<string> {
  const { id = '' } = await client.send(new CreateProjectCommand({ domainIdentifier: domain, name }));
  return id;
}

/** The blueprint for data lakes, enabled in the region of the tests. */
export async function enableDataLake(client: DataZoneClient, domain: string): Promise<string> {
  const { items } = await client.send(
    new ListEnvironmentBlueprintsCommand({
      domainIdentifier: domain,
      name: 'DefaultDataLake',
      managed: true,
    }),
  );
  const id = items?.[0]?.id ?? '';
  await client.send(
    new PutEnvironmentBlueprintConfigurationCommand({
      domainIdentifier: domain,
      environmentBlueprintIdentifier: id,
      enabledRegions: [region],
      manageAccessRoleArn: role,
      provisioningRoleArn: role,
    }),
  );
  return id;
}

/** An environment that is ACTIVE. */
export async function createEnvironment(
  client: DataZoneClient,
  domain: string,
  project: string,
  name = 'lake',
): Promise<string> {
  const blueprint = await enableDataLake(client, domain);
  const { id: profile } = await client.send(
    new CreateEnvironmentProfileCommand({
      domainIdentifier: domain,
      name,
      projectIdentifier: project,
      environmentBlueprintIdentifier: blueprint,
      awsAccountId: '123456789012',
      awsAccountRegion: region,
    }),
  );
  const { id: identifier = '' } = await client.send(
    new CreateEnvironmentCommand({
      domainIdentifier: domain,
      name,
      projectIdentifier: project,
      environmentProfileIdentifier: profile,
    }),
  );
  await eventually(
    () => client.send(new GetEnvironmentCommand({ domainIdentifier: domain, identifier })),
    ({ status }) => status === 'ACTIVE',
  );
  return identifier;
}

/** A data source of one database that is READY. */
export async function createDataSource(
  client: DataZoneClient,
  domain: string,
  project: string,
  environment: string,
  databases: readonly string[],
  more: object = {},
): Promise<string> {
  const { id: identifier = '' } = await client.send(
    new CreateDataSourceCommand({
      domainIdentifier: domain,
      projectIdentifier: project,
      environmentIdentifier: environment,
      name: databases.join('-'),
      type: 'GLUE',
      configuration: {
        glueRunConfiguration: {
          relationalFilterConfigurations: databases.map((databaseName) => ({
            databaseName,
            filterExpressions: [{ type: 'INCLUDE', expression: '*' }],
          })),
        },
      },
      publishOnImport: true,
      ...more,
    }),
  );
  await eventually(
    () => client.send(new GetDataSourceCommand({ domainIdentifier: domain, identifier })),
    ({ status }) => status === 'READY',
  );
  return identifier;
}

/** Runs a data source and waits for the outcome. */
export async function runDataSource(client: DataZoneClient, domain: string, source: string) {
  const { id: identifier } = await client.send(
    new StartDataSourceRunCommand({ domainIdentifier: domain, dataSourceIdentifier: source }),
  );
  return eventually(
    () => client.send(new GetDataSourceRunCommand({ domainIdentifier: domain, identifier })),
    ({ status }) => status !== 'REQUESTED' && status !== 'RUNNING',
  );
}

export const topicModel = `structure KafkaTopicForm {
  @documentation("The topic's name")
  @required
  topic: String
  partitions: Integer
}`;

/** A custom asset type `KafkaTopic` with the form type `KafkaTopicForm`. */
export async function createTopicType(
  client: DataZoneClient,
  domain: string,
  project: string,
): Promise<void> {
  const form = { domainIdentifier: domain, name: 'KafkaTopicForm', owningProjectIdentifier: project };
  const { revision } = await client.send(
    new CreateFormTypeCommand({ ...form, model: { smithy: topicModel }, status: 'ENABLED' }),
  );
  await client.send(
    new CreateAssetTypeCommand({
      domainIdentifier: domain,
      name: 'KafkaTopic',
      owningProjectIdentifier: project,
      formsInput: {
        KafkaTopicForm: { typeIdentifier: 'KafkaTopicForm', typeRevision: revision, required: true },
      },
    }),
  );
}

export const glueOf = (motoUrl: string): GlueClient => new GlueClient(sdkConfig(motoUrl));

const tableInput = (name: string, columns: readonly string[]): TableInput => ({
  Name: name,
  TableType: 'EXTERNAL_TABLE',
  Parameters: { classification: 'json' },
  StorageDescriptor: {
    Location: `s3://raw/${name}/`,
    Columns: columns.map((column) => ({ Name: column, Type: 'string' })),
  },
});

export const createTable = (glue: GlueClient, database: string, name: string, columns = ['id']) =>
  glue.send(new CreateTableCommand({ DatabaseName: database, TableInput: tableInput(name, columns) }));

export const updateTable = (glue: GlueClient, database: string, name: string, columns: string[]) =>
  glue.send(new UpdateTableCommand({ DatabaseName: database, TableInput: tableInput(name, columns) }));
