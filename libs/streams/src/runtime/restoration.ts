import type { Admin, KafkaClient, KafkaLogger, PartitionReader, RecordBatch } from '@mesh/kafka';
import { StreamsError } from '../errors.js';
import type { StateStore } from '../state/ports.js';
import { preparationOf, type Preparation } from '../state/preparation.js';
import { changelogTopic } from '../topology/topology.js';
import { isRetriable, toError } from './failures.js';
import { Signal } from './signal.js';
import type { Task } from './task.js';

interface Changelog {
  readonly topic: string;
  readonly partition: number;
  readonly task: Task;
  readonly store: StateStore;
  readonly prepare: Preparation | undefined;
  position: number;
  end: number;
}

export interface RestorationOptions {
  readonly client: KafkaClient;
  readonly admin: Admin;
  readonly applicationId: string;
  readonly logger: KafkaLogger;
  readonly onRestored: (records: number) => void;
  readonly onWake: () => void;
}

const POLL_MS = 200;
/** First wait before what serdes could not fetch for now is asked for again; doubled each time. Milliseconds. */
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 10_000;

/** Fills the stores of tasks from their changelogs, beside the thread's loop. */
export class Restoration {
  readonly #options: RestorationOptions;
  readonly #changelogs: readonly Changelog[];
  readonly #unfinished: Set<Changelog>;
  readonly #signal = new Signal();
  #failure: Error | undefined;
  #stopped = false;
  #known = false;
  #restored = 0;

  constructor(tasks: readonly Task[], options: RestorationOptions) {
    this.#options = options;
    this.#changelogs = tasks.flatMap((task) =>
      task.subTopology.stores.flatMap((spec) => {
        const store = task.stores.get(spec.name);
        const topic = changelogTopic(options.applicationId, spec);
        if (store === undefined) return [];
        const prepare = preparationOf(spec, topic);
        const { partition } = task;
        return [{ topic, partition, task, store, prepare, position: 0, end: Number.POSITIVE_INFINITY }];
      }),
    );
    this.#unfinished = new Set(this.#changelogs);
  }

  /** Begins; {@link isDone} and {@link failure} tell how it goes. */
  start(): void {
    this.#run()
      .catch((error: unknown) => {
        this.#failure = toError(error);
      })
      .finally(() => this.#options.onWake());
  }

  isDone(task: Task): boolean {
    for (const changelog of this.#unfinished) if (changelog.task === task) return false;
    return true;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Offsets still to be read, over all tasks; 0 while the ends are not known. */
  get remaining(): number {
    if (!this.#known) return 0;
    let sum = 0;
    for (const { end, position } of this.#unfinished) sum += end - position;
    return sum;
  }

  /** As {@link remaining}, of one task; `undefined` while the ends are not known. */
  remainingOf(task: Task): number | undefined {
    if (!this.#known) return undefined;
    let sum = 0;
    for (const changelog of this.#unfinished) {
      if (changelog.task === task) sum += changelog.end - changelog.position;
    }
    return sum;
  }

  /** Gives up: the tasks are not ours any more. */
  stop(): void {
    this.#stopped = true;
    this.#signal.notify();
  }

  async #run(): Promise<void> {
    if (this.#changelogs.length === 0) return;
    await this.#findEnds();
    if (this.#unfinished.size === 0 || this.#stopped) return;
    const from = [...this.#unfinished].map(({ topic, partition, position }) => ({
      topic,
      partition,
      offset: position,
    }));
    this.#options.logger.info({ partitions: from.length, offsets: this.remaining }, 'restoring state');
    const reader = await this.#options.client.reader(from);
    try {
      await this.#read(reader);
    } finally {
      await reader.close();
    }
    if (!this.#stopped) this.#options.logger.info({ records: this.#restored }, 'restored state');
  }

  /**
   * The end is that of everything appended, whether or not its transaction is decided: read-committed reading gets
   * there only once it is. Offsets were looked up before, so that a transaction whose offsets count is in full below.
   */
  async #findEnds(): Promise<void> {
    const { admin } = this.#options;
    const partitions = this.#changelogs.map(({ topic, partition }) => ({ topic, partition }));
    const begins = await admin.beginningOffsets(partitions);
    const ends = await admin.endOffsets(partitions, 'read_uncommitted');
    for (const [index, changelog] of this.#changelogs.entries()) {
      changelog.position = begins[index]?.offset ?? 0;
      changelog.end = ends[index]?.offset ?? 0;
      if (changelog.position >= changelog.end) this.#unfinished.delete(changelog);
    }
    this.#known = true;
  }

  async #read(reader: PartitionReader): Promise<void> {
    while (this.#unfinished.size > 0 && !this.#stopped) {
      for (const batch of await reader.poll(POLL_MS)) {
        if (this.#stopped) return;
        const changelog = this.#changelogs.find(
          ({ topic, partition }) => topic === batch.topic && partition === batch.partition,
        );
        if (changelog === undefined) continue;
        await this.#prepare(changelog, batch);
        if (this.#stopped) return;
        this.#apply(changelog, batch);
      }
    }
  }

  /** Waits until the serdes have what they need for a batch; while it cannot be fetched for now, for as long as it takes. */
  async #prepare({ prepare, topic, partition }: Changelog, batch: RecordBatch): Promise<void> {
    if (prepare === undefined) return;
    const ask = async (): Promise<void> => {
      const waits = batch.records.flatMap(({ key, value }) =>
        key === null ? [] : (prepare(key, value) ?? []),
      );
      await Promise.all(waits);
    };
    for (let retryMs = FIRST_RETRY_MS; !this.#stopped; retryMs = Math.min(retryMs * 2, LAST_RETRY_MS)) {
      try {
        await ask();
        return;
      } catch (error) {
        const where = `changelog ${topic}-${partition}, from offset ${batch.records[0]?.offset}`;
        if (!isRetriable(error)) {
          const what = `${where}: ${toError(error).message}`;
          throw new StreamsError('RESTORE_FAILED', what, { cause: error });
        }
        this.#options.logger.warn({ err: error, retryMs }, `cannot restore for now: ${where}`);
        await this.#signal.wait(retryMs);
      }
    }
  }

  #apply(changelog: Changelog, batch: RecordBatch): void {
    for (const { key, value, timestamp } of batch.records) {
      if (key !== null) changelog.store.restore(key, value, timestamp);
    }
    this.#restored += batch.records.length;
    this.#options.onRestored(batch.records.length);
    changelog.position = batch.nextOffset;
    if (batch.nextOffset < changelog.end || !this.#unfinished.delete(changelog)) return;
    this.#options.onWake();
  }
}
