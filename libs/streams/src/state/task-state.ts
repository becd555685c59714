import type { Header } from '@mesh/kafka';
import { StreamsError } from '../errors.js';
import { changelogTopic, taskId, type SubTopology } from '../topology/topology.js';
import type { StoreSpec } from '../topology/nodes.js';
import { createStore } from './create-store.js';
import { SUPPRESSED_HEADERS } from './held-record.js';
import type { CacheBudget, ChangeContext, ChangeHost } from './pending-changes.js';
import { PersistentState } from './persistent-state.js';
import type { ChangelogWriter, StateStore } from './ports.js';
import type { StateStoreProvider, StorageUsage } from './provider.js';

export interface TaskStateOptions {
  readonly applicationId: string;
  readonly subTopology: SubTopology;
  readonly partition: number;
  readonly budget: CacheBudget;
}

/** Where the changelogs of a task are written: the collector of its outputs. */
export interface ChangelogTarget {
  /**
   * @param partition where absent, by the key as Java's default partitioner has it
   * @throws RecordTooLargeError, RecordRefusedError for a record that the broker would refuse
   */
  send(
    topic: string,
    key: Buffer | null,
    value: Buffer | null,
    headers: readonly Header[],
    timestamp: number,
    partition?: number,
  ): void;
}

/** What a running task gives its state. */
export interface StateOwner extends ChangeHost {
  readonly collector: ChangelogTarget;
}

/** A store with its changelog. */
export interface ChangelogOfStore {
  readonly spec: StoreSpec;
  readonly store: StateStore;
  readonly topic: string;
}

/**
 * The stores of a task, with or without operators on them:
 *
 *     open → restore* → attach → (put, get)* → flush → [commit in Kafka] → commit → … → close
 *
 * A standby task is one that is only ever restored, and {@link commit}ted now and then. What is not committed when it
 * is closed is not on disk. All calls but {@link open} and {@link close} wait for nothing.
 */
export class TaskState {
  readonly id: string;
  readonly subTopology: SubTopology;
  readonly partition: number;
  readonly stores: ReadonlyMap<string, StateStore>;
  readonly changelogs: readonly ChangelogOfStore[];
  /** Of those that have a position: how far the changelogs are in the stores. */
  readonly #positions = new Map<string, number>();
  readonly #persistent: PersistentState | undefined;
  readonly #owner = new Owner();

  private constructor(options: TaskStateOptions, persistent: PersistentState | undefined) {
    const { applicationId, subTopology, partition, budget } = options;
    this.id = taskId(subTopology, partition);
    this.subTopology = subTopology;
    this.partition = partition;
    this.#persistent = persistent;
    const cache = { host: this.#owner, budget };
    this.changelogs = subTopology.stores.map((spec) => {
      const topic = changelogTopic(applicationId, spec);
      const changelog = this.#changelog(topic, spec);
      const setting = { spec, changelogTopic: topic, changelog, cache };
      const store = persistent?.has(spec) === true ? persistent.createStore(setting) : createStore(setting);
      const position = persistent?.position(spec.name);
      if (position !== undefined) this.#positions.set(spec.name, position);
      return { spec, store, topic };
    });
    this.stores = new Map(this.changelogs.map(({ spec, store }) => [spec.name, store]));
  }

  /** State in memory only. */
  static inMemory(options: TaskStateOptions): TaskState {
    return new TaskState(options, undefined);
  }

  /** @throws StreamsError `STATE_LOCKED` where another process has it; `STATE_UNREADABLE` */
  static async open(options: TaskStateOptions, provider: StateStoreProvider | undefined): Promise<TaskState> {
    const persistent = options.subTopology.stores.some(({ storage }) => storage !== 'memory');
    if (provider === undefined || !persistent) return TaskState.inMemory(options);
    const { applicationId, subTopology, partition } = options;
    const storage = await provider.open(applicationId, taskId(subTopology, partition));
    return new TaskState(options, new PersistentState(storage, options.subTopology.stores));
  }

  /** The next offset to restore a store from; `undefined`: from the first. */
  position(storeName: string): number | undefined {
    return this.#positions.get(storeName);
  }

  /** To be called after records of its changelog were restored, up to an offset. */
  restored(storeName: string, nextOffset: number): void {
    this.#positions.set(storeName, nextOffset);
  }

  /** The wall clock of the last commit to disk; `undefined` where there was none. Milliseconds since the epoch. */
  get committedAt(): number | undefined {
    return this.#persistent?.committedAt;
  }

  /** The latest time of any record processed, as of the last commit to disk, or −1. */
  get streamTime(): number {
    return this.#persistent?.streamTime ?? -1;
  }

  /** Forgets what a store holds: its changelog does not go on from there. Only before anything was restored into it. */
  wipe(storeName: string): void {
    this.#positions.delete(storeName);
    this.#persistent?.wipe(storeName);
  }

  /** From now on the stores are used by operators. */
  attach(owner: StateOwner): void {
    this.#owner.owner = owner;
  }

  /** Lets all changes go on that wait, and writes them to the changelogs. */
  flush(): void {
    // A store's changes go to operators that come after it, and so to stores that do.
    for (const store of this.stores.values()) store.flush();
  }

  /**
   * Makes durable what was put and restored, with how far that is: after it was committed in Kafka.
   *
   * @param acknowledged the offset after the last record of ours in a changelog; `undefined` where there is none
   * @throws StreamsError `STATE_FULL`, `STATE_UNREADABLE`
   */
  commit(
    streamTime: number,
    acknowledged: (topic: string, partition: number) => number | undefined = () => undefined,
  ): void {
    for (const { spec, topic } of this.changelogs) {
      const offset = acknowledged(topic, this.partition);
      const known = this.#positions.get(spec.name);
      if (offset !== undefined && (known === undefined || offset > known)) {
        this.#positions.set(spec.name, offset);
      }
    }
    this.#persistent?.commit(this.#positions, streamTime);
  }

  /** Changes not committed that are worth a commit while restoring. Bytes. */
  get uncommittedBytes(): number {
    return this.#persistent?.uncommittedBytes ?? 0;
  }

  /** On disk. */
  get usage(): StorageUsage | undefined {
    return this.#persistent?.usage;
  }

  /** Drops what is not committed. Idempotent. */
  async close(): Promise<void> {
    for (const { store } of this.changelogs) store.close();
    await this.#persistent?.close();
  }

  #changelog(topic: string, spec: StoreSpec): ChangelogWriter {
    const owner = this.#owner;
    const { partition } = this;
    const headers = spec.type === 'suppress' ? SUPPRESSED_HEADERS : NO_HEADERS;
    return {
      write: (key, value, timestamp) =>
        owner.current.collector.send(topic, key, value, headers, timestamp, partition),
    };
  }
}

const NO_HEADERS: readonly Header[] = [];

/** Whoever runs the task, once somebody does. */
class Owner implements ChangeHost {
  owner: StateOwner | undefined;

  get current(): StateOwner {
    if (this.owner === undefined) {
      throw new StreamsError('ILLEGAL_STATE', 'state was changed that no task runs on yet');
    }
    return this.owner;
  }

  get context(): ChangeContext {
    return this.current.context;
  }

  failed(node: string | undefined, error: unknown): void {
    this.current.failed(node, error);
  }
}
