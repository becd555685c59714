import { createKafkaClient } from '@mesh/kafka';
import type {
  FailureHandler,
  KafkaStreamsOptions,
  ProcessingGuarantee,
  StateStoreProvider,
  StreamsModule,
  Topology,
} from '@mesh/streams';
import type { Static, TObject } from '@sinclair/typebox';
import type { BaseConfig } from '../config/base.js';
import type { ServiceContext } from '../lifecycle/context.js';
import { kafkaClientOptions } from '../lifecycle/kafka-options.js';
import { createLogger } from '../logging/logger.js';
import type { Sample } from '../metrics/samples.js';
import type { StreamsConfigProperties } from './config.js';

export type StreamsConfig = BaseConfig & Static<TObject<typeof StreamsConfigProperties>>;

/** An external sink that can be asked how it is; those of `@mesh/sinks` can. */
export interface WatchedSink {
  metrics(): readonly Sample[];
  /** Why nothing can be written before somebody corrects the configuration. */
  problem(): string | undefined;
}

export interface StreamsParts {
  readonly topology: Topology;
  /** Sinks of the topology whose metrics are to be exported, and whose problems mean "not ready". */
  readonly sinks?: readonly WatchedSink[];
}

/** What of a service there is in a worker, too. */
export type StreamsContext<C extends StreamsConfig> = Pick<ServiceContext<C>, 'name' | 'config' | 'log'>;

/** What a stream application does, wherever its threads are. */
export interface StreamsApplication<C extends StreamsConfig, Context = StreamsContext<C>> {
  readonly processingGuarantee: ProcessingGuarantee;
  /** What becomes of a record that fails; the dead letters where absent. */
  readonly onFailure?: FailureHandler;
  /** Where state is kept; in memory where absent. */
  readonly stateStores?: (config: C) => StateStoreProvider | undefined;
  /** Makes the topology; called again where it, or the start, failed with an error that is `retriable`. */
  readonly topology: (context: Context) => Promise<StreamsParts> | StreamsParts;
}

/** What goes to a worker: the service's name and its whole configuration. */
export interface StreamsModuleData<C extends StreamsConfig> {
  readonly name: string;
  readonly config: C;
}

/**
 * The default export of the module that `kafkaStreamsService` runs in workers, made of the very application that it is
 * given:
 *
 *     // streams.ts
 *     export const application: StreamsApplication<Config> = { processingGuarantee: …, topology: … };
 *     export default streamsModule(application);
 *     // main.ts
 *     kafkaStreamsService({ name, config, ...application, module: new URL('./streams.js', import.meta.url) })
 *
 * Its function throws an Error for a topology with sinks that are to be watched: nobody sees them from outside.
 */
export function streamsModule<C extends StreamsConfig>(
  application: StreamsApplication<C>,
): StreamsModule<StreamsModuleData<C>> {
  return async ({ name, config }) => {
    const log = createLogger({ name, level: config.LOG_LEVEL });
    const { topology, sinks = [] } = await application.topology({ name, config, log });
    if (sinks.length > 0) {
      throw new Error(
        `${name} has sinks that are watched, which nobody sees in a worker: leave out its module, and scale it by instances`,
      );
    }
    return {
      topology,
      options: {
        ...streamsOptions(application, { name, config, log }),
        client: createKafkaClient(kafkaClientOptions(config, name, log)),
      },
    };
  };
}

/** As the configuration has it. */
export function streamsOptions<C extends StreamsConfig>(
  { processingGuarantee, onFailure, stateStores }: Omit<StreamsApplication<C>, 'topology'>,
  { name, config, log }: StreamsContext<C>,
): Omit<KafkaStreamsOptions, 'client'> {
  const stores = stateStores?.(config);
  return {
    applicationId: applicationIdOf(name, config),
    processingGuarantee,
    logger: log.child({ component: 'streams' }),
    ...(onFailure === undefined ? {} : { onFailure }),
    ...(stores === undefined ? {} : { stateStores: stores }),
    ...(config.APPLICATION_INSTANCE_ID === undefined ? {} : { instanceId: config.APPLICATION_INSTANCE_ID }),
    ...(config.APPLICATION_SERVER === undefined ? {} : { applicationServer: config.APPLICATION_SERVER }),
    ...(config.STANDBY_REPLICAS === undefined ? {} : { numStandbyReplicas: config.STANDBY_REPLICAS }),
    ...(config.STREAM_THREADS === undefined ? {} : { numStreamThreads: config.STREAM_THREADS }),
    ...(config.COMMIT_INTERVAL_MS === undefined ? {} : { commitIntervalMs: config.COMMIT_INTERVAL_MS }),
  };
}

export function applicationIdOf(name: string, config: StreamsConfig): string {
  return config.APPLICATION_ID ?? name;
}
