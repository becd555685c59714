import { Type } from '@sinclair/typebox';

const Id = (description: string) => Type.String({ pattern: '^[A-Za-z0-9._-]{1,150}$', description });

/** What every stream application reads besides the base; to be spread into its own properties. */
export const StreamsConfigProperties = {
  /** Names the consumer group and the internal topics: kept for the application's life. The service's name where absent. */
  APPLICATION_ID: Type.Optional(Id('letters, digits, dots, _ and -')),
  /**
   * Tells the instances of an application apart. Set to what stays the same over a restart (a pod's or task's name), a
   * killed instance's open transaction ends when it is back, instead of after the broker's timeout.
   */
  APPLICATION_INSTANCE_ID: Type.Optional(Id('letters, digits, dots, _ and -')),
  /**
   * `host:port` of this service as the other instances reach it. Where it is given, the application's stores can be
   * asked over HTTP.
   */
  APPLICATION_SERVER: Type.Optional(
    Type.String({ pattern: '^(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9._-]+):[0-9]{1,5}$', description: 'host:port' }),
  ),
  /**
   * So many other instances keep a copy of each task's state: it takes over at once, and is asked while the owner does
   * not answer. None where absent.
   */
  STANDBY_REPLICAS: Type.Optional(Type.Integer({ minimum: 0, maximum: 10 })),
  /**
   * Members of the group in this process. Where the service has a module for them, more than one are workers, with a core,
   * clients and schemas of their own; else they share one core. 1 where absent.
   */
  STREAM_THREADS: Type.Optional(Type.Integer({ minimum: 1, maximum: 64 })),
  /** How often progress is made final. The library's default where absent. */
  COMMIT_INTERVAL_MS: Type.Optional(Type.Integer({ minimum: 1, maximum: 600_000 })),
};
