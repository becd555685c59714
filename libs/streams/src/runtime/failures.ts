import type { ConsumedRecord, TopicPartition } from '@mesh/kafka';

/**
 * Where a record failed, under Kafka Connect's names: decoding its key or value, in the topology's functions
 * (`TRANSFORMATION`), encoding or producing an output (`KAFKA_PRODUCE`), or in an external sink (`TASK_PUT`).
 */
export type FailureStage =
  'KEY_CONVERTER' | 'VALUE_CONVERTER' | 'TRANSFORMATION' | 'KAFKA_PRODUCE' | 'TASK_PUT';

/** A source record that could not be processed. */
export interface RecordFailure extends TopicPartition {
  readonly stage: FailureStage;
  /** The operator's name in the topology. */
  readonly node: string;
  readonly taskId: string;
  readonly record: ConsumedRecord;
  readonly error: Error;
}

/**
 * `dead-letter` writes the source record to its topic's dead letters and goes on; `skip` goes on; `fail` stops the
 * application in the state ERROR, with the record's offset uncommitted.
 */
export type FailureDecision = 'dead-letter' | 'skip' | 'fail';

export type FailureHandler = (failure: RecordFailure) => FailureDecision;

/**
 * What becomes of the application when a stream thread has failed for good, which is what it could not mend by beginning
 * anew (KIP-671): another thread in its place, the end of this instance, or of all instances; both in the state ERROR.
 */
export type UncaughtErrorDecision = 'REPLACE_THREAD' | 'SHUTDOWN_CLIENT' | 'SHUTDOWN_APPLICATION';

export type UncaughtErrorHandler = (error: Error) => UncaughtErrorDecision;

/** Thrown through the operators' calls: tells the task at which operator a record failed. */
export class OperatorFailure extends Error {
  override readonly name = 'OperatorFailure';
  readonly stage: FailureStage;
  readonly node: string;

  constructor(stage: FailureStage, node: string, cause: unknown) {
    super(`${stage} at ${node}`, { cause });
    this.stage = stage;
    this.node = node;
  }
}

/** What the user's code threw names its operator; what came from further down has its own name. */
export function failureOf(node: string, error: unknown): OperatorFailure {
  return error instanceof OperatorFailure ? error : new OperatorFailure('TRANSFORMATION', node, error);
}

/** Whether an error says of itself that the same call may succeed later. */
export function isRetriable(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'retriable' in error && error.retriable === true;
}

export function toError(thrown: unknown): Error {
  return thrown instanceof Error
    ? thrown
    : new Error(`not an Error was thrown: ${String(thrown)}`, { cause: thrown });
}
