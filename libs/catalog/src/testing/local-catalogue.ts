import { randomBytes } from 'node:crypto';
import { CreateDomainCommand, CreateProjectCommand, DataZoneClient } from '@aws-sdk/client-datazone';
import {
  CreateCrawlerCommand,
  CreateDatabaseCommand,
  CreateRegistryCommand,
  CreateSchemaCommand,
  CreateTableCommand,
  GlueClient,
  RegisterSchemaVersionCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-glue';
import { LakeFormationClient } from '@aws-sdk/client-lakeformation';
import { awsCatalogParts } from '../aws/aws-catalog-parts.js';
import type { CatalogNames, CatalogParts } from '../catalog.js';
import type { TopicOfSchema } from '../ports/topics.js';

export interface LocalCatalogueOptions {
  readonly motoUrl: string;
  readonly doublesUrl: string;
}

const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
const region = 'us-east-1';

/** A DataZone domain with a project, a Glue database and a schema registry of their own, on local stand-ins for AWS. */
export class LocalCatalogue {
  /** In the names of all that is made, so that worlds do not meet. */
  readonly name = `w${randomBytes(4).toString('hex')}`;
  readonly database = `music_${this.name}`;
  readonly registry = `music-${this.name}`;
  readonly bucket = `raw-${this.name}`;
  readonly glue: GlueClient;
  readonly datazone: DataZoneClient;
  readonly lakeFormation: LakeFormationClient;
  readonly #options: LocalCatalogueOptions;
  #domain = '';
  #project = '';

  private constructor(options: LocalCatalogueOptions) {
    this.#options = options;
    const settings = (endpoint: string) => ({
      ...{ endpoint, region, maxAttempts: 3 },
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    this.glue = new GlueClient(settings(options.doublesUrl));
    this.datazone = new DataZoneClient(settings(options.doublesUrl));
    this.lakeFormation = new LakeFormationClient(settings(options.motoUrl));
  }

  static async create(options: LocalCatalogueOptions): Promise<LocalCatalogue> {
    const world = new LocalCatalogue(options);
    const { name } = world;
    const domain = await world.datazone.send(
      new CreateDomainCommand({ name, domainExecutionRole: role('domain') }),
    );
    world.#domain = domain.id ?? '';
    const project = await world.datazone.send(
      new CreateProjectCommand({ domainIdentifier: world.#domain, name }),
    );
    world.#project = project.id ?? '';
    await world.glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: world.database } }));
    await world.glue.send(new CreateRegistryCommand({ RegistryName: world.registry }));
    return world;
  }

  get domain(): string {
    return this.#domain;
  }

  get project(): string {
    return this.#project;
  }

  get names(): CatalogNames {
    return {
      domainName: this.name,
      projectName: this.name,
      blueprintName: 'DefaultDataLake',
      environmentName: 'lake',
      registryName: this.registry,
      publish: true,
      roles: { manageAccessRoleArn: role('access'), provisioningRoleArn: role('provisioning') },
    };
  }

  /** What a process needs to find all this. */
  get environment(): Record<string, string> {
    const { motoUrl, doublesUrl } = this.#options;
    return {
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL: motoUrl,
      AWS_ENDPOINT_URL_GLUE: doublesUrl,
      AWS_ENDPOINT_URL_DATAZONE: doublesUrl,
      GLUE_REGISTRY_NAME: this.registry,
      DATAZONE_DOMAIN_NAME: this.name,
      DATAZONE_PROJECT_NAME: this.name,
      GOVERNANCE_ROLE_ARN: role('governance'),
      DATAZONE_MANAGE_ACCESS_ROLE_ARN: role('access'),
      DATAZONE_PROVISIONING_ROLE_ARN: role('provisioning'),
      LAKE_LOCATION_ROLE_ARN: role('lake'),
    };
  }

  /** The catalogue's parts; the SDK's environment variables must point to the same servers. */
  parts(topicOf: TopicOfSchema): CatalogParts & { close(): void } {
    return awsCatalogParts({
      region,
      governanceRoleArn: role('governance'),
      locationRoleArn: role('lake'),
      topicOf,
    });
  }

  async createTable(name: string, columns: readonly string[] = ['id']): Promise<void> {
    const input = { DatabaseName: this.database, TableInput: this.#table(name, columns) };
    await this.glue.send(new CreateTableCommand(input));
  }

  async updateTable(name: string, columns: readonly string[]): Promise<void> {
    const input = { DatabaseName: this.database, TableInput: this.#table(name, columns) };
    await this.glue.send(new UpdateTableCommand(input));
  }

  async createCrawler(name: string, path: string): Promise<void> {
    await this.glue.send(
      new CreateCrawlerCommand({
        Name: name,
        Role: role('crawler'),
        DatabaseName: this.database,
        Targets: { S3Targets: [{ Path: path }] },
      }),
    );
  }

  /** Registers a version of a schema of one record with these fields. */
  async registerSchema(name: string, fields: readonly string[], compatibility = 'NONE'): Promise<void> {
    const definition = JSON.stringify({
      type: 'record',
      name: 'Event',
      fields: fields.map((field) => ({ name: field, type: 'string', default: '' })),
    });
    try {
      await this.glue.send(
        new CreateSchemaCommand({
          RegistryId: { RegistryName: this.registry },
          SchemaName: name,
          DataFormat: 'AVRO',
          Compatibility: compatibility as 'NONE',
          SchemaDefinition: definition,
        }),
      );
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'AlreadyExistsException') throw error;
      const SchemaId = { RegistryName: this.registry, SchemaName: name };
      await this.glue.send(new RegisterSchemaVersionCommand({ SchemaId, SchemaDefinition: definition }));
    }
  }

  close(): void {
    this.glue.destroy();
    this.datazone.destroy();
    this.lakeFormation.destroy();
  }

  #table(name: string, columns: readonly string[]) {
    return {
      Name: name,
      TableType: 'EXTERNAL_TABLE',
      Parameters: { classification: 'json' },
      StorageDescriptor: {
        Location: `s3://${this.bucket}/${name}/`,
        Columns: columns.map((column) => ({ Name: column, Type: 'string' })),
      },
    };
  }
}
