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
  FIREHOSE_DELIVERY_STREAM: Type.String({
    pattern: '^[a-zA-Z0-9_.-]{1,64}$',
    description: 'the name of a Firehose delivery stream',
  }),
  /** How long the first record of a batch waits for others. */
  FIREHOSE_LINGER_MS: Type.Integer({ default: 200, minimum: 0, maximum: 60_000 }),
  /** Of this instance: the stream's quotas divided by the instances. */
  FIREHOSE_CALLS_PER_SECOND: Type.Number({ default: 2_000, exclusiveMinimum: 0 }),
  FIREHOSE_BYTES_PER_SECOND: Type.Number({ default: 5_242_880, exclusiveMinimum: 0 }),
  FIREHOSE_CALLS_IN_FLIGHT: Type.Integer({ default: 8, minimum: 1, maximum: 1_000 }),
};

/** What this service reads from the environment, besides what every service does and the AWS SDK's own. */
export const ConfigSchema = Type.Object(properties);

export type Config = ConfigOf<typeof properties>;

/** What the function reads: the same, and what goes with a call. */
export const FunctionConfigSchema = Type.Object({ ...properties, ...FunctionConfigProperties });
