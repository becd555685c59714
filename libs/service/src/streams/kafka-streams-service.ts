import { KafkaStreams, prometheusText, type StateListener, type StreamsModule } from '@mesh/streams';
import type { ServiceContext, ServiceDefinition, StartedService } from '../lifecycle/context.js';
import { StartAbandoned, startPatiently } from '../lifecycle/patience.js';
import { exportSamples } from '../metrics/samples.js';
import { addQueryRoutes } from './queries.js';
import {
  applicationIdOf,
  streamsOptions,
  type StreamsApplication,
  type StreamsConfig,
  type StreamsModuleData,
  type WatchedSink,
} from './streams-module.js';

export interface StreamsServiceDefinition<C extends StreamsConfig> extends StreamsApplication<
  C,
  ServiceContext<C>
> {
  readonly name: string;
  readonly version?: string;
  readonly description?: string;
  readonly config: C;
  /**
   * A module whose default export is `streamsModule` of the same application. Where it is given and `STREAM_THREADS` is
   * above 1, each stream thread is a worker, with a core of its own; else they share the event loop.
   */
  readonly module?: URL;
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
      const applicationId = applicationIdOf(service, config);
      addQueryRoutes(http, { applicationId, applicationServer, app: () => this.#app });
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
    const { fail } = this.#context;
    let starting = true;
    const app = await this.#make((state) => {
      // What fails during the start is thrown by it, and may be worth another try.
      if (state === 'ERROR' && !starting)
        fail(this.#app?.error ?? new Error('the stream application failed'));
    });
    if (app === undefined) return;
    this.#app = app;
    if (this.#closing.signal.aborted) {
      await app.close();
      return;
    }
    await app.start();
    starting = false;
    if (app.state === 'ERROR') throw app.error ?? new Error('the stream application failed');
  }

  /** @returns `undefined` where it is to be closed already */
  async #make(onStateChange: StateListener): Promise<KafkaStreams | undefined> {
    const { name, config, kafka } = this.#context;
    const { module } = this.#definition;
    if (module !== undefined && (config.STREAM_THREADS ?? 1) > 1) {
      return KafkaStreams.fromModule<{ readonly default: StreamsModule<StreamsModuleData<C>> }>(module, {
        data: { name, config },
        onStateChange,
      });
    }
    const { topology, sinks = [] } = await this.#definition.topology(this.#context);
    if (this.#closing.signal.aborted) return undefined;
    this.#sinks = sinks;
    return new KafkaStreams(topology, {
      ...streamsOptions(this.#definition, this.#context),
      client: kafka,
      onStateChange,
    });
  }
}
