import { SchemaRegistryConfigProperties, StreamsConfigProperties, Type, type ConfigOf } from '@mesh/service';

const Prefix = (example: string, description: string) =>
  Type.String({
    default: example,
    pattern: '^[A-Za-z0-9_./-]*[A-Za-z0-9_.-]/$',
    maxLength: 256,
    description,
  });

const properties = {
  ...StreamsConfigProperties,
  ...SchemaRegistryConfigProperties,
  LANDING_BUCKET: Type.String({
    pattern: '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$',
    description: 'the name of an S3 bucket',
  }),
  LANDING_PREFIX: Prefix('interactions/raw/', 'a prefix that ends with a slash'),
  /** Of the plans that make repetitions harmless; not below the other. */
  LANDING_PLAN_PREFIX: Prefix('interactions/plans/', 'a prefix that ends with a slash'),
  /** A batch of a partition ends with so many records … */
  LANDING_MAX_RECORDS: Type.Integer({ default: 20_000, minimum: 1, maximum: 50_000 }),
  /** … or characters, before compression … */
  LANDING_MAX_BYTES: Type.Integer({ default: 16_777_216, minimum: 1_024, maximum: 268_435_456 }),
  /** … or when its first record has waited so long. */
  LANDING_LINGER_MS: Type.Integer({ default: 60_000, minimum: 1, maximum: 3_600_000 }),
};

/** What this service reads from the environment, besides what every service does and the AWS SDK's own. */
export const ConfigSchema = Type.Object(properties);

export type Config = ConfigOf<typeof properties>;
