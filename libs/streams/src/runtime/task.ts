import type { PartitionOffset, RecordBatch, TopicPartition } from '@mesh/kafka';
import { StreamsError } from '../errors.js';
import type { Deserializer } from '../serde.js';
import type { Sink } from '../sink.js';
import type { StateStore } from '../state/ports.js';
import type { TaskState } from '../state/task-state.js';
import { topicName, type SubTopology } from '../topology/topology.js';
import type { RecordCollector } from './collector.js';
import { compile } from './compile.js';
import { sendDeadLetter } from './dead-letters.js';
import { isRetriable, OperatorFailure, toError, type FailureHandler } from './failures.js';
import { Idling, type IdlingOptions } from './idling.js';
import { TaskCounters, Timing } from './metrics.js';
import type { Hold, OffsetTracker } from './offsets.js';
import type { FailedSource, OperatorEnvironment, PendingWork } from './operators/operator.js';
import { PartitionQueue } from './partition-queue.js';
import type { Position } from './queries/position.js';
import { Life } from './life.js';
import type { Punctuations } from './punctuations.js';
import { NO_RECORD, RecordContext } from './record-context.js';
import { requireRecordTime } from './timestamps.js';

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

/** First wait before a `prepare` is asked again that failed for now; doubled each time. Milliseconds. */
const FIRST_PREPARE_RETRY_MS = 100;
const LAST_PREPARE_RETRY_MS = 10_000;

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
  readonly #work = new Work(this);
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
    // One that reads one partition has nothing to wait for.
    this.#idling =
      options.idling === undefined || this.#queues.length < 2
        ? undefined
        : new Idling({ ...options.idling, now: options.now ?? Date.now });
  }

  /** Hands over what was fetched. */
  enqueue(batch: RecordBatch): void {
    const queue = this.#queues.find(({ offsets }) => offsets.topic === batch.topic);
    if (queue === undefined || batch.partition !== this.partition) {
      throw new StreamsError('ILLEGAL_STATE', `task ${this.id} was given ${batch.topic}-${batch.partition}`);
    }
    queue.add(batch);
  }

  /** Processes records while there are any, nothing stands in the way, and `limit` allows. @returns how many */
  process(limit: number): number {
    this.begin();
    this.#idling?.look();
    const { onStreamTime } = this.#life;
    let done = 0;
    while (done < limit && !this.#work.blocked && this.#failure === undefined) {
      const queue = this.#choose();
      if (queue === undefined) break;
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
    this.#idling?.look();
    return !this.#work.blocked && this.#failure === undefined && this.#choose() !== undefined;
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

  /** The partition to take from next: the one with the earliest record, as Kafka Streams chooses; see {@link Idling}. */
  #choose(): PartitionQueue | undefined {
    let chosen: PartitionQueue | undefined;
    let earliest = Number.POSITIVE_INFINITY;
    let missing = 0;
    for (const queue of this.#queues) {
      const { head } = queue;
      if (head === undefined) missing += 1;
      if (head === undefined || queue.preparing || head.timestamp >= earliest) continue;
      chosen = queue;
      earliest = head.timestamp;
    }
    const waits =
      missing > 0 && chosen !== undefined && this.#idling?.goesOn(this.#queues, missing) === false;
    return waits ? undefined : chosen;
  }

  /** @returns false where the record must wait */
  #take(queue: PartitionQueue): boolean {
    const record = queue.head;
    if (record === undefined) return false;
    const { source, offsets } = queue;
    const context = this.#context;
    context.topic = offsets.topic;
    context.partition = offsets.partition;
    context.offset = record.offset;
    context.timestamp = record.timestamp;
    context.headers = record.headers;
    context.record = record;
    context.hold = undefined;
    try {
      if ((source.prepareKey ?? source.prepareValue) !== undefined && this.#mustPrepare(queue)) return false;
      if (source.node.timestamp === undefined) {
        requireRecordTime(source.node.name, record.timestamp);
        this.#life.observe(record.timestamp);
      }
      source.process(record.key, record.value);
    } catch (error) {
      this.failed(context, error);
      // Not processed, so not to be committed.
      if (this.#failure !== undefined) return false;
    }
    queue.advance(record);
    return true;
  }

  /** Asks the serdes whether they need to fetch something before this record. @returns true where it must wait */
  #mustPrepare(queue: PartitionQueue): boolean {
    const failure = queue.prepareFailure;
    if (failure !== undefined) {
      queue.prepareFailure = undefined;
      throw new OperatorFailure(failure.stage, queue.source.node.name, failure.error);
    }
    const waits = prepareHead(queue);
    if (waits === undefined) return false;
    queue.preparing = true;
    this.#waitForPrepare(queue, waits, FIRST_PREPARE_RETRY_MS);
    return true;
  }

  #waitForPrepare(queue: PartitionQueue, { stage, promise }: Preparation, retryMs: number): void {
    const goOn = (): void => {
      queue.preparing = false;
      if (!this.#work.closed) this.#options.onWake();
    };
    promise.then(goOn, (error: unknown) => {
      if (isRetriable(error)) {
        this.#work.later(retryMs, () => {
          const again = prepareHead(queue);
          if (again === undefined) goOn();
          else this.#waitForPrepare(queue, again, Math.min(retryMs * 2, LAST_PREPARE_RETRY_MS));
        });
      } else {
        queue.prepareFailure = { stage, error };
        goOn();
      }
    });
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
          : this.#queues.find(({ offsets }) => offsets.topic === topic)?.offsets.hold(offset);
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

/** The task's asynchronous side. */
class Work implements PendingWork {
  closed = false;
  outstanding = 0;
  readonly #task: Task;
  readonly #timers = new Set<NodeJS.Timeout>();
  #full = 0;

  constructor(task: Task) {
    this.#task = task;
  }

  get blocked(): boolean {
    return this.#full > 0;
  }

  hold(): Hold {
    this.outstanding += 1;
    return this.#task.hold();
  }

  release(hold: Hold): void {
    this.outstanding -= 1;
    hold.pending -= 1;
    if (this.outstanding === 0 && !this.closed) this.#task.wake();
  }

  full(): void {
    this.#full += 1;
  }

  free(): void {
    this.#full -= 1;
    if (this.#full === 0 && !this.closed) this.#task.wake();
  }

  resume(context: RecordContext, work: () => void): void {
    if (!this.closed) this.#task.resume(context, work);
  }

  failed(source: FailedSource, failure: OperatorFailure): void {
    if (!this.closed) this.#task.failed(source, failure);
  }

  broken(error: Error): void {
    if (!this.closed) this.#task.broken(error);
  }

  later(ms: number, work: () => void): void {
    if (this.closed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, ms);
    this.#timers.add(timer);
  }

  close(): void {
    this.closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}

interface Preparation {
  readonly stage: 'KEY_CONVERTER' | 'VALUE_CONVERTER';
  readonly promise: Promise<void>;
}

/** Key first: where both must wait, the value is asked when the key is ready. */
function prepareHead(queue: PartitionQueue): Preparation | undefined {
  const record = queue.head;
  const { prepareKey, prepareValue } = queue.source;
  const { topic } = queue.offsets;
  if (record === undefined) return undefined;
  const key = prepare(prepareKey, topic, record.key);
  if (key !== undefined) return { stage: 'KEY_CONVERTER', promise: key };
  const value = prepare(prepareValue, topic, record.value);
  return value === undefined ? undefined : { stage: 'VALUE_CONVERTER', promise: value };
}

/** What it throws at once is the record's failure as much as what it rejects with; there may be nobody to catch it. */
function prepare(
  serde: Deserializer<unknown> | undefined,
  topic: string,
  data: Buffer | null,
): Promise<void> | undefined {
  if (data === null) return undefined;
  try {
    return serde?.prepare?.(topic, data);
  } catch (error) {
    return Promise.reject(toError(error));
  }
}
