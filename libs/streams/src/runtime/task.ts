import type { PartitionOffset, RecordBatch, TopicPartition } from '@mesh/kafka';
import { StreamsError } from '../errors.js';
import type { Sink } from '../sink.js';
import type { StateStore } from '../state/ports.js';
import type { TaskState } from '../state/task-state.js';
import { topicName, type SubTopology } from '../topology/topology.js';
import type { RecordCollector } from './collector.js';
import { compile } from './compile.js';
import { sendDeadLetter } from './dead-letters.js';
import { OperatorFailure, toError, type FailureHandler } from './failures.js';
import { Idling, type IdlingOptions } from './idling.js';
import { TaskCounters, Timing } from './metrics.js';
import type { Hold, OffsetTracker } from './offsets.js';
import type { FailedSource, OperatorEnvironment } from './operators/operator.js';
import { PartitionQueue } from './partition-queue.js';
import { Preparing } from './preparing.js';
import type { Position } from './queries/position.js';
import { Life } from './life.js';
import type { Punctuations } from './punctuations.js';
import { NO_RECORD, RecordContext } from './record-context.js';
import { requireRecordTime } from './timestamps.js';
import { Work } from './work.js';

export interface TaskOptions {
  readonly applicationId: string;
  /** The task's stores; closed by whoever opened it, after the task. */
  readonly state: TaskState;
  /** The source partitions that exist for this task, of the sub-topology's source topics. */
  readonly sources: readonly TopicPartition[];
  readonly collector: RecordCollector;
  /** Outputs, state and offsets become final together: no record is processed again that left anything. Default false. */
  readonly exactlyOnce?: boolean;
  readonly onFailure: FailureHandler;
  readonly deadLetterTopic: (topic: string) => string;
  /** Called when something ended that the task waited for: it may be able to go on. */
  readonly onWake: () => void;
  /** Waits for source partitions without records at hand, as far as they say. Default: takes what there is. */
  readonly idling?: Pick<IdlingOptions, 'maxTaskIdleMs' | 'currentLag'>;
  /** Of the instance's global tables, by name. */
  readonly globalStores?: ReadonlyMap<string, StateStore>;
  /** The clock, milliseconds since the epoch; default: the machine's. */
  readonly now?: () => number;
  /** Word for people, of records left out on purpose. Default: a warning of the process. */
  readonly onWarning?: (message: string) => void;
  /** A processor could not be closed. Default: a warning of the process. */
  readonly onCloseFailure?: (error: Error) => void;
}

/**
 * A sub-topology at work on one partition: takes fetched batches, runs their records through the compiled operators,
 * and knows how far each source partition is finished. It reads and writes nothing by itself, and waits for nothing:
 * its owner (a stream thread, or the test driver) feeds it and takes its outputs.
 */
export class Task {
  readonly id: string;
  readonly subTopology: SubTopology;
  readonly partition: number;
  readonly counters = new TaskCounters();
  /** How old records are once they are processed: of the last one of each round. */
  readonly latency = new Timing();
  readonly state: TaskState;
  readonly stores: ReadonlyMap<string, StateStore>;
  readonly sources: readonly TopicPartition[];
  readonly #options: TaskOptions;
  readonly #context = new RecordContext();
  readonly #queues: readonly PartitionQueue[];
  /** Of these, those whose sources' extractors say by which time a record is chosen. */
  readonly #stamping: readonly PartitionQueue[];
  readonly #work = new Work(this);
  readonly #preparing = new Preparing(this.#work, () => this.wake());
  readonly #life: Life;
  readonly #idling: Idling | undefined;
  #failure: Error | undefined;

  constructor(options: TaskOptions) {
    const { applicationId, state, collector } = options;
    const { subTopology, partition } = state;
    this.id = state.id;
    this.state = state;
    this.subTopology = subTopology;
    this.partition = partition;
    this.sources = options.sources;
    this.#options = options;
    this.#life = new Life(applicationId, this.id, options.now ?? Date.now, options.onWarning);
    this.stores = state.stores;
    this.#life.latest = Math.max(this.#life.latest, state.streamTime);
    state.attach({
      context: this.#context,
      collector,
      failed: (node, error) => this.#changeFailed(node, error),
    });
    const compiled = compile(subTopology, this.#environment());
    this.#queues = subTopology.sources.flatMap((source) => {
      const names = source.topics.map((topic) => topicName(applicationId, topic));
      const process = compiled.get(source);
      return process === undefined
        ? []
        : options.sources
            .filter(({ topic }) => names.includes(topic))
            .map(({ topic }) => new PartitionQueue(process, topic, partition));
    });
    this.#stamping = this.#queues.filter(({ source }) => source.stamp !== undefined);
    // One that reads one partition has nothing to wait for.
    this.#idling =
      options.idling === undefined || this.#queues.length < 2
        ? undefined
        : new Idling({ ...options.idling, now: options.now ?? Date.now });
  }

  /** Hands over what was fetched. */
  enqueue(batch: RecordBatch): void {
    const queue = this.#queueOf(batch.topic);
    if (queue === undefined || batch.partition !== this.partition) {
      throw new StreamsError('ILLEGAL_STATE', `task ${this.id} was given ${batch.topic}-${batch.partition}`);
    }
    queue.add(batch);
  }

  /**
   * Processes records while there are any, nothing stands in the way, and `limit` allows.
   *
   * @param topic of this source topic only, where its owner has chosen it
   * @returns how many it is done with: processed, failed or left out
   */
  process(limit: number, topic?: string): number {
    this.begin();
    this.#idling?.look();
    const { onStreamTime } = this.#life;
    let done = 0;
    while (done < limit && !this.#work.blocked && this.#failure === undefined) {
      for (const queue of this.#stamping) done += this.#stamp(queue, limit - done);
      if (done >= limit || this.#failure !== undefined) break;
      const queue = topic === undefined ? this.#choose() : this.#queueOf(topic);
      if (queue === undefined || queue.preparing || queue.empty) break;
      if (!this.#take(queue)) continue;
      done += 1;
      if (onStreamTime.due <= this.#life.latest) this.#punctuate(onStreamTime, this.#life.latest);
    }
    this.counters.processed += done;
    return done;
  }

  /** Begins the processors, once: the state is there. */
  begin(): void {
    if (this.#life.begun) return;
    this.#context.punctuate(Math.max(0, this.#life.latest));
    try {
      this.#life.begin();
    } catch (error) {
      this.failed(this.#context, error);
    }
  }

  /** Makes the wall-clock punctuations that are due. */
  punctuate(): void {
    this.begin();
    const { onWallClock } = this.#life;
    const now = this.#life.now();
    if (onWallClock.due <= now && this.#failure === undefined) this.#punctuate(onWallClock, now);
  }

  /** When {@link punctuate} has something to do next, or infinity. Milliseconds since the epoch. */
  get punctuationDue(): number {
    return this.#life.onWallClock.due;
  }

  /** Whether a processor has asked for a commit since the last call. */
  takeCommitRequest(): boolean {
    const requested = this.#life.commitRequested;
    this.#life.commitRequested = false;
    return requested;
  }

  #punctuate(punctuations: Punctuations, now: number): void {
    this.#context.punctuate(now);
    this.#life.punctuated = true;
    try {
      punctuations.punctuate(now);
    } catch (error) {
      this.failed(this.#context, error);
    }
  }

  /** Takes the age of the last record processed, where it was not followed by a punctuation. */
  measureLatency(now: number): void {
    if (this.#context.partition < 0) return;
    this.latency.record(Math.max(0, now - this.#context.record.timestamp));
  }

  /**
   * Lets the changes go on that wait in caches, and writes them to changelogs: before each commit, and when the caches
   * hold too much. What goes on may begin something asynchronous.
   */
  flush(): void {
    if (this.#failure === undefined) this.state.flush();
  }

  /**
   * Makes the state durable that belongs to what was committed in Kafka.
   *
   * @param acknowledged the offset after the last record of ours in a changelog; `undefined` where there is none
   * @throws StreamsError `STATE_FULL`, `STATE_UNREADABLE`
   */
  commitState(acknowledged: (topic: string, partition: number) => number | undefined): void {
    this.state.commit(this.#life.latest, acknowledged);
  }

  /** Whether {@link process} would do something now. */
  get ready(): boolean {
    if (this.#work.blocked || this.#failure !== undefined) return false;
    this.#idling?.look();
    const asks = this.#stamping.some((queue) => queue.unstamped && !queue.preparing);
    return asks || this.#choose() !== undefined;
  }

  /**
   * The time of the next record of a source topic, for an owner that chooses among tasks. Those before it that fail, or
   * are left out, are done with.
   *
   * @returns `undefined` where there is none, or it is not known yet
   */
  headTime(topic: string): number | undefined {
    const queue = this.#queueOf(topic);
    if (queue === undefined) return undefined;
    this.counters.processed += this.#stamp(queue, Number.POSITIVE_INFINITY);
    const { head } = queue;
    return head === undefined || queue.preparing || queue.unstamped ? undefined : queue.timeOf(head);
  }

  /** Source partitions with records still to be processed: to be paused until they are. */
  get backlog(): readonly OffsetTracker[] {
    return this.#queues.filter((queue) => !queue.empty).map((queue) => queue.offsets);
  }

  /**
   * Each partition's next offset, where it is further than what was last committed. After a punctuation also where it is
   * not: what came of it must not be final without offsets, by which the broker tells a member that was replaced.
   */
  committable(): readonly PartitionOffset[] {
    const result: PartitionOffset[] = [];
    for (const { offsets } of this.#queues) {
      const { topic, partition, committed, start } = offsets;
      let offset = offsets.committable();
      if (this.#life.punctuated) offset = Math.max(offset, committed, start);
      if (offset > committed || (this.#life.punctuated && offset >= 0))
        result.push({ topic, partition, offset });
    }
    return result;
  }

  /** These offsets are now the group's. */
  committed(offsets: readonly PartitionOffset[]): void {
    this.#life.punctuated = false;
    for (const { topic, offset } of offsets) {
      for (const queue of this.#queues) if (queue.offsets.topic === topic) queue.offsets.committed = offset;
    }
  }

  /** Where source partitions are read from. */
  startAt(offsets: readonly PartitionOffset[]): void {
    for (const { topic, partition, offset } of offsets) {
      if (partition !== this.partition) continue;
      for (const queue of this.#queues) if (queue.offsets.topic === topic) queue.offsets.start = offset;
    }
  }

  /** The last offset of each source partition that is in the task's state. */
  get position(): Position {
    return Object.fromEntries(
      this.#queues.map(({ offsets }) => [offsets.topic, { [offsets.partition]: offsets.finished }]),
    );
  }

  /** Records whose asynchronous work is not done. */
  get outstanding(): number {
    return this.#work.outstanding;
  }

  /** Whether something is under way after which the task goes on, or can be committed further. */
  get waiting(): boolean {
    return this.#work.outstanding > 0 || this.#queues.some((queue) => queue.preparing);
  }

  get streamTime(): number {
    return this.#life.latest;
  }

  /** What stops the task, once something has: it must be closed and begun anew. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  get lags(): readonly { readonly topic: string; readonly partition: number; readonly lag: number }[] {
    return this.#queues.map(({ offsets, lag }) => ({
      topic: offsets.topic,
      partition: offsets.partition,
      lag,
    }));
  }

  /** The external sinks that this task writes to. */
  get sinks(): readonly Sink<unknown, unknown>[] {
    return this.subTopology.nodes.flatMap((node) => (node.kind === 'feed' ? [node.sink] : []));
  }

  /** Nothing happens after this: what is still under way is given up. */
  close(): void {
    this.#work.close();
    this.#life.close(this.#options.onCloseFailure ?? ((error) => process.emitWarning(error)));
  }

  #queueOf(topic: string): PartitionQueue | undefined {
    return this.#queues.find(({ offsets }) => offsets.topic === topic);
  }

  /**
   * Has the extractor give the head record its time, past those that it leaves out or fails at.
   *
   * @returns how many those were
   */
  #stamp(queue: PartitionQueue, limit: number): number {
    const { source, offsets } = queue;
    const { topic, partition } = offsets;
    let done = 0;
    while (done < limit && !queue.preparing && queue.unstamped && this.#failure === undefined) {
      const record = queue.head;
      if (record === undefined) break;
      try {
        if (this.#preparing.mustWait(queue)) break;
        queue.stamped = source.stamp?.(topic, partition, record, queue.partitionTime);
        if (queue.stamped !== undefined) break;
      } catch (error) {
        this.failed({ topic, partition, record }, error);
        // Not processed, so not to be committed.
        if (this.#failure !== undefined) break;
      }
      queue.advance(record);
      done += 1;
    }
    return done;
  }

  /**
   * The partition to take from next: the one with the earliest record, as Kafka Streams chooses; see {@link Idling}. Where
   * that can't be read yet, or it is not known whether it is the earliest, the others wait for it.
   */
  #choose(): PartitionQueue | undefined {
    let chosen: PartitionQueue | undefined;
    let earliest = Number.POSITIVE_INFINITY;
    let missing = 0;
    for (const queue of this.#queues) {
      const { head } = queue;
      if (head === undefined) {
        missing += 1;
        continue;
      }
      const time = queue.timeOf(head);
      if (time >= earliest) continue;
      chosen = queue;
      earliest = time;
    }
    if (chosen?.preparing === true) return undefined;
    const waits =
      missing > 0 && chosen !== undefined && this.#idling?.goesOn(this.#queues, missing) === false;
    return waits ? undefined : chosen;
  }

  /** @returns false where the record must wait */
  #take(queue: PartitionQueue): boolean {
    const record = queue.head;
    if (record === undefined) return false;
    const { source, offsets, stamped } = queue;
    const context = this.#context;
    context.begin(offsets.topic, offsets.partition, record);
    try {
      if (stamped === undefined) {
        if (this.#preparing.mustWait(queue)) return false;
        requireRecordTime(source.node.name, record.timestamp);
        this.#life.observe(record.timestamp);
        source.process(record.key, record.value);
      } else {
        const { timestamp, key, value } = stamped;
        queue.partitionTime = Math.max(queue.partitionTime, timestamp);
        context.timestamp = timestamp;
        this.#life.observe(timestamp);
        source.process(key, value);
      }
    } catch (error) {
      this.failed(context, error);
      // Not processed, so not to be committed.
      if (this.#failure !== undefined) return false;
    }
    queue.advance(record);
    return true;
  }

  /** A change failed when it was flushed: its record is the last that it was made by. */
  #changeFailed(node: string | undefined, error: unknown): void {
    const failure =
      node === undefined || error instanceof OperatorFailure
        ? error
        : new OperatorFailure('TRANSFORMATION', node, error);
    this.failed(this.#context, failure);
  }

  /** A record failed: the handler decides. */
  failed(source: FailedSource, thrown: unknown): void {
    const failure = thrown instanceof OperatorFailure ? thrown : undefined;
    const error = toError(failure === undefined ? thrown : failure.cause);
    const { topic, partition, record } = source;
    if (record === NO_RECORD) {
      const what = `task ${this.id}, in a punctuation or at its beginning, at ${failure?.node ?? 'its processors'}`;
      this.broken(new StreamsError('PROCESSOR_FAILED', `${what}: ${error.message}`, { cause: error }));
      return;
    }
    const stage = failure?.stage ?? 'TRANSFORMATION';
    const node = failure?.node ?? `sub-topology ${this.subTopology.id}`;
    const report = { stage, node, taskId: this.id, topic, partition, record, error };
    const where = `${stage} at ${node}, record ${topic}-${partition}@${record.offset}`;
    try {
      switch (this.#options.onFailure(report)) {
        case 'dead-letter': {
          const letters = this.#options.deadLetterTopic(topic);
          sendDeadLetter(this.#options.collector, letters, this.#options.applicationId, report);
          this.counters.deadLettered += 1;
          return;
        }
        case 'skip':
          this.counters.skipped += 1;
          return;
        case 'fail':
          this.broken(new StreamsError('RECORD_FAILED', `${where}: ${error.message}`, { cause: error }));
          return;
        default:
          throw new TypeError(`onFailure answered none of 'dead-letter', 'skip' and 'fail'`);
      }
    } catch (handlerError) {
      // The handler threw, or the dead letter's topic does not take it.
      const { message } = toError(handlerError);
      const what = `${where}: ${error.message}; not handled: ${message}`;
      this.broken(new StreamsError('RECORD_FAILED', what, { cause: handlerError }));
    }
  }

  broken(error: Error): void {
    this.#failure ??= error;
    this.#options.onWake();
  }

  /** Keeps the offset of the record in the context from being committed. */
  hold(): Hold {
    const context = this.#context;
    if (context.hold === undefined) {
      const { topic, offset, record } = context;
      // What a punctuation began is no record's: whatever comes next waits for it.
      context.hold =
        record === NO_RECORD
          ? this.#queues[0]?.offsets.holdNext()
          : this.#queueOf(topic)?.offsets.hold(offset);
    }
    const { hold } = context;
    if (hold === undefined)
      throw new StreamsError('ILLEGAL_STATE', `task ${this.id} does not read ${context.topic}`);
    hold.pending += 1;
    return hold;
  }

  resume(context: RecordContext, work: () => void): void {
    this.#context.copyFrom(context);
    try {
      work();
    } catch (error) {
      this.failed(context, error);
    }
  }

  wake(): void {
    this.#options.onWake();
  }

  #environment(): OperatorEnvironment {
    const { applicationId, collector, exactlyOnce = false } = this.#options;
    const { partition } = this;
    return {
      context: this.#context,
      collector,
      counters: this.counters,
      pending: this.#work,
      life: this.#life,
      partition,
      exactlyOnce,
      topic: (ref) => topicName(applicationId, ref),
      changelog: (name) => `${applicationId}-${name}-changelog`,
      store: (name) => {
        const store = this.stores.get(name);
        if (store === undefined)
          throw new StreamsError('ILLEGAL_STATE', `task ${this.id} has no store ${name}`);
        return store;
      },
      globalStore: (name) => {
        const store = this.#options.globalStores?.get(name);
        if (store === undefined)
          throw new StreamsError('ILLEGAL_STATE', `task ${this.id} was given no global store ${name}`);
        return store;
      },
    };
  }
}
