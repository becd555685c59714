import { SchemaRegistryConfigProperties, Type, type ConfigOf, type Environment } from '@mesh/service';

const roleArn = (description: string) =>
  Type.String({ pattern: '^arn:aws[^:]*:iam::\\d{12}:role/.+$', description });

const properties = {
  ...SchemaRegistryConfigProperties,
  CATALOG_QUEUE_URL: Type.String({
    format: 'uri',
    description: 'the URL of the queue that events arrive in',
  }),
  CATALOG_DEAD_LETTER_QUEUE_URL: Type.String({
    format: 'uri',
    description: 'the URL of the queue for events that could not be done',
  }),
  /** How often an event is tried that may succeed later; then it is a dead letter. */
  CATALOG_MAX_RECEIVES: Type.Integer({ default: 8, minimum: 1, maximum: 1_000 }),
  /** Events under way at once. */
  CATALOG_CONCURRENCY: Type.Integer({ default: 4, minimum: 1, maximum: 100 }),
  /** Seconds after which an event of a killed process is another's. It is extended while an event is worked on. */
  CATALOG_VISIBILITY_TIMEOUT_S: Type.Integer({ default: 60, minimum: 1, maximum: 43_200 }),
  /** How long one try waits for environments, data sources and runs. */
  CATALOG_WAIT_MS: Type.Integer({ default: 600_000, minimum: 1_000, maximum: 43_200_000 }),
  CATALOG_POLL_MS: Type.Integer({ default: 1_000, minimum: 10, maximum: 60_000 }),
  /** The wait before the second try, doubled each time and scattered. */
  CATALOG_RETRY_FIRST_S: Type.Integer({ default: 2, minimum: 0, maximum: 900 }),
  CATALOG_RETRY_LONGEST_S: Type.Integer({ default: 300, minimum: 0, maximum: 43_200 }),
  /** Whether assets are published as they are made. */
  CATALOG_PUBLISH: Type.Boolean({ default: true }),
  GOVERNANCE_ROLE_ARN: roleArn('the role that may change DataZone and Lake Formation'),
  LAKE_LOCATION_ROLE_ARN: roleArn('the role whose rights Lake Formation uses for registered locations'),
  DATAZONE_DOMAIN_NAME: Type.String({ minLength: 1, description: 'the name of a DataZone domain' }),
  DATAZONE_PROJECT_NAME: Type.String({ minLength: 1, description: 'the name of a project of the domain' }),
  DATAZONE_BLUEPRINT_NAME: Type.String({ default: 'DefaultDataLake', minLength: 1 }),
  DATAZONE_ENVIRONMENT_NAME: Type.String({ default: 'lake', pattern: '^[\\w -]{1,64}$' }),
  DATAZONE_MANAGE_ACCESS_ROLE_ARN: roleArn('the role DataZone grants access to data with'),
  DATAZONE_PROVISIONING_ROLE_ARN: roleArn('the role DataZone makes environments with'),
  /** Where environments keep what they make. */
  DATAZONE_ENVIRONMENT_S3_LOCATION: Type.Optional(Type.String({ pattern: '^s3://.+' })),
};

/** What this service reads from the environment, besides what every service does and the AWS SDK's own. */
export const ConfigSchema = Type.Object(properties);

export type Config = ConfigOf<typeof properties>;

/** This service speaks no Kafka: the brokers that every service must be given are not asked for, nor connected to. */
export const withoutKafka = (environment: Environment): Environment => ({
  ...environment,
  KAFKA_BROKERS: 'none:9092',
});
