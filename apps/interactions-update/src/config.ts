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
  PERSONALIZE_TRACKING_ID: Type.String({
    minLength: 1,
    maxLength: 256,
    description: 'the tracking id of a Personalize event tracker',
  }),
  /** How long the first event of a user's session waits for others. */
  PERSONALIZE_LINGER_MS: Type.Integer({ default: 100, minimum: 0, maximum: 60_000 }),
  /** PutEvents calls a second, of this instance: the account's quota divided by the instances. */
  PERSONALIZE_CALLS_PER_SECOND: Type.Number({ default: 1_000, exclusiveMinimum: 0 }),
  PERSONALIZE_CALLS_IN_FLIGHT: Type.Integer({ default: 32, minimum: 1, maximum: 1_000 }),
};

/** What this service reads from the environment, besides what every service does and the AWS SDK's own. */
export const ConfigSchema = Type.Object(properties);

export type Config = ConfigOf<typeof properties>;

/** What the function reads: the same, and what goes with a call. */
export const FunctionConfigSchema = Type.Object({ ...properties, ...FunctionConfigProperties });
