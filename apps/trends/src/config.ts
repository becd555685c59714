import { SchemaRegistryConfigProperties, StreamsConfigProperties, Type, type ConfigOf } from '@mesh/service';

const HOUR_MS = 3_600_000;

/** What shapes the topology. */
export const TopologyConfigProperties = {
  /** Length of a window of plays. Changing it for an application with state means resetting the application. */
  TRENDS_WINDOW_MS: Type.Integer({ default: HOUR_MS, minimum: 1_000 }),
  /** From the start of one overlapping window of an item's plays to the next one's. The same about changing it. */
  TRENDS_ADVANCE_MS: Type.Integer({ default: HOUR_MS / 4, minimum: 1_000 }),
  /** Length of a window of charts and audiences. The same about changing it. */
  TRENDS_CHART_WINDOW_MS: Type.Integer({ default: 24 * HOUR_MS, minimum: 1_000 }),
  /** Songs in the chart of a genre. */
  TRENDS_CHART_SIZE: Type.Integer({ default: 100, minimum: 1, maximum: 1_000 }),
  /** How long nothing is heard of a user before the session is over. */
  TRENDS_SESSION_GAP_MS: Type.Integer({ default: HOUR_MS / 2, minimum: 1_000 }),
  /** How long after its end a window, or a session, still takes late events. */
  TRENDS_GRACE_MS: Type.Integer({ default: 24 * HOUR_MS, minimum: 0 }),
  /**
   * How long an event's id is remembered, by the time of events. Below window plus grace, events are too late sooner:
   * what can't be told from a repetition does not count.
   */
  TRENDS_REMEMBER_MS: Type.Integer({ default: 25 * HOUR_MS, minimum: 1_000 }),
};

const properties = {
  ...StreamsConfigProperties,
  ...SchemaRegistryConfigProperties,
  ...TopologyConfigProperties,
  /**
   * Folder of this machine where state is kept: a restart then reads only what it missed from the changelogs. In memory
   * where absent.
   */
  STATE_DIRECTORY: Type.Optional(Type.String({ minLength: 1 })),
};

/** What this service reads from the environment, besides what every service does and the AWS SDK's own. */
export const ConfigSchema = Type.Object(properties);

export type Config = ConfigOf<typeof properties>;
