import { SchemaRegistryConfigProperties, StreamsConfigProperties, Type, type ConfigOf } from '@mesh/service';

const HOUR_MS = 3_600_000;

const properties = {
  ...StreamsConfigProperties,
  ...SchemaRegistryConfigProperties,
  /** Length of a window. Changing it for an application with state means resetting the application. */
  TRENDS_WINDOW_MS: Type.Integer({ default: HOUR_MS, minimum: 1_000 }),
  /** How long after its end a window still takes late plays. */
  TRENDS_GRACE_MS: Type.Integer({ default: 24 * HOUR_MS, minimum: 0 }),
  /**
   * How long a play's event id is remembered, by the time of plays. Below window plus grace, plays are too late sooner:
   * what can't be told from a repetition does not count.
   */
  TRENDS_REMEMBER_MS: Type.Integer({ default: 25 * HOUR_MS, minimum: 1_000 }),
};

/** What this service reads from the environment, besides what every service does and the AWS SDK's own. */
export const ConfigSchema = Type.Object(properties);

export type Config = ConfigOf<typeof properties>;
