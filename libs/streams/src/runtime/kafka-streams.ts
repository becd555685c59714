import type { Admin, CloseOptions } from '@mesh/kafka';
import { StreamsError, type StreamsErrorCode } from '../errors.js';
import type { Topology } from '../topology/topology.js';
import { requestShutdown } from './application-shutdown.js';
import type { ApplicationThread } from './application-thread.js';
import { closeAll, sinkClosings } from './closing.js';
import { runtimeConfig, type KafkaStreamsOptions, type RuntimeConfig } from './config.js';
import { toError, type UncaughtErrorDecision } from './failures.js';
import type { Metric } from './metrics.js';
import { snapshot } from './metrics-snapshot.js';
import { queryThreads } from './queries/fan-out.js';
import type { StateQueryRequest, StateQueryResult } from './queries/query.js';
import { queryableStore } from './queries/queryable-store.js';
import type { StoreMetadata, StreamsMetadata } from './queries/metadata.js';
import type { QueryableStoreType, StoreQueryOptions } from './queries/stores.js';
import { StateMachine, type StreamsState } from './state-machine.js';
import { StreamThreads, type StreamThreadsOptions } from './stream-threads.js';
import { ThreadHost } from './thread-host.js';
import { prepareTopics, type PreparedTopics } from './topics.js';
import { loadModule, type StreamsModule } from './workers/streams-module.js';
import { WorkerThread, type StreamsWorkerOptions } from './workers/worker-thread.js';

/** What an application whose threads are workers takes beside what its module says. */
export type FromModuleOptions<D> = StreamsWorkerOptions &
  Pick<KafkaStreamsOptions, 'onStateChange' | 'onUncaughtError' | 'numStreamThreads'> &
  // Without data the property may be left out.
  (undefined extends D ? { readonly data?: D } : { readonly data: D });

/** A module whose default export is a {@link StreamsModule}, as `typeof import('./trends.js')`. */
interface ModuleOfStreams {
  readonly default: StreamsModule<never>;
}

/** Workers say twice a second that they are alive. Milliseconds. */
const LEAST_UNRESPONSIVE_MS = 2_000;

/** What workers are started with. */
interface RunModule {
  readonly url: string;
  readonly data: unknown;
  readonly worker: StreamsWorkerOptions;
}

/**
 * Runs a topology as one instance of an application; the instances of one `applicationId` share its partitions.
 *
 *     const app = new KafkaStreams(builder.build(), { applicationId: 'trends', client, processingGuarantee: 'exactly_once_v2' });
 *     await app.start();
 *     …
 *     await app.close();
 *
 * It outlives failures of the cluster by itself: only what it cannot mend ends in the state ERROR, with
 * {@link error} saying why.
 */
export class KafkaStreams {
  readonly #topology: Topology;
  readonly #config: RuntimeConfig;
  readonly #machine: StateMachine;
  #admin: Admin | undefined;
  #topics: PreparedTopics | undefined;
  /** Where threads are in this one's event loop. */
  #host: ThreadHost | undefined;
  /** Where each is in a worker. */
  #module: RunModule | undefined;
  #threads: StreamThreads | undefined;
  /** As of the last assignment. */
  #instances: readonly StreamsMetadata[] = [];
  #cleanTimer: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;
  #failing: Promise<void> | undefined;
  #error: Error | undefined;
  #paused = false;

  /** @throws StreamsError `INVALID_CONFIG` */
  constructor(topology: Topology, options: KafkaStreamsOptions) {
    this.#topology = topology;
    this.#config = runtimeConfig(options);
    this.#machine = new StateMachine((next, previous) => {
      const { logger } = this.#config;
      logger.info({ state: next, previous }, 'application state');
      try {
        options.onStateChange?.(next, previous);
      } catch (error) {
        // Thrown on, it would end whatever has brought about the change.
        logger.error({ err: error }, 'the listener of state changes has thrown');
      }
    });
  }

  /**
   * An application with each stream thread in a worker (`node:worker_threads`), so that `numStreamThreads` of them use as
   * many cores; else it is as any other. Functions do not go from one worker to another, so each makes its own topology
   * and options, from a module:
   *
   *     const app = await KafkaStreams.fromModule<typeof import('./trends.js')>(
   *       new URL('./trends.js', import.meta.url),
   *       { data: { brokers }, numStreamThreads: 4 },
   *     );
   *
   * The module is run here too, for the topics, the queries and the handlers `onUncaughtError` and `onStateChange`; those
   * in `options` are taken instead of the module's. A worker that ends by itself is a thread that has failed for good.
   *
   * @param options `data` is cloned for each worker
   * @throws StreamsError `INVALID_MODULE`, `INVALID_CONFIG`, and what the module's function throws
   */
  static async fromModule<M extends ModuleOfStreams>(
    module: URL,
    ...[options]: undefined extends Parameters<M['default']>[0]
      ? [options?: FromModuleOptions<Parameters<M['default']>[0]>]
      : [options: FromModuleOptions<Parameters<M['default']>[0]>]
  ): Promise<KafkaStreams> {
    const { data, resourceLimits, execArgv, unresponsiveAfterMs, ...own } = options ?? {};
    if (unresponsiveAfterMs !== undefined && !(unresponsiveAfterMs >= LEAST_UNRESPONSIVE_MS)) {
      const what = `unresponsiveAfterMs is ${unresponsiveAfterMs}: it takes at least ${LEAST_UNRESPONSIVE_MS}`;
      throw new StreamsError('INVALID_CONFIG', what);
    }
    const url = module.href;
    const definition = await loadModule(url, cloned(data));
    const app = new KafkaStreams(definition.topology, { ...definition.options, ...own });
    app.#module = {
      url,
      data,
      worker: {
        ...(resourceLimits === undefined ? {} : { resourceLimits }),
        ...(execArgv === undefined ? {} : { execArgv }),
        ...(unresponsiveAfterMs === undefined ? {} : { unresponsiveAfterMs }),
      },
    };
    return app;
  }

  get applicationId(): string {
    return this.#config.applicationId;
  }

  get state(): StreamsState {
    return this.#machine.state;
  }

  /** Whether it processes everything it was assigned: first assignment done, state restored, no failure to recover from. */
  get ready(): boolean {
    return this.state === 'RUNNING';
  }

  /** Why it is not {@link ready}, for people; `undefined` where it is. */
  get notReady(): string | undefined {
    switch (this.state) {
      case 'RUNNING':
        return undefined;
      case 'REBALANCING':
        return (
          this.#all.map((thread) => thread.waiting).find((what) => what !== undefined) ?? 'joining its group'
        );
      case 'ERROR':
      case 'PENDING_ERROR':
        return `failed: ${this.#error?.message ?? 'for an unknown reason'}`;
      case 'CREATED':
      case 'PENDING_SHUTDOWN':
      case 'NOT_RUNNING':
        return `it is ${this.state}`;
    }
  }

  /** Why the state is ERROR. */
  get error(): Error | undefined {
    return this.#error;
  }

  /**
   * Checks and creates topics, then begins to join the group; {@link ready} tells when it processes. Where it is closed
   * meanwhile it begins nothing.
   *
   * @throws StreamsError `MISSING_SOURCE_TOPIC`, `NOT_COPARTITIONED`, `INTERNAL_TOPIC_MISMATCH`, `ILLEGAL_STATE`
   * @throws KafkaError where the cluster cannot be asked
   */
  async start(): Promise<void> {
    if (this.state !== 'CREATED') {
      throw new StreamsError(
        'ILLEGAL_STATE',
        `the application is ${this.state}: it starts once, make another`,
      );
    }
    this.#machine.go('REBALANCING');
    const admin = this.#config.client.admin();
    this.#admin = admin;
    let make: StreamThreadsOptions['make'];
    try {
      const topics = await prepareTopics(admin, this.#topology, this.#config);
      this.#topics = topics;
      if (this.#isClosing()) return;
      const module = this.#module;
      make =
        module === undefined
          ? await this.#threadsHere(admin, topics)
          : this.#threadsInWorkers(module, admin, topics);
    } catch (error) {
      // Closed meanwhile: what was under way then has failed for that.
      if (this.#isClosing()) return;
      await admin.close();
      this.#fail(toError(error));
      throw error;
    }
    if (this.#isClosing()) return;
    const threads = new StreamThreads({
      make,
      closeTimeoutMs: this.#config.closeTimeoutMs,
      onRebalancing: () => this.#goIfAble('REBALANCING'),
      onRunning: () => this.#goIfAble('RUNNING'),
      onInstances: (instances) => {
        this.#instances = instances;
      },
      onUncaught: (error) => this.#uncaught(error),
    });
    threads.paused = this.#paused;
    this.#threads = threads;
    // Not at once: what was left here before may be assigned again in a moment.
    const { stateCleanupDelayMs } = this.#config;
    this.#cleanTimer = setInterval(() => this.#cleanState(), Math.max(1_000, stateCleanupDelayMs));
    this.#cleanTimer.unref();
    for (let count = 0; count < this.#config.numStreamThreads; count++) threads.add();
  }

  /**
   * Starts another stream thread, which takes over its part of the tasks.
   * @returns its name; `undefined` where the application does not run
   */
  addStreamThread(): string | undefined {
    if (this.#threads === undefined || !this.#isAlive) return undefined;
    return this.#threadName(this.#threads.add());
  }

  /**
   * Ends the stream thread added last; the others take over its tasks.
   * @returns its name; `undefined` where the application does not run, or has none
   */
  async removeStreamThread(): Promise<string | undefined> {
    if (this.#threads === undefined || !this.#isAlive) return undefined;
    const index = await this.#threads.remove(this.#config.closeTimeoutMs);
    return index === undefined ? undefined : this.#threadName(index);
  }

  /**
   * Processes nothing from now on, and stays in the group: what is assigned stays so (KIP-834). Before the start, it
   * starts paused.
   */
  pause(): void {
    this.#pause(true);
  }

  resume(): void {
    this.#pause(false);
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  /**
   * Takes no more records, finishes what is under way, commits, leaves the group and closes the sinks; within
   * `closeTimeoutMs`, after which what is not done is given up, uncommitted. Idempotent; never throws.
   *
   * @param options `leaveGroup`: false keeps the tasks for an instance that is back soon; default true, and false where
   *   there is a `groupInstanceId`
   */
  close({ leaveGroup }: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#close(leaveGroup);
    return this.#closing;
  }

  /**
   * Deletes what `stateStores` keeps of the application on this machine, so that its state is restored from the changelogs,
   * or begins anew after {@link resetApplication}. Before the start, or once it is closed.
   *
   * @throws StreamsError `ILLEGAL_STATE` while it runs, `STATE_LOCKED` where another process on this machine has some
   */
  async cleanUp(): Promise<void> {
    const { applicationId, stateStores } = this.#config;
    if (this.state !== 'CREATED' && this.state !== 'NOT_RUNNING' && this.state !== 'ERROR') {
      throw new StreamsError('ILLEGAL_STATE', `the application is ${this.state}: close it before cleanUp()`);
    }
    await stateStores?.clean(applicationId, 0);
    const left = (await stateStores?.list(applicationId)) ?? [];
    if (left.length === 0) return;
    const tasks = left.map(({ taskId }) => taskId).join(', ');
    throw new StreamsError(
      'STATE_LOCKED',
      `the state of ${tasks} of ${applicationId} is in use: end who has it, or close the application, then clean up`,
    );
  }

  /** Values as of now, under Kafka Streams' names. */
  metrics(): readonly Metric[] {
    return snapshot(this.#all, this.state);
  }

  /**
   * Answers a query from the stores of this instance: what was processed, also what is not committed yet. Partitions
   * asked for that are elsewhere are answered with a failure.
   *
   * @throws StateQueryError `STORE_NOT_FOUND`, `UNKNOWN_QUERY_TYPE`
   */
  query(request: StateQueryRequest): Promise<StateQueryResult> {
    const { applicationId } = this.#config;
    const tasks = this.#host?.queryable ?? [];
    return queryThreads({ topology: this.#topology, applicationId, tasks, threads: this.#all }, request);
  }

  /** The stores of the topology. */
  stores(): readonly StoreMetadata[] {
    const { subTopologies, globalTables } = this.#topology;
    return [
      ...subTopologies.flatMap(({ id, stores }) =>
        stores.map(({ name, type }) => {
          return { name, type, subTopology: id, partitions: this.#topics?.tasks[id] ?? 0 };
        }),
      ),
      ...globalTables.map(({ id, store: { name, type } }): StoreMetadata => {
        return { name, type, subTopology: id, global: true, partitions: 1 };
      }),
    ];
  }

  /**
   * All instances and their tasks, as of the last assignment that this one was given; none before the first, and none
   * once it has ended.
   */
  metadataForAllStreamsClients(): readonly StreamsMetadata[] {
    return this.#isAlive ? this.#instances : [];
  }

  /**
   * Opens a store of this instance to read from, in the partitions that are here:
   *
   *     const plays = app.store('plays-per-song', QueryableStoreTypes.window(stringSerde, longSerde));
   *     for await (const [{ key, start }, { value }] of plays.fetch('song-1')) …
   *
   * @param type its kind, and the serdes that it was made with
   * @throws StateQueryError `STORE_NOT_FOUND`
   */
  store<S>(name: string, type: QueryableStoreType<S>, options: StoreQueryOptions = {}): S {
    const { topic } = queryableStore(this.#topology, this.#config.applicationId, name);
    return type.open({ executor: this, store: name, topic, options });
  }

  /** @throws KafkaError, StreamsError where the global tables cannot be read */
  async #threadsHere(admin: Admin, topics: PreparedTopics): Promise<StreamThreadsOptions['make']> {
    const [topology, config] = [this.#topology, this.#config];
    const host = new ThreadHost({ topology, config, admin, topics, onFatal: (error) => this.#fail(error) });
    this.#host = host;
    await host.start();
    return (index, listener) => host.thread(index, listener);
  }

  #threadsInWorkers(module: RunModule, admin: Admin, topics: PreparedTopics): StreamThreadsOptions['make'] {
    const { applicationId, instanceId, numStreamThreads, logger } = this.#config;
    const { url, data, worker } = module;
    const topology = this.#topology.describe();
    const shared = { module: url, data, applicationId, instanceId, numStreamThreads, topics, topology };
    return (index, listener) =>
      new WorkerThread({ start: { ...shared, index }, worker, admin, logger, listener });
  }

  /** Deletes state on disk of tasks that run elsewhere, once it was left behind for so long. */
  #cleanState(): void {
    const { applicationId, stateStores, stateCleanupDelayMs, logger } = this.#config;
    stateStores
      ?.clean(applicationId, stateCleanupDelayMs)
      .then((tasks) => {
        if (tasks.length > 0) logger.info({ tasks }, 'deleted state of tasks that run elsewhere');
      })
      .catch((error: unknown) => logger.warn({ err: error }, 'could not clean up state on disk'));
  }

  async #close(leaveGroup: boolean | undefined): Promise<void> {
    await this.#failing;
    const failed = this.state === 'ERROR';
    if (!failed) this.#goIfAble('PENDING_SHUTDOWN');
    clearInterval(this.#cleanTimer);
    const { closeTimeoutMs, logger } = this.#config;
    await closeAll(logger, [
      async () => this.#threads?.stop(closeTimeoutMs, leaveGroup),
      async () => this.#host?.stop(),
      ...sinkClosings(this.#topology),
      async () => this.#admin?.close(),
      // Made by the module, for this application alone.
      async () => (this.#module === undefined ? undefined : this.#config.client.close()),
    ]);
    if (!failed) this.#goIfAble('NOT_RUNNING');
  }

  /** Meanwhile, as opposed to when it was last looked. */
  #isClosing(): boolean {
    return this.#closing !== undefined;
  }

  /** A thread has ended by itself. */
  #uncaught(error: Error): UncaughtErrorDecision {
    if (error instanceof StreamsError && UNASKED.has(error.code)) {
      this.#fail(error);
      return 'SHUTDOWN_CLIENT';
    }
    let decision: UncaughtErrorDecision = 'SHUTDOWN_CLIENT';
    try {
      decision = this.#config.onUncaughtError(error);
    } catch (thrown) {
      this.#config.logger.error({ err: thrown }, 'the handler of uncaught errors has thrown');
    }
    if (decision === 'REPLACE_THREAD' && this.#isAlive) {
      this.#config.logger.warn({ err: error }, 'a stream thread is replaced');
      return decision;
    }
    this.#fail(error, decision === 'SHUTDOWN_APPLICATION');
    return 'SHUTDOWN_CLIENT';
  }

  /** @param all whether the other instances are told to end too */
  #fail(error: Error, all = false): void {
    this.#error ??= error;
    this.#goIfAble('PENDING_ERROR');
    this.#failing ??= this.#endFailed(all);
  }

  async #endFailed(all: boolean): Promise<void> {
    await this.#threads?.stop(this.#config.closeTimeoutMs, true);
    if (all && this.#admin !== undefined) await requestShutdown(this.#topology, this.#config, this.#admin);
    this.#goIfAble('ERROR');
  }

  get #isAlive(): boolean {
    return this.state === 'RUNNING' || this.state === 'REBALANCING';
  }

  get #all(): readonly ApplicationThread[] {
    return this.#threads?.all ?? [];
  }

  #pause(paused: boolean): void {
    this.#paused = paused;
    if (this.#threads !== undefined) this.#threads.paused = paused;
  }

  #threadName(index: number): string {
    return `${this.#config.applicationId}-${this.#config.instanceId}-StreamThread-${index + 1}`;
  }

  /** What the threads report may come late: after a close has begun there is no way back. */
  #goIfAble(next: StreamsState): void {
    if (this.#machine.can(next)) this.#machine.go(next);
  }
}

/** Where another thread would fail as this one did, or the end is what was asked for. */
const UNASKED: ReadonlySet<string> = new Set<StreamsErrorCode>([
  'SHUTDOWN_REQUESTED',
  'INVALID_MODULE',
  'INVALID_CONFIG',
  'WORKER_UNRESPONSIVE',
]);

/** As the workers get it. @throws StreamsError `INVALID_CONFIG` */
function cloned<D>(data: D): D {
  try {
    return structuredClone(data);
  } catch (cause) {
    throw new StreamsError(
      'INVALID_CONFIG',
      `data holds what cannot be sent to a worker: ${toError(cause).message}`,
      { cause },
    );
  }
}
