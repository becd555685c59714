import type { Consumer } from '@mesh/kafka';
import type { RecordCollector } from '../collector.js';
import type { Task } from '../task.js';
import type { Acknowledged } from './acknowledged.js';

/**
 * How outputs, changelogs and offsets become final together, or in which order. One for each stream thread:
 *
 *     open(task) → (collect, pump)* → commit → … → closeTask → close
 *
 * After an error of any call, or with {@link failure} set, everything since the last commit is void: the thread gives
 * up its tasks with {@link abandon} and begins anew.
 */
export interface Guarantee {
  /** Outputs and offsets are one transaction: there must be nothing under way in a task that is committed. */
  readonly exactlyOnce: boolean;
  /** Once before the thread joins its group. */
  init(): Promise<void>;
  /** To be called before the task restores its state: earlier owners can write no more after it. */
  open(taskId: string): Promise<RecordCollector>;
  /** Sends what is worth sending; waits for nothing. */
  pump(): void;
  /** Bytes collected and not acknowledged. */
  readonly pendingBytes: number;
  /** What was written, also where it is not committed yet. */
  readonly acknowledged: Acknowledged;
  /** A send failed. */
  readonly failure: Error | undefined;
  /** Makes all that these tasks did final. @returns whether there was anything */
  commit(tasks: readonly Task[], consumer: Consumer): Promise<boolean>;
  closeTask(taskId: string): Promise<void>;
  /** Drops what is not committed, for all tasks. Never throws. */
  abandon(): Promise<void>;
  /** After the last commit. Never throws. */
  close(): Promise<void>;
}
