import type { ConsumedRecord } from '@mesh/kafka';
import { StreamsError } from '../errors.js';
import { deadLetterTopic } from '../runtime/dead-letters.js';
import type { FailureHandler } from '../runtime/failures.js';
import { TaskCounters, type JoinCounters } from '../runtime/metrics.js';
import { facadeOf } from '../processor/store-facades.js';
import type {
  KeyValueStore,
  SessionStore,
  VersionedKeyValueStore,
  WindowStore,
} from '../processor/stores.js';
import { GlobalStores } from '../runtime/global-stores.js';
import { answerQuery, type QueryableTask } from '../runtime/queries/answer.js';
import type { StateQueryRequest, StateQueryResult } from '../runtime/queries/query.js';
import { queryableStore } from '../runtime/queries/queryable-store.js';
import type { QueryableStoreType } from '../runtime/queries/stores.js';
import { Task } from '../runtime/task.js';
import type { Deserializer, Serializer } from '../serde.js';
import type { ReadOnlyKeyValueStore, ReadOnlyWindowStore, StateStore } from '../state/ports.js';
import { CacheBudget } from '../state/pending-changes.js';
import type { StateStoreProvider } from '../state/provider.js';
import { TaskState, type TaskStateOptions } from '../state/task-state.js';
import type { Node, StoreSpec, StoreType } from '../topology/nodes.js';
import { changelogTopic, topicName, type Topology } from '../topology/topology.js';
import { RecordOrder } from './record-order.js';
import { TestBroker } from './test-broker.js';
import { TestInputTopic, TestOutputTopic, type InputTopicOptions } from './test-topics.js';

export interface TopologyTestDriverOptions {
  readonly applicationId?: string;
  /** The wall clock at the beginning: the time of records piped in without one. Milliseconds, default 0. */
  readonly startTimeMs?: number;
  /** What becomes of records that fail; default: the dead letters. */
  readonly onFailure?: FailureHandler;
  /** As of `KafkaStreams`: what waits in caches goes on after each record. Bytes; default 10 MiB, 0 for none. */
  readonly cacheMaxBytes?: number;
}

export interface PersistentTestOptions extends TopologyTestDriverOptions {
  readonly stateStores: StateStoreProvider;
}

/**
 * Runs a topology in this process: the tasks that production runs, one for each sub-topology, over a broker in memory
 * with one partition a topic. Each record is processed to its end, through repartition topics too, and committed,
 * before `pipeInput` returns; only what an operator does asynchronously needs {@link settle}.
 */
export class TopologyTestDriver {
  readonly #topology: Topology;
  readonly #applicationId: string;
  readonly #onFailure: FailureHandler;
  readonly #broker = new TestBroker();
  readonly #wakeUps: (() => void)[] = [];
  readonly #budget: CacheBudget;
  readonly #stateStores: StateStoreProvider | undefined;
  #now: number;
  readonly #warnings: string[] = [];
  #closeFailure: Error | undefined;
  #globals: GlobalStores;
  #tasks: readonly Task[];
  readonly #order = new RecordOrder();
  /** Topics with a record that something asynchronous stands in the way of. */
  readonly #stalled: string[] = [];
  #restored = 0;

  /** With state in memory; for state on disk see {@link open}. */
  constructor(topology: Topology, options: TopologyTestDriverOptions = {}) {
    this.#budget = new CacheBudget(options.cacheMaxBytes ?? 10 * 1024 * 1024);
    this.#topology = topology;
    this.#applicationId = options.applicationId ?? 'test-driver';
    this.#onFailure = options.onFailure ?? (() => 'dead-letter');
    this.#now = options.startTimeMs ?? 0;
    this.#globals = new GlobalStores(topology, this.#onFailure);
    this.#stateStores = 'stateStores' in options ? (options as PersistentTestOptions).stateStores : undefined;
    this.#tasks = this.#stateStores === undefined ? this.#createTasks(this.#inMemory()) : [];
    this.#run();
  }

  /** With state on disk, as the provider keeps it: what it holds already is restored. */
  static async open(topology: Topology, options: PersistentTestOptions): Promise<TopologyTestDriver> {
    const driver = new TopologyTestDriver(topology, options);
    await driver.reopen();
    return driver;
  }

  createInputTopic<K, V>(
    topic: string,
    serdes: { readonly key: Serializer<K>; readonly value: Serializer<V> },
    options: InputTopicOptions = {},
  ): TestInputTopic<K, V> {
    const isRead = this.#tasks.some((task) => task.sources.some((source) => source.topic === topic));
    if (!isRead && this.#globals.of(topic) === undefined) {
      throw new StreamsError('ILLEGAL_STATE', `the topology does not read ${topic}`);
    }
    const clock = (): number => this.#now;
    return new TestInputTopic(topic, serdes, options, clock, (record) => {
      this.#broker.pipe(topic, record);
      this.#run();
    });
  }

  createOutputTopic<K, V>(
    topic: string,
    serdes: { readonly key: Deserializer<K>; readonly value: Deserializer<V> },
  ): TestOutputTopic<K, V> {
    return new TestOutputTopic(topic, serdes, (from) => this.#broker.written(topic, from));
  }

  /** The topics that the topology has written to, its own included. */
  get producedTopicNames(): readonly string[] {
    return this.#broker.writtenTopics;
  }

  /** A store as its processors have it, or that of a table; to be read from, and written to where a test begins with state. */
  getKeyValueStore<K, V>(name: string): KeyValueStore<K, V> {
    return this.#facade(name, 'key-value') as KeyValueStore<K, V>;
  }

  getWindowStore<K, V>(name: string): WindowStore<K, V> {
    return this.#facade(name, 'window') as WindowStore<K, V>;
  }

  getSessionStore<K, V>(name: string): SessionStore<K, V> {
    return this.#facade(name, 'session') as SessionStore<K, V>;
  }

  getVersionedKeyValueStore<K, V>(name: string): VersionedKeyValueStore<K, V> {
    return this.#facade(name, 'versioned') as VersionedKeyValueStore<K, V>;
  }

  /** The records of any topic as bytes: dead letters, changelogs, repartition topics. */
  rawRecords(topic: string): readonly ConsumedRecord[] {
    return this.#broker.read(topic, 0);
  }

  /** The offset of a source topic that a restart would go on from; −1 before the first commit. */
  committedOffset(topic: string): number {
    return this.#broker.committedOffset(topic);
  }

  keyValueStore<V = unknown>(name: string): ReadOnlyKeyValueStore<V> {
    const store: unknown = this.#store(name, 'key-value');
    return store as ReadOnlyKeyValueStore<V>;
  }

  windowStore<V = unknown>(name: string): ReadOnlyWindowStore<V> {
    const store: unknown = this.#store(name, 'window');
    return store as ReadOnlyWindowStore<V>;
  }

  /**
   * Opens a store as `KafkaStreams.store` does.
   * @throws StateQueryError `STORE_NOT_FOUND`
   */
  store<S>(name: string, type: QueryableStoreType<S>): S {
    const { topic } = queryableStore(this.#topology, this.#applicationId, name);
    return type.open({ executor: this, store: name, topic, options: {} });
  }

  /** Answers a query as `KafkaStreams.query` does. */
  query(request: StateQueryRequest): Promise<StateQueryResult> {
    const tasks = this.#tasks.map(({ partition, stores, position }): QueryableTask => {
      return { partition, stores, position, role: 'active' };
    });
    const all = [...tasks, ...this.#globals.queryable];
    return Promise.resolve().then(() => answerQuery(this.#topology, this.#applicationId, all, request));
  }

  /** The sum over all tasks of records dropped: late, or without a key where one is needed. */
  get droppedRecords(): number {
    return this.#tasks.reduce((sum, task) => sum + task.counters.dropped, 0);
  }

  /** By join operator: how many records found a partner, and how many none when they came. */
  get joins(): ReadonlyMap<string, Readonly<JoinCounters>> {
    const counters = new TaskCounters();
    for (const task of this.#tasks) counters.add(task.counters);
    return counters.joins;
  }

  /** The sum over all tasks of records left out as repetitions. */
  get repeatedRecords(): number {
    return this.#tasks.reduce((sum, task) => sum + task.counters.repeated, 0);
  }

  /** What tasks warned of: records left out on purpose. */
  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /** Moves the driver's clock on, and makes the punctuations that are due by it: each once, as one long wait would. */
  advanceWallClockTime(ms: number): void {
    this.#now += ms;
    for (const task of this.#tasks) task.punctuate();
    this.#run();
  }

  /** Waits until nothing is under way any more: asynchronous calls, writes of sinks, `prepare` of serdes. */
  async settle(): Promise<void> {
    while (this.#tasks.some((task) => task.waiting)) {
      await new Promise<void>((resolve) => this.#wakeUps.push(resolve));
      this.#run();
    }
  }

  /** Ends the tasks as a crash would, and goes on with new ones: state from changelogs, from the committed offsets. */
  restart(): void {
    if (this.#stateStores !== undefined)
      throw new StreamsError('ILLEGAL_STATE', 'state on disk takes its time to be opened: await reopen()');
    void this.#endTasks();
    this.#begin(this.#inMemory());
  }

  /** As {@link restart}, for state on disk: of the changelogs, only what is not there is restored. */
  async reopen(): Promise<void> {
    await this.#endTasks();
    const states: TaskState[] = [];
    for (const options of this.#stateOptions()) states.push(await TaskState.open(options, this.#stateStores));
    this.#begin(states);
  }

  /** Records of changelogs that were read to restore state, since the driver was made. */
  get restoredRecords(): number {
    return this.#restored;
  }

  /** @throws what a processor threw as it was closed */
  close(): void {
    void this.#endTasks();
    if (this.#closeFailure !== undefined) throw this.#closeFailure;
  }

  /** As {@link close}; state on disk may be opened by others after it. */
  async closed(): Promise<void> {
    await this.#endTasks();
  }

  async #endTasks(): Promise<void> {
    for (const task of this.#tasks) task.close();
    await Promise.all(this.#tasks.map((task) => task.state.close()));
  }

  #begin(states: readonly TaskState[]): void {
    this.#broker.rewind();
    this.#order.clear();
    this.#stalled.length = 0;
    this.#globals = new GlobalStores(this.#topology, this.#onFailure);
    this.#tasks = this.#createTasks(states);
    for (const state of states) {
      for (const { store, topic } of state.changelogs) {
        const records = this.#broker.read(topic, state.position(store.name) ?? 0);
        for (const { key, value, timestamp } of records)
          if (key !== null) store.restore(key, value, timestamp);
        this.#restored += records.length;
        state.restored(store.name, this.#broker.endOffset(topic));
      }
    }
    this.#run();
  }

  #stateOptions(): readonly TaskStateOptions[] {
    return this.#topology.subTopologies.map((subTopology) => ({
      applicationId: this.#applicationId,
      subTopology,
      partition: 0,
      budget: this.#budget,
    }));
  }

  #inMemory(): readonly TaskState[] {
    return this.#stateOptions().map((options) => TaskState.inMemory(options));
  }

  #createTasks(states: readonly TaskState[]): readonly Task[] {
    return states.map(
      (state) =>
        new Task({
          applicationId: this.#applicationId,
          state,
          sources: state.subTopology.sourceTopics.map((ref) => ({
            topic: topicName(this.#applicationId, ref),
            partition: 0,
          })),
          collector: {
            send: (topic, key, value, headers, timestamp) =>
              this.#broker.append(topic, { key, value, headers, timestamp }),
            partitions: { known: () => 1, ask: () => Promise.resolve(1) },
          },
          onFailure: this.#onFailure,
          deadLetterTopic,
          onWake: () => {
            for (const wake of this.#wakeUps.splice(0)) wake();
          },
          globalStores: this.#globals.byName,
          now: () => this.#now,
          onWarning: (message) => this.#warnings.push(message),
          onCloseFailure: (error) => {
            this.#closeFailure ??= error;
          },
        }),
    );
  }

  /** Processes what there is, record by record: after each, what waits in caches goes on, as with a commit. */
  #run(): void {
    for (const task of this.#tasks) {
      task.begin();
      // What came of something asynchronous waits too.
      this.#commit(task);
    }
    for (const topic of this.#stalled.splice(0)) this.#offer(topic);
    for (;;) {
      this.#receive();
      const topic = this.#order.take();
      const task = topic === undefined ? undefined : this.#reader(topic);
      if (topic === undefined || task === undefined) return;
      if (task.process(1, topic) > 0) this.#offer(topic);
      else this.#stalled.push(topic);
      this.#commit(task);
    }
  }

  /** Puts a topic that a task reads in its place among those with records. */
  #offer(topic: string): void {
    const task = this.#reader(topic);
    const time = task?.headTime(topic);
    if (time !== undefined) this.#order.offer(topic, time);
    else if (task?.backlog.some((queue) => queue.topic === topic) === true) this.#stalled.push(topic);
    else if (task !== undefined) this.#commit(task);
  }

  #reader(of: string): Task | undefined {
    return this.#tasks.find(({ sources }) => sources.some(({ topic }) => topic === of));
  }

  #commit(task: Task): void {
    task.flush();
    if (task.failure !== undefined) throw task.failure;
    const offsets = task.committable();
    this.#broker.commit(offsets);
    task.committed(offsets);
    task.commitState((topic) => this.#broker.endOffset(topic));
  }

  /** Tells the tasks and global tables of records that were written. */
  #receive(): void {
    for (const { topic, record } of this.#broker.arrivals()) {
      if (this.#globals.of(topic) !== undefined) this.#globals.update(topic, 0, record);
      const task = this.#reader(topic);
      if (task === undefined) continue;
      const waiting = task.backlog.some((queue) => queue.topic === topic);
      const highWatermark = this.#broker.endOffset(topic);
      task.enqueue({ topic, partition: 0, records: [record], nextOffset: record.offset + 1, highWatermark });
      if (!waiting) this.#offer(topic);
    }
  }

  #facade(name: string, type: StoreType): object {
    const global = this.#globals.all.find(({ table }) => table.store.name === name);
    const spec = global?.table.store ?? this.#spec(name, type);
    const topic = global?.table.topic ?? changelogTopic(this.#applicationId, spec);
    const store = global?.store ?? this.#store(name, type);
    const facade = facadeOf(store, { spec, topic, time: () => this.#now });
    if (facade === undefined || spec.type !== type)
      throw new StreamsError('ILLEGAL_STATE', `store ${name} is of type ${spec.type}, not ${type}`);
    return facade;
  }

  #spec(name: string, type: StoreType): StoreSpec {
    for (const { stores, nodes } of this.#topology.subTopologies) {
      const spec = stores.find((candidate) => candidate.name === name);
      if (spec === undefined) continue;
      const windowSizeMs = spec.windowSizeMs ?? windowSizeOf(nodes, spec);
      return windowSizeMs === undefined ? spec : { ...spec, windowSizeMs };
    }
    throw new StreamsError('ILLEGAL_STATE', `the topology keeps no ${type} store ${name}`);
  }

  #store(name: string, type: StoreType): StateStore {
    for (const [index, sub] of this.#topology.subTopologies.entries()) {
      const store = sub.stores.find((spec) => spec.name === name && spec.type === type);
      const found = store && this.#tasks[index]?.stores.get(name);
      if (found !== undefined) return found;
    }
    throw new StreamsError('ILLEGAL_STATE', `the topology keeps no ${type} store ${name}`);
  }
}

function windowSizeOf(nodes: readonly Node[], spec: StoreSpec): number | undefined {
  const aggregation = nodes.find((node) => node.kind === 'windowAggregate' && node.store === spec);
  return aggregation?.kind === 'windowAggregate' ? aggregation.windows.sizeMs : undefined;
}
