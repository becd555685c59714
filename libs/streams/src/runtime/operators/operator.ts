import type { ConsumedRecord } from '@mesh/kafka';
import type { Cancellable, Punctuator, PunctuationType, ScheduleOptions } from '../../processor/processor.js';
import type { StateStore } from '../../state/ports.js';
import type { TopicRef } from '../../topology/nodes.js';
import type { RecordCollector } from '../collector.js';
import type { OperatorFailure } from '../failures.js';
import type { TaskCounters } from '../metrics.js';
import type { Hold } from '../offsets.js';
import type { RecordContext } from '../record-context.js';

/**
 * An operator with all that is below it: called once a record, with the rest of the record in the task's context.
 *
 * A change of a table has two arguments more: the value before, `null` for none, which is left out where nobody below
 * asks for it; and whether the change is behind the key's latest, as a versioned table may have it.
 */
export type Process = (key: unknown, value: unknown, before?: unknown, stale?: boolean) => void;

/** What a task gives its operators. */
export interface OperatorEnvironment {
  readonly context: RecordContext;
  readonly collector: RecordCollector;
  readonly counters: TaskCounters;
  readonly pending: PendingWork;
  readonly life: TaskLife;
  /** The partition that the task is for. */
  readonly partition: number;
  /** Outputs, state and offsets become final together. */
  readonly exactlyOnce: boolean;
  store(name: string): StateStore;
  /** Of a global table. */
  globalStore(name: string): StateStore;
  topic(ref: TopicRef): string;
  changelog(storeName: string): string;
}

/** A task's clocks, and its beginning and end. */
export interface TaskLife {
  readonly applicationId: string;
  readonly taskId: string;
  /** The latest time of any record taken, or −1. */
  streamTime(): number;
  /** The machine's time, or the test driver's. Milliseconds since the epoch. */
  now(): number;
  /** A record is taken that has this time. */
  observe(timestamp: number): void;
  schedule(
    intervalMs: number,
    type: PunctuationType,
    punctuator: Punctuator,
    options: ScheduleOptions | undefined,
  ): Cancellable;
  requestCommit(): void;
  /** Leaves word for people. */
  warn(message: string): void;
  /** Has something done when the task's state is there, before its first record. */
  onInit(work: () => void): void;
  /** Has something done at the task's end, where it has begun. */
  onClose(work: () => void): void;
}

/** The source record that a failure is about. */
export interface FailedSource {
  readonly topic: string;
  readonly partition: number;
  readonly record: ConsumedRecord;
}

/** What goes on after the call that brought it about. */
export interface PendingWork {
  /** The record in the context is not finished before the hold is given back. */
  hold(): Hold;
  release(hold: Hold): void;
  /** An operator that can take no more, or can again: no record is taken while one is full. */
  full(): void;
  free(): void;
  /** Runs `work` as a part of an earlier record; not where the task is closed meanwhile. */
  resume(context: RecordContext, work: () => void): void;
  /** A record failed after the call that it was given to. */
  failed(source: FailedSource, failure: OperatorFailure): void;
  /** Something that no record is to blame for: the task cannot go on. */
  broken(error: Error): void;
  /** Runs `work` after a while; not where the task is closed meanwhile, after which nothing waits. */
  later(ms: number, work: () => void): void;
  readonly closed: boolean;
}
