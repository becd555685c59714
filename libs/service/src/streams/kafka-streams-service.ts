import {
  KafkaStreams,
  prometheusText,
  type FailureHandler,
  type ProcessingGuarantee,
  type StateStoreProvider,
  type Topology,
} from '@mesh/streams';
import type { Static, TObject } from '@sinclair/typebox';
import type { BaseConfig } from '../config/base.js';
import type { ServiceContext, ServiceDefinition, StartedService } from '../lifecycle/context.js';
import { StartAbandoned, startPatiently } from '../lifecycle/patience.js';
import { exportSamples, type Sample } from '../metrics/samples.js';
import type { StreamsConfigProperties } from './config.js';
import { addQueryRoutes } from './queries.js';

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

export interface StreamsServiceDefinition<C extends StreamsConfig> {
  readonly name: string;
  readonly version?: string;
  readonly description?: string;
  readonly config: C;
  readonly processingGuarantee: ProcessingGuarantee;
  /** What becomes of a record that fails; the dead letters where absent. */
  readonly onFailure?: FailureHandler;
  /** Where state is kept; in memory where absent. */
  readonly stateStores?: StateStoreProvider;
  /** Makes the topology; called again where it, or the start, failed with an error that is `retriable`. */
  readonly topology: (context: ServiceContext<C>) => Promise<StreamsParts> | StreamsParts;
}

/**
 * A service that runs a topology: `runService(kafkaStreamsService({ … }))`.
 *
 * Ready while the application is RUNNING, which is not before the first assignment, not while state is restored, and
 * not between being fenced and having recovered; and not while a sink can't write for a wrong configuration. Lag is
 * the metric `records_lag` and never a reason. The state ERROR ends the process with status 70. At the start, an
 * outage of Kafka or the schema registry is waited for.
 */
export function kafkaStreamsService<C extends StreamsConfig>(
  definition: StreamsServiceDefinition<C>,
): ServiceDefinition<C> {
  const { name, version, description, config } = definition;
  return {
    name,
    config,
    ...(version === undefined ? {} : { version }),
    ...(description === undefined ? {} : { description }),
    start: (context) => new StreamsService(definition, context).started(),
  };
}

class StreamsService<C extends StreamsConfig> {
  readonly #definition: StreamsServiceDefinition<C>;
  readonly #context: ServiceContext<C>;
  readonly #closing = new AbortController();
  #app: KafkaStreams | undefined;
  #sinks: readonly WatchedSink[] = [];
  #waitingFor = 'asking the schema registry';

  constructor(definition: StreamsServiceDefinition<C>, context: ServiceContext<C>) {
    this.#definition = definition;
    this.#context = context;
  }

  started(): StartedService {
    const { metrics, name: service } = this.#context;
    metrics.append(() => prometheusText(this.#app?.metrics() ?? [], { service }));
    exportSamples(metrics, () => this.#sinks.flatMap((sink) => sink.metrics()));
    const { config, http } = this.#context;
    const { APPLICATION_SERVER: applicationServer } = config;
    if (applicationServer !== undefined) {
      addQueryRoutes(http, { applicationId: this.#applicationId, applicationServer, app: () => this.#app });
    }
    return {
      run: () => this.#run(),
      ready: () => this.#ready(),
      close: async () => {
        this.#closing.abort();
        await this.#app?.close();
      },
    };
  }

  #ready(): true | string {
    const app = this.#app;
    if (app === undefined) return `waiting to start: ${this.#waitingFor}`;
    if (app.notReady !== undefined) return `the stream application is not ready: ${app.notReady}`;
    for (const sink of this.#sinks) {
      const problem = sink.problem();
      if (problem !== undefined) return problem;
    }
    return true;
  }

  get #applicationId(): string {
    const { config, name } = this.#context;
    return config.APPLICATION_ID ?? name;
  }

  /** The probes answer already: a first start may take as long as its state takes to be restored. */
  async #run(): Promise<void> {
    const { log, config } = this.#context;
    try {
      await startPatiently(() => this.#tryStart(), {
        log,
        timeoutMs: config.START_TIMEOUT_MS,
        signal: this.#closing.signal,
        onWaiting: (reason) => void (this.#waitingFor = reason),
      });
    } catch (error) {
      if (!(error instanceof StartAbandoned)) throw error;
    }
  }

  async #tryStart(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      // Also closes the sinks: the next try makes new ones.
      await this.#app?.close();
      this.#app = undefined;
      this.#sinks = [];
      throw error;
    }
  }

  async #start(): Promise<void> {
    const { config, kafka, log, fail } = this.#context;
    const { processingGuarantee, onFailure, stateStores } = this.#definition;
    const parts = await this.#definition.topology(this.#context);
    if (this.#closing.signal.aborted) return;
    let starting = true;
    const app: KafkaStreams = new KafkaStreams(parts.topology, {
      applicationId: this.#applicationId,
      client: kafka,
      processingGuarantee,
      logger: log.child({ component: 'streams' }),
      ...(onFailure === undefined ? {} : { onFailure }),
      ...(stateStores === undefined ? {} : { stateStores }),
      ...(config.APPLICATION_INSTANCE_ID === undefined ? {} : { instanceId: config.APPLICATION_INSTANCE_ID }),
      ...(config.APPLICATION_SERVER === undefined ? {} : { applicationServer: config.APPLICATION_SERVER }),
      ...(config.STANDBY_REPLICAS === undefined ? {} : { numStandbyReplicas: config.STANDBY_REPLICAS }),
      ...(config.COMMIT_INTERVAL_MS === undefined ? {} : { commitIntervalMs: config.COMMIT_INTERVAL_MS }),
      onStateChange: (state) => {
        // What fails during the start is thrown by it, and may be worth another try.
        if (state === 'ERROR' && !starting) fail(app.error ?? new Error('the stream application failed'));
      },
    });
    this.#app = app;
    this.#sinks = parts.sinks ?? [];
    await app.start();
    starting = false;
    if (app.state === 'ERROR') throw app.error ?? new Error('the stream application failed');
  }
}
