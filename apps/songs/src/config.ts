import {
  DynamoDbConfigProperties,
  SchemaRegistryConfigProperties,
  Type,
  type BaseConfig,
  type Static,
} from '@mesh/service';

/** What this service reads from the environment, besides what every service does and the AWS SDK's own. */
export const ConfigSchema = Type.Object({
  ...SchemaRegistryConfigProperties,
  ...DynamoDbConfigProperties,
});

export type Config = Static<typeof ConfigSchema> & BaseConfig;
