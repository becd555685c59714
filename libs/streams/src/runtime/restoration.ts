import type { Admin, KafkaClient, KafkaLogger, PartitionReader, RecordBatch } from '@mesh/kafka';
import { StreamsError } from '../errors.js';
import type { StateStore } from '../state/ports.js';
import { preparationOf, type Preparation } from '../state/preparation.js';
import type { TaskState } from '../state/task-state.js';
import { CaughtUp, thisMoment } from './caught-up.js';
import { isRetriable, toError } from './failures.js';
import { Signal } from './signal.js';

interface Changelog {
  readonly topic: string;
  readonly partition: number;
  readonly state: TaskState;
  readonly store: StateStore;
  readonly prepare: Preparation | undefined;
  position: number;
  end: number;
  readonly caughtUp: CaughtUp;
}

export interface RestorationOptions {
  readonly client: KafkaClient;
  readonly admin: Admin;
  readonly applicationId: string;
  readonly logger: KafkaLogger;
  /** Told how many records of a changelog were read, and whether for a standby. */
  readonly onRestored: (records: number, isStandby: boolean) => void;
  readonly onWake: () => void;
  /** Goes on when it has reached the ends, until it is stopped: for standby tasks. Default false. */
  readonly follow?: boolean;
}

/**
 * How long tombstones outlive compaction, by the broker's default of `delete.retention.ms`: state that was left behind
 * for longer may miss deletions. Milliseconds.
 */
const TOMBSTONES_KEPT_MS = 24 * 60 * 60 * 1000;
/** What is restored is committed to disk in portions of so much. Bytes. */
const COMMIT_BYTES = 4 * 1024 * 1024;

const POLL_MS = 200;
/** From one look at the ends of the changelogs that are followed to the next. */
const LOOK_MS = 1_000;
/** First wait before what serdes could not fetch for now is asked for again; doubled each time. Milliseconds. */
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 10_000;

/** Fills the stores of tasks from their changelogs, from where each store is, beside the thread's loop. */
export class Restoration {
  readonly #options: RestorationOptions;
  readonly #changelogs: readonly Changelog[];
  readonly #unfinished: Set<Changelog>;
  readonly #signal = new Signal();
  /** Of the watch of the ends, which waits beside the reading. */
  readonly #watchSignal = new Signal();
  #failure: Error | undefined;
  #stopped = false;
  #known = false;
  #restored = 0;

  constructor(states: readonly TaskState[], options: RestorationOptions) {
    this.#options = options;
    this.#changelogs = states.flatMap((state) =>
      state.changelogs.map(({ spec, store, topic }) => {
        const prepare = preparationOf(spec, topic);
        const { partition } = state;
        const unread = { position: 0, end: Number.POSITIVE_INFINITY, caughtUp: new CaughtUp() };
        return { topic, partition, state, store, prepare, ...unread };
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

  isDone(state: TaskState): boolean {
    for (const changelog of this.#unfinished) if (changelog.state === state) return false;
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
  remainingOf(state: TaskState): number | undefined {
    if (!this.#known) return undefined;
    let sum = 0;
    for (const changelog of this.#unfinished) {
      if (changelog.state === state) sum += Math.max(0, changelog.end - changelog.position);
    }
    return sum;
  }

  /**
   * How long ago, by the clock, everything that was in the changelogs of one task by then is known to be in its state.
   * Milliseconds; `undefined` while that is not known, or where they are not followed.
   */
  ageOf(state: TaskState): number | undefined {
    const now = thisMoment();
    let oldest: number | undefined;
    for (const changelog of this.#changelogs) {
      if (changelog.state !== state) continue;
      const age = changelog.caughtUp.age(now);
      if (age === undefined) return undefined;
      oldest = Math.max(oldest ?? 0, age);
    }
    return oldest;
  }

  /** Gives up: the tasks are not ours any more. */
  stop(): void {
    this.#stopped = true;
    this.#signal.notify();
    this.#watchSignal.notify();
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
    if (this.#options.follow === true) void this.#watchEnds();
    try {
      await this.#read(reader);
    } finally {
      this.stop();
      await reader.close();
    }
    if (this.#unfinished.size === 0) this.#options.logger.info({ records: this.#restored }, 'restored state');
  }

  /**
   * The end is that of everything appended, whether or not its transaction is decided: read-committed reading gets
   * there only once it is. Offsets were looked up before, so that a transaction whose offsets count is in full below.
   */
  async #findEnds(): Promise<void> {
    const { admin } = this.#options;
    const partitions = this.#changelogs.map(({ topic, partition }) => ({ topic, partition }));
    const begins = await admin.beginningOffsets(partitions);
    const asked = thisMoment();
    const ends = await admin.endOffsets(partitions, 'read_uncommitted');
    for (const [index, changelog] of this.#changelogs.entries()) {
      const begin = begins[index]?.offset ?? 0;
      changelog.end = ends[index]?.offset ?? 0;
      changelog.position = this.#positionIn(changelog, begin);
      if (this.#options.follow === true) changelog.caughtUp.saw(changelog.end, asked, changelog.position);
      if (changelog.position >= changelog.end && this.#options.follow !== true)
        this.#unfinished.delete(changelog);
    }
    this.#known = true;
  }

  /**
   * Looks where the ends are from time to time: a fetch that finds nothing new tells nobody. Of everything appended here
   * too, so that what the task that processes has written counts as missing until its transaction is decided.
   */
  async #watchEnds(): Promise<void> {
    const partitions = this.#changelogs.map(({ topic, partition }) => ({ topic, partition }));
    let warned = false;
    for (;;) {
      await this.#watchSignal.wait(LOOK_MS);
      if (this.#stopped) return;
      const asked = thisMoment();
      try {
        const ends = await this.#options.admin.endOffsets(partitions, 'read_uncommitted');
        for (const [index, { caughtUp, position }] of this.#changelogs.entries()) {
          const end = ends[index]?.offset;
          if (end !== undefined) caughtUp.saw(end, asked, position);
        }
        warned = false;
      } catch (error) {
        if (this.#stopped) return;
        // The reading goes on, or fails by itself: what is not known is only how far behind it is.
        if (!warned) {
          const what = 'cannot look up the ends of changelogs: standbys count as older until it works again';
          this.#options.logger.warn({ err: error, retryMs: LOOK_MS }, what);
        }
        warned = true;
      }
    }
  }

  /** From where the store is; from the beginning where it holds nothing, or nothing to go on from. */
  #positionIn({ state, store, topic, partition, end }: Changelog, begin: number): number {
    const position = state.position(store.name);
    if (position === undefined) return begin;
    const { committedAt = Date.now() } = state;
    const forgotten = position < end && Date.now() - committedAt > TOMBSTONES_KEPT_MS;
    if (position >= begin && position <= end && !forgotten) return position;
    const reason = forgotten ? 'too long ago to know of all deletions since' : 'not in the log any more';
    this.#options.logger.warn(
      { store: store.name, changelog: `${topic}-${partition}`, position, begin, end },
      `restoring a store anew: where it was is ${reason}`,
    );
    state.wipe(store.name);
    return begin;
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
    const { state, store } = changelog;
    let at = batch.records[0]?.offset;
    try {
      for (const { key, value, timestamp, offset } of batch.records) {
        at = offset;
        if (key !== null) store.restore(key, value, timestamp);
      }
    } catch (error) {
      throw error instanceof StreamsError ? error : unlike(changelog, at, toError(error));
    }
    this.#restored += batch.records.length;
    this.#options.onRestored(batch.records.length, this.#options.follow === true);
    changelog.position = batch.nextOffset;
    changelog.caughtUp.reached(batch.nextOffset);
    state.restored(store.name, batch.nextOffset);
    if (this.#options.follow === true) {
      changelog.end = Math.max(changelog.end, batch.highWatermark);
      if (this.remainingOf(state) === 0 || state.uncommittedBytes > COMMIT_BYTES)
        state.commit(state.streamTime);
      return;
    }
    if (batch.nextOffset >= changelog.end) this.#unfinished.delete(changelog);
    const done = this.isDone(state);
    if (done || state.uncommittedBytes > COMMIT_BYTES) state.commit(state.streamTime);
    if (done) this.#options.onWake();
  }
}

/** That a record of a changelog is none of what its store has. */
function unlike(
  { store, topic, partition }: Changelog,
  offset: number | undefined,
  cause: Error,
): StreamsError {
  return new StreamsError(
    'INTERNAL_TOPIC_MISMATCH',
    `store ${store.name} does not hold what its changelog ${topic}-${partition} has at offset ${offset}: ${cause.message}. ` +
      'Where the topology was changed, give the store another name, or reset the application',
    { cause },
  );
}
