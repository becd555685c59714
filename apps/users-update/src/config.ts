import {
  FunctionConfigProperties,
  SchemaRegistryConfigProperties,
  StreamsConfigProperties,
  Type,
  type ConfigOf,
} from '@mesh/service';

const properties = {
  ...StreamsConfigProperties,
  ...SchemaRegistryConfigProperties,
  PERSONALIZE_USERS_DATASET_ARN: Type.String({
    pattern: '^arn:[\\w-]+:personalize:.+:dataset/.+/USERS$',
    maxLength: 256,
    description: 'the ARN of a Personalize dataset of users',
  }),
  /** How long a user's state waits for those of others, and for a newer one of its own. */
  PERSONALIZE_LINGER_MS: Type.Integer({ default: 200, minimum: 0, maximum: 60_000 }),
  /** PutUsers calls a second, of this instance: the quota of the dataset group divided by the instances. */
  PERSONALIZE_CALLS_PER_SECOND: Type.Number({ default: 10, exclusiveMinimum: 0 }),
};

/** What this service reads from the environment, besides what every service does and the AWS SDK's own. */
export const ConfigSchema = Type.Object(properties);

export type Config = ConfigOf<typeof properties>;

/** What the function reads: the same, and what goes with a call. */
export const FunctionConfigSchema = Type.Object({ ...properties, ...FunctionConfigProperties });
