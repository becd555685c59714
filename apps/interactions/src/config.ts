import { SchemaRegistryConfigProperties, Type, type BaseConfig, type Static } from '@mesh/service';

/** What this service reads from the environment, besides what every service does and the AWS SDK's own. */
export const ConfigSchema = Type.Object({
  ...SchemaRegistryConfigProperties,
  /** How long an event waits for others to be sent with. */
  PUBLISH_LINGER_MS: Type.Integer({ default: 5, minimum: 0, maximum: 1_000 }),
  /** After so long without Kafka's acknowledgement the client is told to retry; well below SHUTDOWN_TIMEOUT_MS. */
  PUBLISH_TIMEOUT_MS: Type.Integer({ default: 5_000, minimum: 100, maximum: 60_000 }),
  /** Bytes of events not yet acknowledged; beyond it clients are told to come back. */
  PUBLISH_BUFFER_BYTES: Type.Integer({ default: 16_777_216, minimum: 65_536, maximum: 1_073_741_824 }),
});

export type Config = Static<typeof ConfigSchema> & BaseConfig;
