import {
  KafkaError,
  rangeAssignor,
  type Admin,
  type CloseOptions,
  type Consumer,
  type GroupMetadata,
  type TopicPartition,
} from '@mesh/kafka';
import { StreamsError } from '../errors.js';
import type { StateStore } from '../state/ports.js';
import { topicName, type Topology } from '../topology/topology.js';
import type { Assigned } from './assignment/messages.js';
import { StreamsAssignor } from './assignment/streams-assignor.js';
import type { RuntimeConfig } from './config.js';
import { toError } from './failures.js';
import { ThreadMetrics } from './metrics.js';
import type { Guarantee } from './output/guarantee.js';
import { RecordLimits } from './output/record-limits.js';
import { createGuarantee } from './output/create-guarantee.js';
import type { QueryableTask } from './queries/answer.js';
import type { StreamsMetadata } from './queries/metadata.js';
import { Backoff, isFatal } from './recovery.js';
import { RepartitionPurge } from './repartition-purge.js';
import { Signal, within } from './signal.js';
import type { Task } from './task.js';
import { TaskSet } from './task-set.js';
import type { TopicWatch } from './topic-watch.js';

/** Longest wait for records; rebalances and the end of restoring are noticed within it. Milliseconds. */
const POLL_MS = 100;
/** Longest wait for something under way, where records are at hand that cannot be taken yet. Milliseconds. */
const BLOCKED_MS = 20;
/** The consumer's default. Milliseconds. */
const REBALANCE_TIMEOUT_MS = 30_000;
/** Of the time to rejoin, how much a revocation may wait for what is under way: others wait for it. */
const REVOKE_DRAIN_SHARE = 1 / 3;

/** What the thread tells its application. */
export interface ThreadListener {
  /** A rebalance or a new beginning: tasks do not process. */
  onRebalancing(): void;
  /** All tasks assigned have their state and process. */
  onRunning(): void;
  /** All instances and their tasks, as of an assignment. */
  onInstances(instances: readonly StreamsMetadata[]): void;
  /** The thread has ended by itself, and will not come back. */
  onFatal(error: Error): void;
}

/**
 * One member of the consumer group, with one loop: poll, process, commit when it is time. Everything it owns is used
 * from the loop only, or within `poll`; what goes on beside it (sends, asynchronous calls, restoring) only leaves word.
 *
 * Whatever goes wrong with the infrastructure, or with a sink, ends the same way: tasks are closed without a commit,
 * the group is left, and after a while the thread begins anew from what is committed.
 */
export class StreamThread {
  readonly metrics = new ThreadMetrics();
  readonly #topology: Topology;
  readonly #config: RuntimeConfig;
  readonly #admin: Admin;
  readonly #watch: TopicWatch;
  readonly #listener: ThreadListener;
  readonly #globalStores: ReadonlyMap<string, StateStore>;
  readonly #signal = new Signal();
  readonly #backoff = new Backoff();
  readonly #limits: RecordLimits;
  readonly #guarantee: Guarantee;
  readonly #purge: RepartitionPurge;
  readonly #index: number;
  /** Processing goes on; where not, everything else does. */
  paused = false;
  #tasks: TaskSet;
  #consumer: Consumer | undefined;
  #loop: Promise<void> | undefined;
  #stopping = false;
  #leaveGroup: boolean | undefined;
  /** What the leader said last; `undefined` where nobody shares tasks out, only partitions. */
  #assignment: Assigned | undefined;
  /** When to have tasks shared out anew. Of the performance clock. */
  #probeAt = Number.POSITIVE_INFINITY;
  #assigned = false;
  #draining = false;
  /** A processor has asked for a commit. */
  #commitRequested = false;
  #lastCommit = 0;
  #refusals = 0;
  /** What made the thread begin anew, until it has tasks again. */
  #trouble: Error | undefined;

  constructor(
    topology: Topology,
    config: RuntimeConfig,
    admin: Admin,
    watch: TopicWatch,
    index: number,
    listener: ThreadListener,
    globalStores: ReadonlyMap<string, StateStore> = new Map(),
  ) {
    this.#topology = topology;
    this.#config = config;
    this.#admin = admin;
    this.#watch = watch;
    this.#listener = listener;
    this.#globalStores = globalStores;
    this.#index = index;
    this.#limits = new RecordLimits(config.maxRecordBytes);
    this.#guarantee = createGuarantee(config, this.#limits, index);
    this.#purge = new RepartitionPurge(topology, admin, config);
    this.#tasks = this.#newTasks();
  }

  start(): void {
    this.#loop = this.#run();
  }

  get tasks(): readonly Task[] {
    return this.#tasks.all;
  }

  get standbyTasks(): readonly string[] {
    return this.#tasks.standby.map(({ id }) => id);
  }

  /** Who it is in its group; `undefined` while it is in none. */
  get member(): GroupMetadata | undefined {
    const member = this.#consumer?.groupMetadata();
    return member?.memberId === '' ? undefined : member;
  }

  /** As queries see its tasks. */
  get queryable(): readonly QueryableTask[] {
    return this.#tasks.queryable;
  }

  get restoreRemaining(): number {
    let sum = 0;
    for (const { remaining } of this.#tasks.restorations) sum += remaining;
    return sum;
  }

  /** What stands in the way of processing, for people, where something particular does. */
  get waiting(): string | undefined {
    if (this.#trouble !== undefined) return `beginning anew after: ${this.#trouble.message}`;
    return this.#tasks.restoring
      ? `restoring state, ${this.restoreRemaining} changelog records to read`
      : undefined;
  }

  /**
   * Stops polling, waits for what is under way, commits and leaves the group, within `timeoutMs`; what is not done by
   * then is given up, uncommitted.
   *
   * @param leaveGroup see the consumer's option of this name
   */
  async stop(timeoutMs: number, leaveGroup?: boolean): Promise<void> {
    this.#stopping = true;
    this.#leaveGroup = leaveGroup;
    this.#signal.notify();
    if (this.#loop === undefined || (await within(timeoutMs * LOOP_SHARE, this.#loop))) return;
    this.#config.logger.warn(
      { timeoutMs },
      'closing without a last commit: what is under way takes too long',
    );
    // What hangs here would hang for ever: what it holds is closed after it by whoever closes the admin and the client.
    if (!(await within(timeoutMs * (1 - LOOP_SHARE), this.#breakOff(this.#loop)))) {
      this.#config.logger.warn({ timeoutMs }, 'closed, with something still under way that does not answer');
    }
  }

  /** Takes from the loop what it works with, so that it ends. Never throws. */
  async #breakOff(loop: Promise<void>): Promise<void> {
    this.#closed();
    await this.#guarantee.abandon();
    try {
      await this.#consumer?.close(this.#closeOptions);
    } catch (error) {
      this.#config.logger.debug({ err: error }, 'could not leave the group');
    }
    await loop;
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      try {
        await this.#begin();
        while (!this.#stopping) await this.#iterate();
        await this.#end();
      } catch (thrown) {
        const error = toError(thrown);
        this.#trouble = error;
        // At once: a fenced instance must not look ready while it tidies up.
        if (!this.#stopping) this.#listener.onRebalancing();
        await this.#giveUp();
        if (this.#stopping) {
          this.#config.logger.warn({ err: error }, 'closed without a last commit');
        } else if (isFatal(error) || (!this.#learned() && this.#backoff.exhausted(error))) {
          this.#config.logger.error({ err: error }, 'the stream thread has failed for good');
          this.#listener.onFatal(error);
          return;
        } else {
          await this.#pauseBeforeRestart(error);
        }
      }
    }
  }

  async #begin(): Promise<void> {
    const { client, applicationId, groupInstanceId, sessionTimeoutMs, rebalanceTimeoutMs } = this.#config;
    this.#assigned = false;
    this.#draining = false;
    this.#assignment = undefined;
    this.#probeAt = Number.POSITIVE_INFINITY;
    this.#tasks = this.#newTasks();
    await this.#tasks.lookForState();
    await this.#guarantee.init();
    this.#consumer = client.consumer({
      groupId: applicationId,
      isolation: 'read_committed',
      // Positions are given on assignment; one that is not in the log must be an error and no other position.
      offsetReset: 'none',
      // Instances of before know only the second: all share out by it until the last of them is gone.
      assignors: [this.#assignor(), rangeAssignor],
      ...(groupInstanceId === undefined ? {} : { groupInstanceId: `${groupInstanceId}-${this.#index + 1}` }),
      ...(sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs }),
      ...(rebalanceTimeoutMs === undefined ? {} : { rebalanceTimeoutMs }),
    });
    const topics = this.#topology.subTopologies.flatMap((sub) =>
      sub.sourceTopics.map((ref) => topicName(applicationId, ref)),
    );
    await this.#consumer.subscribe(topics, {
      onAssigned: (partitions) => handOver('take over', this.#onAssigned(partitions)),
      onRevoked: (partitions) => handOver('hand back', this.#onRevoked(partitions)),
      onLost: (partitions) => this.#onLost(partitions),
    });
    this.#lastCommit = performance.now();
  }

  async #iterate(): Promise<void> {
    const consumer = this.#currentConsumer();
    await this.#poll(consumer);
    if (this.#tasks.activate(consumer) > 0 || this.#assigned) this.#reportRunning();
    if (!this.#draining && !this.paused) {
      this.#process();
      this.#tasks.punctuate();
    }
    if (performance.now() >= this.#probeAt) {
      this.#probeAt = Number.POSITIVE_INFINITY;
      consumer.enforceRebalance();
    }
    if (this.#tasks.takeCommitRequest()) this.#commitRequested = true;
    this.#tasks.balance(consumer);
    this.#guarantee.pump();
    this.#watch.tick();
    this.#throwFailure();
    await this.#commitIfDue(consumer);
  }

  /** Fetches what is at hand; waits where there is nothing to do. */
  async #poll(consumer: Consumer): Promise<void> {
    const ready = !this.#draining && !this.paused && this.#tasks.running.some((task) => task.ready);
    const untilCommit = Math.max(1, this.#lastCommit + this.#config.commitIntervalMs - performance.now());
    const untilPunctuation = Math.max(1, this.#tasks.punctuationDue - Date.now());
    let wait = ready ? 0 : Math.min(POLL_MS, untilCommit, untilPunctuation);
    if (!ready && (this.#draining || this.#tasks.backlogged)) {
      await this.#signal.wait(Math.min(BLOCKED_MS, untilCommit));
      wait = 0;
    }
    // A poll that does not wait gives nobody a turn: neither answers of brokers nor heartbeats.
    if (wait === 0) await new Promise((resolve) => setImmediate(resolve));
    const began = performance.now();
    try {
      for (const batch of await consumer.poll(wait)) this.#tasks.enqueue(batch);
      this.#backoff.succeededPoll();
    } catch (error) {
      if (!(error instanceof KafkaError) || !error.retriable) throw error;
      const ms = this.#backoff.poll();
      this.#config.logger.warn({ err: error, retryMs: ms }, 'cannot fetch for now');
      await this.#signal.wait(ms);
    }
    this.metrics.polls.record(performance.now() - began);
  }

  #process(): void {
    const began = performance.now();
    const records = this.#tasks.process();
    if (records > 0) this.metrics.processing.record(performance.now() - began, records);
  }

  #throwFailure(): void {
    const failure = this.#tasks.failure ?? this.#guarantee.failure ?? this.#watch.failure;
    if (failure !== undefined) throw failure;
  }

  async #commitIfDue(consumer: Consumer): Promise<void> {
    const due = performance.now() - this.#lastCommit >= this.#config.commitIntervalMs;
    if (!due && !this.#commitRequested) return;
    // Between two generations the coordinator takes no offsets: they go with the next commit.
    if (consumer.rebalancing) return;
    // What has waited in caches may begin something asynchronous as it goes on.
    this.#tasks.flush();
    if (this.#guarantee.exactlyOnce && this.#tasks.outstanding > 0) {
      // Outputs of records whose offset cannot be committed yet must not be in the transaction: take none until all
      // that is under way is done.
      if (!this.#draining) this.#flushSinks();
      this.#draining = true;
      return;
    }
    await this.#commit(consumer);
    this.#draining = false;
    this.#commitRequested = false;
  }

  async #commit(consumer: Consumer, tasks = this.#tasks.running): Promise<void> {
    const began = performance.now();
    for (const task of tasks) task.flush();
    this.#throwFailure();
    const before = tasks.flatMap((task) => task.committable());
    const committed = await this.#guarantee.commit(tasks, consumer);
    for (const task of tasks) {
      task.commitState((topic, partition) => this.#guarantee.acknowledged.after(topic, partition));
    }
    if (committed) {
      this.metrics.commits.record(performance.now() - began);
      this.#backoff.succeeded();
      this.#purge.committed(before);
    }
    this.#lastCommit = performance.now();
  }

  async #onAssigned(partitions: readonly TopicPartition[]): Promise<void> {
    if (partitions.length > 0) this.#listener.onRebalancing();
    await this.#watch.check();
    const created = await this.#tasks.assign(partitions, this.#currentConsumer());
    const { standby = [], clients, probe = false, shutdown = false } = this.#assignment ?? {};
    await this.#tasks.assignStandbys(standby);
    this.metrics.tasksCreated += created.length;
    this.#assigned = true;
    this.#trouble = undefined;
    if (clients !== undefined) this.#listener.onInstances(clients);
    const { probingRebalanceIntervalMs, logger } = this.#config;
    this.#probeAt = probe ? performance.now() + probingRebalanceIntervalMs : Number.POSITIVE_INFINITY;
    logger.info({ added: created.map((task) => task.id), standby }, 'tasks assigned');
    if (shutdown)
      throw new StreamsError('SHUTDOWN_REQUESTED', 'an instance has asked for the end of the application');
  }

  /** What stays goes on while these go. */
  async #onRevoked(partitions: readonly TopicPartition[]): Promise<void> {
    // Where tasks are shared out, what this member has next follows at once.
    if (this.#assignment === undefined) this.#assigned = false;
    this.#listener.onRebalancing();
    try {
      const revoked = this.#tasks.of(partitions).filter((task) => this.#tasks.running.includes(task));
      await this.#drain((this.#config.rebalanceTimeoutMs ?? REBALANCE_TIMEOUT_MS) * REVOKE_DRAIN_SHARE);
      this.#throwFailure();
      if (this.#guarantee.exactlyOnce && this.#tasks.outstanding > 0) {
        throw new KafkaError('REBALANCED', 'partitions were revoked before what is under way was done');
      }
      // Exactly once that is all tasks, also those that stay: their outputs are in the same transaction.
      await this.#commit(this.#currentConsumer(), this.#guarantee.exactlyOnce ? undefined : revoked);
    } finally {
      // Their states may be those of standbys next.
      await this.#closeTasks(partitions, { retire: this.#assignment !== undefined });
    }
    this.#config.logger.info({ partitions: partitions.length }, 'partitions revoked');
  }

  async #onLost(partitions: readonly TopicPartition[]): Promise<void> {
    this.#assigned = false;
    this.#listener.onRebalancing();
    await this.#closeTasks(partitions, { retire: false });
    throw new KafkaError(
      'REBALANCED',
      'the group went on without this member: what is not committed is done again',
    );
  }

  async #closeTasks(
    partitions: readonly TopicPartition[],
    options: { readonly retire: boolean },
  ): Promise<void> {
    const closed = this.#tasks.close(partitions, options);
    this.metrics.ended(closed);
    for (const { id } of closed) await this.#guarantee.closeTask(id);
    await this.#tasks.stateClosed();
  }

  /** Waits for asynchronous calls and sinks, not for ever. */
  async #drain(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    this.#tasks.flush();
    if (this.#tasks.outstanding === 0) return;
    this.#flushSinks();
    while (this.#tasks.outstanding > 0 && performance.now() < deadline && this.#tasks.failure === undefined) {
      await this.#signal.wait(Math.min(BLOCKED_MS, deadline - performance.now()));
      this.#tasks.flush();
    }
  }

  #flushSinks(): void {
    // A write that fails is reported where it was made.
    this.#tasks.flushSinks((error) => this.#config.logger.warn({ err: error }, 'a sink could not flush'));
  }

  /** The end of a thread that is well: commits, and leaves. */
  async #end(): Promise<void> {
    const consumer = this.#currentConsumer();
    await this.#drain(this.#config.closeTimeoutMs * DRAIN_SHARE);
    this.#throwFailure();
    if (this.#guarantee.exactlyOnce && this.#tasks.outstanding > 0) {
      throw new KafkaError('REBALANCED', 'closed before what is under way was done');
    }
    await this.#joined(consumer);
    await this.#commit(consumer);
    this.#closed();
    await this.#tasks.stateClosed();
    await consumer.close(this.#closeOptions);
    await this.#guarantee.close();
    this.#consumer = undefined;
  }

  /** Waits for the end of a rebalance, not for ever: before it nothing can be committed. */
  async #joined(consumer: Consumer): Promise<void> {
    const deadline = performance.now() + this.#config.closeTimeoutMs * (LOOP_SHARE - DRAIN_SHARE);
    while (consumer.rebalancing && performance.now() < deadline) {
      for (const batch of await consumer.poll(BLOCKED_MS)) this.#tasks.enqueue(batch);
    }
  }

  get #closeOptions(): CloseOptions {
    return this.#leaveGroup === undefined ? {} : { leaveGroup: this.#leaveGroup };
  }

  /** The end of a thread that is not. Nothing of what is not committed may be left to become final. */
  async #giveUp(): Promise<void> {
    this.#assigned = false;
    this.#closed();
    await this.#tasks.stateClosed();
    await this.#guarantee.abandon();
    try {
      // One that begins anew is to have its tasks at once, and not only when its session has timed out.
      await this.#consumer?.close(this.#stopping ? this.#closeOptions : { leaveGroup: true });
    } catch (error) {
      this.#config.logger.debug({ err: error }, 'could not leave the group');
    }
    this.#consumer = undefined;
  }

  async #pauseBeforeRestart(error: Error): Promise<void> {
    const ms = this.#backoff.restart();
    this.metrics.restarts += 1;
    this.#config.logger.warn({ err: error, retryMs: ms }, 'tasks closed without a commit, beginning anew');
    const until = performance.now() + ms;
    while (!this.#stopping && performance.now() < until) await this.#signal.wait(until - performance.now());
  }

  /** Whether the output refused since the last call will fail by itself the next time. */
  #learned(): boolean {
    const before = this.#refusals;
    this.#refusals = this.#limits.learned;
    return this.#refusals > before;
  }

  #reportRunning(): void {
    if (this.#assigned && !this.#tasks.restoring) this.#listener.onRunning();
  }

  /** Ends all tasks. */
  #closed(): void {
    this.metrics.ended(this.#tasks.closeAll());
  }

  #newTasks(): TaskSet {
    const { client, applicationId, logger } = this.#config;
    const onRestored = (records: number, isStandby: boolean): void => {
      if (isStandby) this.metrics.updated += records;
      else this.metrics.restored += records;
    };
    const restoring = { client, admin: this.#admin, applicationId, logger, onRestored };
    return new TaskSet(
      this.#topology,
      this.#config,
      this.#guarantee,
      restoring,
      () => this.#signal.notify(),
      this.#globalStores,
    );
  }

  #assignor(): StreamsAssignor {
    return new StreamsAssignor({
      ...this.#config,
      topology: this.#topology,
      processId: this.#config.instanceId,
      admin: this.#admin,
      thread: {
        activeTasks: () => this.#tasks.running.map(({ id }) => id),
        offsetSums: () => this.#tasks.offsetSums,
        shutdownRequested: false,
        onAssigned: (assigned) => {
          this.#assignment = assigned;
        },
      },
    });
  }

  #currentConsumer(): Consumer {
    if (this.#consumer === undefined) throw new StreamsError('ILLEGAL_STATE', 'the thread has no consumer');
    return this.#consumer;
  }
}

/** Of the time to close, how much may be spent waiting for what is under way: after it comes the commit. */
const DRAIN_SHARE = 0.7;
/** Of the time to close, how much the loop has for its end, the commit too: the rest is for breaking it off. */
const LOOP_SHARE = 0.9;

/**
 * A hand-over that failed half-way can only be begun anew, whatever failed: its error must not look like a fetch to be
 * tried again, after which tasks would run without their state.
 */
async function handOver(what: string, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (cause) {
    if (!(cause instanceof KafkaError) || !cause.retriable) throw cause;
    throw new KafkaError('REBALANCED', `could not ${what} partitions: ${cause.message}`, { cause });
  }
}
