import type { PartitionOffset, ProducerRecord, RecordBatch, TopicRecords } from '@mesh/kafka';
import { StreamsError } from '../errors.js';
import { deadLetterTopic } from '../runtime/dead-letters.js';
import type { FailureHandler } from '../runtime/failures.js';
import { Task } from '../runtime/task.js';
import type { Sink } from '../sink.js';
import { CacheBudget } from '../state/pending-changes.js';
import { TaskState } from '../state/task-state.js';
import type { SubTopology, Topology } from '../topology/topology.js';

export interface RunBatchesOptions {
  /** As of the application that reads the topics itself: dead letters name it. */
  readonly applicationId: string;
  /** Writes what the topology sends to topics, dead letters included. Nothing is finished before it settles. */
  readonly produce: (batches: readonly TopicRecords[]) => Promise<unknown>;
  /** Ends the run where it is. */
  readonly signal: AbortSignal;
  /** What becomes of a record that fails. Default: the dead letters, `<topic>.dlq`. */
  readonly onFailure?: FailureHandler;
}

export interface BatchesOutcome {
  /** By partition, the first record that is not finished: from there on they are to be run again. */
  readonly unfinished: readonly PartitionOffset[];
  /** What stopped a partition, where it was not the signal. */
  readonly error: Error | undefined;
  readonly processed: number;
  readonly deadLettered: number;
}

/**
 * Runs records that somebody else has read through a topology: the tasks that {@link KafkaStreams} runs, without a
 * consumer. It settles when every record's effect is durable, or the signal ends it. Where anything is left undone, the
 * topology's sinks are closed, so that nothing of it takes effect later: the topology can't be used again.
 *
 * @throws StreamsError `INVALID_TOPOLOGY` for one that keeps state, or goes through topics of its own: those need to own
 *     their partitions
 * @throws StreamsError `MISSING_SOURCE_TOPIC` for a batch of a topic that the topology does not read
 * @throws what `produce` rejects with
 */
export async function runBatches(
  topology: Topology,
  batches: readonly RecordBatch[],
  options: RunBatchesOptions,
): Promise<BatchesOutcome> {
  const run = new BatchesRun(topology, batches, options);
  return run.outcome();
}

interface Running {
  readonly task: Task;
  readonly batch: RecordBatch;
}

class BatchesRun {
  readonly #options: RunBatchesOptions;
  readonly #running: readonly Running[];
  readonly #outputs = new Map<string, ProducerRecord[]>();
  #woken = Promise.withResolvers<void>();

  constructor(topology: Topology, batches: readonly RecordBatch[], options: RunBatchesOptions) {
    this.#options = options;
    for (const sub of topology.subTopologies) requireStateless(sub);
    this.#running = batches
      .filter(({ records }) => records.length > 0)
      .map((batch) => ({ batch, task: this.#task(readerOf(topology, batch.topic), batch) }));
  }

  async outcome(): Promise<BatchesOutcome> {
    const { signal } = this.#options;
    const abort = (): void => this.#woken.resolve();
    signal.addEventListener('abort', abort, { once: true });
    try {
      while (!signal.aborted && !this.#advance()) {
        await this.#woken.promise;
        this.#woken = Promise.withResolvers();
      }
    } finally {
      signal.removeEventListener('abort', abort);
    }
    const unfinished = this.#running.flatMap(({ task, batch }) => unfinishedOf(task, batch));
    for (const { task } of this.#running) task.close();
    if (unfinished.length > 0) await this.#closeSinks();
    try {
      await this.#produce();
    } catch (error) {
      await this.#closeSinks();
      throw error;
    }
    const tasks = this.#running.map(({ task }) => task);
    return {
      unfinished,
      error: tasks.find(({ failure }) => failure !== undefined)?.failure,
      processed: tasks.reduce((sum, { counters }) => sum + counters.processed, 0),
      deadLettered: tasks.reduce((sum, { counters }) => sum + counters.deadLettered, 0),
    };
  }

  /** Does what can be done now. @returns whether nothing is left to wait for */
  #advance(): boolean {
    for (const { task } of this.#running) task.process(Number.POSITIVE_INFINITY);
    const at = this.#running.filter(({ task }) => task.failure === undefined);
    // There is no more to come: what waits for a batch to fill would wait in vain.
    if (at.every(({ task }) => task.backlog.length === 0)) {
      for (const sink of this.#sinks()) sink.flush().catch(() => this.#woken.resolve());
    }
    return !at.some(({ task }) => task.waiting || task.backlog.length > 0);
  }

  async #produce(): Promise<void> {
    if (this.#outputs.size === 0) return;
    await this.#options.produce([...this.#outputs].map(([topic, records]) => ({ topic, records })));
  }

  async #closeSinks(): Promise<void> {
    await Promise.all(this.#sinks().map((sink) => sink.close()));
  }

  #sinks(): readonly Sink<unknown, unknown>[] {
    return [...new Set(this.#running.flatMap(({ task }) => task.sinks))];
  }

  #task(subTopology: SubTopology, batch: RecordBatch): Task {
    const { topic, partition } = batch;
    const { applicationId, onFailure } = this.#options;
    const task = new Task({
      applicationId,
      state: TaskState.inMemory({ applicationId, subTopology, partition, budget: new CacheBudget(0) }),
      sources: [{ topic, partition }],
      collector: {
        send: (to, key, value, headers, timestamp, toPartition) => {
          const records = this.#outputs.get(to) ?? [];
          this.#outputs.set(to, records);
          records.push({
            key,
            value,
            headers,
            timestamp,
            ...(toPartition === undefined ? {} : { partition: toPartition }),
          });
        },
      },
      onFailure: onFailure ?? (() => 'dead-letter'),
      deadLetterTopic,
      onWake: () => this.#woken.resolve(),
    });
    task.enqueue(batch);
    return task;
  }
}

function requireStateless({ id, stores, sourceTopics }: SubTopology): void {
  const store = stores[0]?.name ?? sourceTopics.find(({ internal }) => internal)?.name;
  if (store === undefined) return;
  throw new StreamsError(
    'INVALID_TOPOLOGY',
    `sub-topology ${id} keeps ${store}: a function owns no partitions, so it can only run what keeps nothing`,
  );
}

function readerOf(topology: Topology, topic: string): SubTopology {
  const reader = topology.subTopologies.find(({ sourceTopics }) =>
    sourceTopics.some(({ name }) => name === topic),
  );
  if (reader !== undefined) return reader;
  throw new StreamsError(
    'MISSING_SOURCE_TOPIC',
    `a record came from ${topic}, which the topology does not read`,
  );
}

function unfinishedOf(task: Task, { topic, partition, records }: RecordBatch): PartitionOffset[] {
  // A task that failed commits nothing of what it was at.
  const next = task.failure === undefined ? task.committable()[0]?.offset : undefined;
  const first = records.find(({ offset }) => offset >= (next ?? 0));
  return first === undefined ? [] : [{ topic, partition, offset: first.offset }];
}
