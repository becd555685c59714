import type { StoreType } from '../topology/nodes.js';

/*
 * What a store on disk is made of. A provider keeps, for each task, named tables of bytes in byte order, and changes
 * them in one transaction together with how far they are: which makes them worth the changelog up to there.
 */

/** Chosen by `KafkaStreamsOptions.stateStores`; without one, state is kept in memory. */
export interface StateStoreProvider {
  /** What it is called in errors and metrics, as `lmdb`. */
  readonly name: string;
  /**
   * The state of a task, made where there is none. One at a time: waits a while for one that is being closed.
   *
   * @throws StreamsError `STATE_LOCKED` where somebody else has it open
   */
  open(applicationId: string, taskId: string): Promise<TaskStorage>;
  /** The tasks with state on this machine, whoever runs them. */
  list(applicationId: string): Promise<readonly StoredTask[]>;
  /** Deletes the state of tasks that nobody has open, nor had for so long. @returns their ids */
  clean(applicationId: string, unusedForMs: number): Promise<readonly string[]>;
}

/** State of a task on disk. */
export interface StoredTask {
  readonly taskId: string;
  readonly checkpoint: Checkpoint;
}

/** How far the stores of a task are, as of the last commit. */
export interface Checkpoint {
  /** The latest time of any record processed, or −1. */
  readonly streamTime: number;
  /** Of the wall clock. Milliseconds since the epoch. */
  readonly committedAt: number;
  readonly stores: Readonly<Record<string, StoreCheckpoint>>;
}

export interface StoreCheckpoint {
  readonly type: StoreType;
  /** Of the bytes in the tables: what another one wrote is not read. */
  readonly format: number;
  /** The next offset of the changelog: everything before it is in the store, or was deleted in it again. */
  readonly offset: number;
  readonly streamTime: number;
  /** The latest time of an entry, where that is another. */
  readonly latest?: number;
}

/** The open state of one task. */
export interface TaskStorage {
  /** As last committed; `undefined` where there is nothing yet. */
  readonly checkpoint: Checkpoint | undefined;
  /** A table by its name, empty where it is new. Its content changes with {@link commit} only. */
  table(name: string): SortedTable;
  /**
   * All or nothing, also where the process is killed.
   *
   * @throws StreamsError `STATE_FULL` where it would not fit
   */
  commit(writes: readonly TableWrites[], checkpoint: Checkpoint): void;
  readonly usage: StorageUsage;
  close(): Promise<void>;
}

export interface StorageUsage {
  readonly bytes: number;
  /** The most that it may become. */
  readonly maxBytes: number;
}

export interface TableWrites {
  readonly table: string;
  /** Whether what the table held before goes. */
  readonly clear: boolean;
  /** In byte order; `null` deletes. */
  readonly entries: readonly (readonly [key: Buffer, value: Buffer | null])[];
}

/** From one key to another, in byte order. */
export interface KeyRange {
  /** Inclusive; absent: from the first. */
  readonly from?: Buffer;
  /** Exclusive; absent: to the last. */
  readonly to?: Buffer;
  /** From the last to the first. */
  readonly reverse?: boolean;
}

export interface SortedTable {
  /** Longest key it takes. Bytes. */
  readonly maxKeyBytes: number;
  readonly size: number;
  /** The caller's own. */
  get(key: Buffer): Buffer | undefined;
  /** The caller's own. To be ended, or read to its end, before the next commit. */
  range(range: KeyRange): Iterable<readonly [key: Buffer, value: Buffer]>;
}
