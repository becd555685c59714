import type { Admin, CloseOptions } from '@mesh/kafka';
import { StreamsError } from '../errors.js';
import type { Topology } from '../topology/topology.js';
import { requestShutdown } from './application-shutdown.js';
import { runtimeConfig, type KafkaStreamsOptions, type RuntimeConfig } from './config.js';
import { GlobalStores } from './global-stores.js';
import { GlobalStreamThread } from './global-stream-thread.js';
import { toError, type UncaughtErrorDecision } from './failures.js';
import type { Metric } from './metrics.js';
import { Rate } from './metrics.js';
import { snapshot } from './metrics-snapshot.js';
import { answerQuery } from './queries/answer.js';
import type { StateQueryRequest, StateQueryResult } from './queries/query.js';
import { queryableStore } from './queries/queryable-store.js';
import type { StoreMetadata, StreamsMetadata } from './queries/metadata.js';
import type { QueryableStoreType, StoreQueryOptions } from './queries/stores.js';
import { StateMachine, type StreamsState } from './state-machine.js';
import { StreamThread } from './stream-thread.js';
import { StreamThreads } from './stream-threads.js';
import { TopicWatch } from './topic-watch.js';
import { prepareTopics, type PreparedTopics } from './topics.js';

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
  readonly #rate = new Rate();
  #admin: Admin | undefined;
  #topics: PreparedTopics | undefined;
  #globalStores: GlobalStores | undefined;
  #globalThread: GlobalStreamThread | undefined;
  #threads: StreamThreads | undefined;
  /** As of the last assignment. */
  #instances: readonly StreamsMetadata[] = [];
  #rateTimer: NodeJS.Timeout | undefined;
  #cleanTimer: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;
  #failing: Promise<void> | undefined;
  #error: Error | undefined;

  /** @throws StreamsError `INVALID_CONFIG` */
  constructor(topology: Topology, options: KafkaStreamsOptions) {
    this.#topology = topology;
    this.#config = runtimeConfig(options);
    this.#machine = new StateMachine((next, previous) => {
      this.#config.logger.info({ state: next, previous }, 'application state');
      options.onStateChange?.(next, previous);
    });
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
   * Checks and creates topics, then begins to join the group; {@link ready} tells when it processes.
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
    let topics: PreparedTopics;
    try {
      topics = await prepareTopics(admin, this.#topology, this.#config);
    } catch (error) {
      await admin.close();
      if (this.#closing === undefined) this.#fail(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
    this.#topics = topics;
    if (this.#closing !== undefined) return;
    const { applicationId, logger, topicCheckIntervalMs: intervalMs } = this.#config;
    const globalStores = new GlobalStores(this.#topology, this.#config.onFailure);
    this.#globalStores = globalStores;
    const globalThread = new GlobalStreamThread(globalStores, {
      ...this.#config,
      admin,
      onFatal: (error) => this.#fail(error),
    });
    this.#globalThread = globalThread;
    try {
      await globalThread.start();
    } catch (error) {
      if (this.#closing === undefined) this.#fail(toError(error));
      throw error;
    }
    if (this.#isClosing()) return;
    const watch = new TopicWatch({ applicationId, admin, logger, topics, intervalMs });
    const threads = new StreamThreads({
      make: (index, listener) =>
        new StreamThread(this.#topology, this.#config, admin, watch, index, listener, globalStores.byName),
      onRebalancing: () => this.#goIfAble('REBALANCING'),
      onRunning: () => this.#goIfAble('RUNNING'),
      onInstances: (instances) => {
        this.#instances = instances;
      },
      onUncaught: (error) => this.#uncaught(error),
    });
    this.#threads = threads;
    this.#rateTimer = setInterval(() => this.#rate.update(this.#processed()), 5_000);
    this.#rateTimer.unref();
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

  /** Processes nothing from now on, and stays in the group: what is assigned stays so (KIP-834). */
  pause(): void {
    if (this.#threads !== undefined) this.#threads.paused = true;
  }

  resume(): void {
    if (this.#threads !== undefined) this.#threads.paused = false;
  }

  get isPaused(): boolean {
    return this.#threads?.paused ?? false;
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

  /** Values as of now, under Kafka Streams' names. */
  metrics(): readonly Metric[] {
    const processed = this.#processed();
    return snapshot(this.#all, this.#rate.perSecond(processed), this.state);
  }

  /**
   * Answers a query from the stores of this instance: what was processed, also what is not committed yet. Partitions
   * asked for that are elsewhere are answered with a failure.
   *
   * @throws StateQueryError `STORE_NOT_FOUND`, `UNKNOWN_QUERY_TYPE`
   */
  query(request: StateQueryRequest): Promise<StateQueryResult> {
    const tasks = [
      ...this.#all.flatMap((thread) => thread.queryable),
      ...(this.#globalStores?.queryable ?? []),
    ];
    // Within a promise, so that whoever asks does not depend on where the tasks run.
    return Promise.resolve().then(() =>
      answerQuery(this.#topology, this.#config.applicationId, tasks, request),
    );
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
    clearInterval(this.#rateTimer);
    clearInterval(this.#cleanTimer);
    const { closeTimeoutMs, logger } = this.#config;
    const sinks = new Set(
      this.#topology.subTopologies.flatMap((sub) =>
        sub.nodes.flatMap((node) => (node.kind === 'feed' ? [node.sink] : [])),
      ),
    );
    const steps: (() => Promise<void>)[] = [
      async () => this.#threads?.stop(closeTimeoutMs, leaveGroup),
      async () => this.#globalThread?.stop(),
      ...[...sinks].map((sink) => () => sink.close()),
      async () => this.#admin?.close(),
    ];
    for (const step of steps) {
      try {
        await step();
      } catch (error) {
        logger.warn({ err: error }, 'closing went on after a failure');
      }
    }
    if (!failed) this.#goIfAble('NOT_RUNNING');
  }

  /** Meanwhile, as opposed to when it was last looked. */
  #isClosing(): boolean {
    return this.#closing !== undefined;
  }

  /** A thread has ended by itself. */
  #uncaught(error: Error): UncaughtErrorDecision {
    if (error instanceof StreamsError && error.code === 'SHUTDOWN_REQUESTED') {
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
    const threads = this.#threads;
    if (threads !== undefined && threads.all.length > 0)
      await threads.stop(this.#config.closeTimeoutMs, true);
    if (all && this.#admin !== undefined) await requestShutdown(this.#topology, this.#config, this.#admin);
    this.#goIfAble('ERROR');
  }

  get #isAlive(): boolean {
    return this.state === 'RUNNING' || this.state === 'REBALANCING';
  }

  get #all(): readonly StreamThread[] {
    return this.#threads?.all ?? [];
  }

  #threadName(index: number): string {
    return `${this.#config.applicationId}-${this.#config.instanceId}-StreamThread-${index + 1}`;
  }

  /** What the threads report may come late: after a close has begun there is no way back. */
  #goIfAble(next: StreamsState): void {
    if (this.#machine.can(next)) this.#machine.go(next);
  }

  #processed(): number {
    let sum = 0;
    for (const thread of this.#all) {
      sum += thread.metrics.counters.processed;
      for (const task of thread.tasks) sum += task.counters.processed;
    }
    return sum;
  }
}
