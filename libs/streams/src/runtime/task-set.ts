import type { Consumer, RecordBatch, TopicPartition } from '@mesh/kafka';
import { StreamsError } from '../errors.js';
import { CacheBudget } from '../state/pending-changes.js';
import type { StateStore } from '../state/ports.js';
import { TaskState } from '../state/task-state.js';
import { taskId, topicName, type SubTopology, type Topology } from '../topology/topology.js';
import type { RuntimeConfig } from './config.js';
import { deadLetterTopic } from './dead-letters.js';
import type { Guarantee } from './output/guarantee.js';
import { positionsOf } from './positions.js';
import type { QueryableTask } from './queries/answer.js';
import { Restoration, type RestorationOptions } from './restoration.js';
import { StandbyTasks } from './standby-tasks.js';
import { Task } from './task.js';

/** Longest time that records are processed before the event loop is given a turn. Milliseconds. */
const SLICE_MS = 50;
/** Records between two looks at the clock. */
const SLICE_RECORDS = 500;

/** What a member of the group has to do: the tasks of its partitions, from assignment to revocation. */
export class TaskSet {
  readonly #topology: Topology;
  readonly #config: RuntimeConfig;
  readonly #guarantee: Guarantee;
  readonly #restoring: Omit<RestorationOptions, 'onWake'>;
  readonly #onWake: () => void;
  readonly #globalStores: ReadonlyMap<string, StateStore>;
  readonly #budget: CacheBudget;
  readonly #standbys: StandbyTasks;
  /** State of tasks that were active until now, and may be standbys from now on. */
  readonly #retired = new Map<string, TaskState>();
  /** How far state on disk is of tasks that this thread has not open. */
  #stored: Readonly<Record<string, number>> = {};
  /** State of ended tasks that is still being closed. */
  readonly #closing = new Set<Promise<void>>();
  readonly #tasks = new Map<string, Task>();
  /** Tasks whose state is not there yet, with what fetches it once that has begun. */
  readonly #starting = new Map<Task, Restoration | undefined>();
  readonly #paused = new Set<string>();
  #byPartition = new Map<string, Task>();

  constructor(
    topology: Topology,
    config: RuntimeConfig,
    guarantee: Guarantee,
    restoring: Omit<RestorationOptions, 'onWake'>,
    onWake: () => void,
    globalStores: ReadonlyMap<string, StateStore> = new Map(),
  ) {
    this.#topology = topology;
    this.#config = config;
    this.#guarantee = guarantee;
    this.#restoring = restoring;
    this.#onWake = onWake;
    this.#globalStores = globalStores;
    // Threads share it in equal parts, as in Kafka Streams.
    this.#budget = new CacheBudget(config.cacheMaxBytes / config.numStreamThreads);
    this.#standbys = new StandbyTasks({
      open: (id) => this.#openState(id),
      restoring: { ...restoring, onWake },
    });
  }

  get all(): readonly Task[] {
    return [...this.#tasks.values()];
  }

  /** Those that process: their state is there. */
  get running(): readonly Task[] {
    return this.all.filter((task) => !this.#starting.has(task));
  }

  /** As queries see the tasks. */
  get queryable(): readonly QueryableTask[] {
    const tasks = this.all.map((task): QueryableTask => {
      const { partition, stores, position } = task;
      if (!this.#starting.has(task)) return { partition, stores, position, role: 'active' };
      const records = this.#starting.get(task)?.remainingOf(task.state);
      const behind = records === undefined ? {} : { records };
      return { partition, stores, position: {}, role: 'restoring', behind };
    });
    const standbys = this.#standbys.states.map((state): QueryableTask => {
      const { partition, stores } = state;
      const records = this.#standbys.remainingOf(state);
      const ms = this.#standbys.ageOf(state);
      const behind = { ...(records === undefined ? {} : { records }), ...(ms === undefined ? {} : { ms }) };
      return { partition, stores, position: {}, role: 'standby', behind };
    });
    return [...tasks, ...standbys];
  }

  get standby(): readonly TaskState[] {
    return this.#standbys.states;
  }

  /** How far the stores of each task are that is here, or on disk: sums of the next offsets of their changelogs. */
  get offsetSums(): Readonly<Record<string, number>> {
    return { ...this.#stored, ...sumsOf([...this.all.map((task) => task.state), ...this.#standbys.states]) };
  }

  /** Looks what is on disk of tasks that may come. */
  async lookForState(): Promise<void> {
    const { stateStores, applicationId } = this.#config;
    const found = (await stateStores?.list(applicationId)) ?? [];
    this.#stored = Object.fromEntries(
      found.map(({ taskId: id, checkpoint }) => [
        id,
        Object.values(checkpoint.stores).reduce((sum, { offset }) => sum + offset, 0),
      ]),
    );
  }

  /** Keeps the state of these tasks up to date, and of no others; to be called after {@link assign}. */
  async assignStandbys(taskIds: readonly string[]): Promise<void> {
    for (const state of await this.#standbys.assign(taskIds, this.#retired)) this.#closeState(state);
    for (const state of this.#retired.values()) this.#closeState(state);
    this.#retired.clear();
  }

  get restoring(): boolean {
    return this.#starting.size > 0;
  }

  get restorations(): ReadonlySet<Restoration> {
    return new Set([...this.#starting.values()].filter((restoration) => restoration !== undefined));
  }

  /** What stops the thread, once something has. */
  get failure(): Error | undefined {
    for (const { failure } of this.#tasks.values()) if (failure !== undefined) return failure;
    for (const { failure } of this.restorations) if (failure !== undefined) return failure;
    return this.#standbys.failure;
  }

  /** Makes the tasks of new partitions; they process once {@link activate} finds their state restored. */
  async assign(partitions: readonly TopicPartition[], consumer: Consumer): Promise<readonly Task[]> {
    const created: Task[] = [];
    for (const subTopology of this.#topology.subTopologies) {
      for (const [partition, sources] of this.#sourcesByPartition(subTopology, partitions)) {
        created.push(await this.#create(subTopology, partition, sources, consumer));
      }
    }
    // Only now that the last owners of the tasks are fenced; and before the ends of the changelogs are looked up,
    // because this waits for transactions not decided.
    const { applicationId, offsetReset } = this.#config;
    const { admin } = this.#restoring;
    const positions = await positionsOf(consumer, partitions, { applicationId, admin, offsetReset });
    for (const position of positions) consumer.seek(position);
    for (const task of created) task.startAt(positions);
    const stateful = created.filter((task) => task.stores.size > 0);
    if (stateful.length > 0) {
      const restoration = new Restoration(
        stateful.map(({ state }) => state),
        { ...this.#restoring, onWake: this.#onWake },
      );
      for (const task of stateful) {
        this.#starting.set(task, restoration);
        consumer.pause(task.sources);
      }
      restoration.start();
    }
    return created;
  }

  /** Lets tasks process whose state is there. @returns how many */
  activate(consumer: Consumer): number {
    let activated = 0;
    for (const [task, restoration] of this.#starting) {
      if (restoration === undefined || restoration.failure !== undefined || !restoration.isDone(task.state))
        continue;
      this.#starting.delete(task);
      consumer.resume(task.sources);
      activated += 1;
    }
    return activated;
  }

  enqueue(batch: RecordBatch): void {
    const task = this.#byPartition.get(key(batch));
    if (task === undefined) {
      throw new StreamsError(
        'ILLEGAL_STATE',
        `no task reads ${key(batch)}: it was not assigned to this member`,
      );
    }
    task.enqueue(batch);
  }

  /** Processes for a while. @returns records processed */
  process(): number {
    const end = performance.now() + SLICE_MS;
    const tasks = this.running;
    let total = 0;
    for (let progress = true; progress;) {
      progress = false;
      for (const task of tasks) {
        if (this.#guarantee.pendingBytes > this.#config.maxPendingBytes) return total;
        const done = task.process(SLICE_RECORDS);
        total += done;
        if (done > 0) {
          progress = true;
          task.measureLatency(Date.now());
        }
        if (this.#budget.isOver) task.flush();
        if (performance.now() >= end) return total;
      }
    }
    return total;
  }

  /** Makes the wall-clock punctuations that are due. */
  punctuate(): void {
    for (const task of this.running) task.punctuate();
  }

  /** When {@link punctuate} has something to do next, or infinity. Milliseconds since the epoch. */
  get punctuationDue(): number {
    let due = Number.POSITIVE_INFINITY;
    for (const task of this.running) due = Math.min(due, task.punctuationDue);
    return due;
  }

  /** Whether a processor has asked for a commit since the last call. */
  takeCommitRequest(): boolean {
    let requested = false;
    for (const task of this.running) if (task.takeCommitRequest()) requested = true;
    return requested;
  }

  /** Pauses partitions with records not taken yet, so that no more come, and resumes those without. */
  balance(consumer: Consumer): void {
    for (const task of this.running) {
      const backlog = task.backlog;
      for (const source of task.sources) {
        const id = key(source);
        const full = backlog.some(({ topic }) => topic === source.topic);
        if (full === this.#paused.has(id)) continue;
        if (full) {
          this.#paused.add(id);
          consumer.pause([source]);
        } else {
          this.#paused.delete(id);
          consumer.resume([source]);
        }
      }
    }
  }

  get backlogged(): boolean {
    return this.#paused.size > 0;
  }

  /** Lets all changes go on that wait in caches. */
  flush(): void {
    for (const task of this.running) task.flush();
  }

  get outstanding(): number {
    let sum = 0;
    for (const { outstanding } of this.#tasks.values()) sum += outstanding;
    return sum;
  }

  /** Asks the sinks to write now what they hold. */
  flushSinks(onError: (error: unknown) => void): void {
    const sinks = new Set(this.running.flatMap((task) => task.sinks));
    for (const sink of sinks) sink.flush().catch(onError);
  }

  /** The tasks that read these partitions. */
  of(partitions: readonly TopicPartition[]): readonly Task[] {
    const tasks = new Set(partitions.map((partition) => this.#byPartition.get(key(partition))));
    return [...tasks].filter((task) => task !== undefined);
  }

  /** Ends all tasks, and standbys too. @returns the tasks */
  closeAll(): readonly Task[] {
    const tasks = this.close(this.all.flatMap((task) => task.sources));
    for (const state of [...this.#standbys.end(), ...this.#retired.values()]) this.#closeState(state);
    this.#retired.clear();
    return tasks;
  }

  /**
   * Ends the tasks of these partitions. @returns the tasks
   * @param retire keeps the state of those that had it complete, until {@link assignStandbys} says what of it is wanted
   */
  close(partitions: readonly TopicPartition[], { retire = false } = {}): readonly Task[] {
    const tasks = this.of(partitions);
    const before = this.restorations;
    for (const task of tasks) {
      task.close();
      if (retire && !this.#starting.has(task)) this.#retired.set(task.id, task.state);
      else this.#closeState(task.state);
      this.#starting.delete(task);
      this.#tasks.delete(task.id);
      for (const source of task.sources) {
        this.#byPartition.delete(key(source));
        this.#paused.delete(key(source));
      }
    }
    const needed = this.restorations;
    for (const restoration of before) if (!needed.has(restoration)) restoration.stop();
    return tasks;
  }

  /** Waits until the state of the tasks that have ended is closed too, and may be opened by others. Never throws. */
  async stateClosed(): Promise<void> {
    await Promise.all(this.#closing);
  }

  #closeState(state: TaskState): void {
    if (this.#config.stateStores !== undefined) this.#stored = { ...this.#stored, ...sumsOf([state]) };
    const closing = state
      .close()
      .catch((error: unknown) =>
        this.#restoring.logger.warn({ err: error, task: state.id }, 'could not close the state of a task'),
      )
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  async #create(
    subTopology: SubTopology,
    partition: number,
    sources: readonly TopicPartition[],
    consumer: Consumer,
  ): Promise<Task> {
    if (sources.length !== subTopology.sourceTopics.length) {
      throw new StreamsError(
        'NOT_COPARTITIONED',
        `partition ${partition} of ${sources.map(({ topic }) => topic).join(', ')} was assigned without that of the ` +
          `other source topics of sub-topology ${subTopology.id}: the driver's assignor must keep them together`,
      );
    }
    const { applicationId } = this.#config;
    const id = taskId(subTopology, partition);
    const collector = await this.#guarantee.open(id);
    // Only now that the last owner is fenced: what it still writes is nothing that the state must be behind.
    const state = this.#standbys.take(id) ?? (await this.#openState(id));
    const task = new Task({
      applicationId,
      state,
      sources,
      collector,
      exactlyOnce: this.#guarantee.exactlyOnce,
      onFailure: this.#config.onFailure,
      deadLetterTopic,
      onWake: this.#onWake,
      idling: {
        maxTaskIdleMs: this.#config.maxTaskIdleMs,
        currentLag: (topic) => consumer.currentLag({ topic, partition }),
      },
      globalStores: this.#globalStores,
      onWarning: (message) => this.#config.logger.warn({ taskId: id }, message),
      onCloseFailure: (error) =>
        this.#config.logger.warn({ err: error, taskId: id }, 'a processor could not be closed'),
    });
    this.#tasks.set(task.id, task);
    // At once: whoever looks while the others are made must not take it for one that has its state.
    if (task.stores.size > 0) this.#starting.set(task, undefined);
    for (const source of sources) this.#byPartition.set(key(source), task);
    return task;
  }

  async #openState(id: string): Promise<TaskState> {
    const { applicationId, stateStores } = this.#config;
    const [sub = 0, partition = 0] = id.split('_').map(Number);
    // Not by its place: ids have gaps where there are global tables.
    const subTopology = this.#topology.subTopologies.find((candidate) => candidate.id === sub);
    if (subTopology === undefined)
      throw new StreamsError('ILLEGAL_STATE', `task ${id} was assigned, of which the topology knows nothing`);
    const retired = this.#retired.get(id);
    this.#retired.delete(id);
    return (
      retired ?? TaskState.open({ applicationId, subTopology, partition, budget: this.#budget }, stateStores)
    );
  }

  #sourcesByPartition(
    sub: SubTopology,
    assigned: readonly TopicPartition[],
  ): ReadonlyMap<number, readonly TopicPartition[]> {
    const topics = new Set(sub.sourceTopics.map((ref) => topicName(this.#config.applicationId, ref)));
    const result = new Map<number, TopicPartition[]>();
    for (const { topic, partition } of assigned) {
      if (!topics.has(topic)) continue;
      const sources = result.get(partition);
      if (sources === undefined) result.set(partition, [{ topic, partition }]);
      else sources.push({ topic, partition });
    }
    return result;
  }
}

function sumsOf(states: readonly TaskState[]): Record<string, number> {
  return Object.fromEntries(
    states
      .filter(({ stores }) => stores.size > 0)
      .map((state) => {
        const positions = [...state.stores.keys()].map((store) => state.position(store) ?? 0);
        return [state.id, positions.reduce((sum, position) => sum + position, 0)] as const;
      }),
  );
}

function key({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}
