import {
  CreateDomainCommand,
  CreateProjectCommand,
  DataZoneClient,
  ListDomainsCommand,
} from '@aws-sdk/client-datazone';
import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import { CreateDatabaseCommand, CreateTableCommand, GlueClient, type Column } from '@aws-sdk/client-glue';
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { events, interaction, type AnyEventContract } from '@mesh/contracts';
import { account, ensure, localClient } from './aws.js';
import { registryName } from './contracts.js';
import { buckets } from './storage.js';

const name = 'music-mesh';
/** What lies in the bucket of raw interactions, as a database of the Glue Data Catalog. */
export const rawDatabase = 'music_raw';
const rawTable = 'interactions';
const role = (suffix: string) => `arn:aws:iam::${account}:role/${name}-${suffix}`;

interface Places {
  /** moto. */
  readonly aws: string;
  readonly doubles: string;
}

/** Environment of catalog-sync. */
export interface CatalogueEnvironment {
  readonly CATALOG_QUEUE_URL: string;
  readonly CATALOG_DEAD_LETTER_QUEUE_URL: string;
  readonly CATALOG_POLL_MS: string;
  readonly GOVERNANCE_ROLE_ARN: string;
  readonly LAKE_LOCATION_ROLE_ARN: string;
  readonly DATAZONE_DOMAIN_NAME: string;
  readonly DATAZONE_PROJECT_NAME: string;
  readonly DATAZONE_MANAGE_ACCESS_ROLE_ARN: string;
  readonly DATAZONE_PROVISIONING_ROLE_ARN: string;
}

/**
 * What the catalogue starts from: the rules and the queue that bring events, a DataZone domain with a project, and the
 * raw data as a table. All else is made by catalog-sync itself.
 */
export async function provisionCatalogue({ aws, doubles }: Places): Promise<CatalogueEnvironment> {
  const [queues] = await Promise.all([
    provisionQueues(aws).then(async (made) => {
      await provisionRules(aws, made.arn);
      return made;
    }),
    provisionRawTable(doubles),
    provisionDomain(doubles),
  ]);
  return {
    CATALOG_QUEUE_URL: queues.url,
    CATALOG_DEAD_LETTER_QUEUE_URL: queues.deadLetterUrl,
    // Here things are made in moments.
    CATALOG_POLL_MS: '100',
    GOVERNANCE_ROLE_ARN: role('governance'),
    LAKE_LOCATION_ROLE_ARN: role('lake'),
    DATAZONE_DOMAIN_NAME: name,
    DATAZONE_PROJECT_NAME: name,
    DATAZONE_MANAGE_ACCESS_ROLE_ARN: role('datazone-access'),
    DATAZONE_PROVISIONING_ROLE_ARN: role('datazone-provisioning'),
  };
}

/**
 * Puts the events that Glue and CloudTrail publish by themselves on AWS, and nobody does here: the raw database was
 * made, and each contract's schemas were registered. To be called after that; again does no harm.
 */
export async function tellCatalogue(awsUrl: string): Promise<void> {
  const entry = (type: string, detail: object): PutEventsRequestEntry => ({
    Source: 'aws.glue',
    DetailType: type,
    Detail: JSON.stringify(detail),
  });
  const changes = [
    entry('Glue Data Catalog Database State Change', {
      databaseName: rawDatabase,
      typeOfChange: 'CreateTable',
      changedTables: [rawTable],
    }),
    ...events.map(({ schemaName, version }) =>
      entry('AWS API Call via CloudTrail', {
        eventSource: 'glue.amazonaws.com',
        eventName: 'RegisterSchemaVersion',
        requestParameters: { schemaId: { registryName, schemaName } },
        responseElements: { versionNumber: version },
      }),
    ),
  ];
  const client = new EventBridgeClient(localClient(awsUrl));
  try {
    // A call takes ten.
    for (let at = 0; at < changes.length; at += 10) {
      const { FailedEntryCount: failed, Entries: answers } = await client.send(
        new PutEventsCommand({ Entries: changes.slice(at, at + 10) }),
      );
      if (failed !== undefined && failed > 0)
        throw new Error(`EventBridge refused ${failed} events: ${JSON.stringify(answers)}`);
    }
  } finally {
    client.destroy();
  }
}

async function provisionQueues(awsUrl: string) {
  const sqs = new SQSClient(localClient(awsUrl));
  const create = async (queue: string, attributes: Record<string, string> = {}) => {
    const { QueueUrl: url = '' } = await sqs.send(
      new CreateQueueCommand({ QueueName: queue, Attributes: attributes }),
    );
    const { Attributes: found } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
    );
    return { url, arn: found?.['QueueArn'] ?? '' };
  };
  const deadLetters = await create(`${name}-catalog-dead-letters`);
  const queue = await create(`${name}-catalog-events`, {
    VisibilityTimeout: '60',
    // For events that end the process before it can say why; the others it puts there itself, sooner.
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount: 20 }),
  });
  sqs.destroy();
  return { ...queue, deadLetterUrl: deadLetters.url };
}

async function provisionRules(awsUrl: string, queueArn: string): Promise<void> {
  const client = new EventBridgeClient(localClient(awsUrl));
  const rules = {
    [`${name}-data-catalog`]: {
      source: ['aws.glue'],
      'detail-type': [
        'Glue Crawler State Change',
        'Glue Data Catalog Database State Change',
        'Glue Data Catalog Table State Change',
      ],
    },
    [`${name}-schema-registry`]: {
      source: ['aws.glue'],
      'detail-type': ['AWS API Call via CloudTrail'],
      detail: { eventName: ['CreateSchema', 'RegisterSchemaVersion'] },
    },
  };
  for (const [rule, pattern] of Object.entries(rules)) {
    await client.send(new PutRuleCommand({ Name: rule, EventPattern: JSON.stringify(pattern) }));
    await client.send(new PutTargetsCommand({ Rule: rule, Targets: [{ Id: 'queue', Arn: queueArn }] }));
  }
  client.destroy();
}

async function provisionRawTable(glueUrl: string): Promise<void> {
  const glue = new GlueClient(localClient(glueUrl));
  const location = `s3://${buckets.interactionsRaw}/interactions/`;
  await ensure('AlreadyExistsException', () =>
    glue.send(
      new CreateDatabaseCommand({
        DatabaseInput: {
          Name: rawDatabase,
          Description: 'What was published, as it was',
          LocationUri: location,
        },
      }),
    ),
  );
  await ensure('AlreadyExistsException', () =>
    glue.send(
      new CreateTableCommand({
        DatabaseName: rawDatabase,
        TableInput: {
          Name: rawTable,
          Description: 'Every interaction, as Firehose delivered it',
          TableType: 'EXTERNAL_TABLE',
          Parameters: { classification: 'json', compressionType: 'gzip' },
          StorageDescriptor: {
            Location: location,
            Columns: columnsOf(interaction),
            InputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
            OutputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
            SerdeInfo: { SerializationLibrary: 'org.openx.data.jsonserde.JsonSerDe' },
          },
        },
      }),
    ),
  );
  glue.destroy();
}

const hiveTypes: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  int: 'int',
  long: 'bigint',
  float: 'float',
  double: 'double',
};

/** A contract's fields as columns: numbers and truth values as such, all else as text, which is how JSON has it. */
function columnsOf({ schema }: AnyEventContract): Column[] {
  const { fields } = schema as { fields: readonly { name: string; type: unknown; doc?: string }[] };
  return fields.map(({ name: field, type, doc }) => {
    const plain = JSON.stringify(type).match(/"(boolean|int|long|float|double)"/)?.[1];
    return {
      Name: field,
      Type: hiveTypes[plain ?? ''] ?? 'string',
      ...(doc && { Comment: doc.slice(0, 255) }),
    };
  });
}

async function provisionDomain(datazoneUrl: string): Promise<void> {
  const datazone = new DataZoneClient(localClient(datazoneUrl));
  const { items } = await datazone.send(new ListDomainsCommand({}));
  const known = items?.find((domain) => domain.name === name)?.id;
  const created =
    known ??
    (
      await datazone.send(
        new CreateDomainCommand({ name, domainExecutionRole: role('datazone-domain'), clientToken: name }),
      )
    ).id;
  await ensure('ConflictException', () =>
    datazone.send(new CreateProjectCommand({ domainIdentifier: created, name })),
  );
  datazone.destroy();
}
