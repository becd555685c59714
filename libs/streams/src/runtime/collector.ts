import type { ChangelogTarget } from '../state/task-state.js';

/** Where a task's records go: outputs, changelogs and dead letters alike. Takes over at once and reports later. */
export interface RecordCollector extends ChangelogTarget {
  /** Absent where nobody can tell: topologies that choose partitions by it are refused. */
  readonly partitions?: PartitionCounts;
}

/** How many partitions topics have. */
export interface PartitionCounts {
  /** `undefined` where that is not known, or not any more: {@link ask}. */
  known(topic: string): number | undefined;
  /** @throws KafkaError */
  ask(topic: string): Promise<number>;
}

/** The record's own fault: the broker refused the same one before. Its error is the cause. */
export class RecordRefusedError extends Error {
  override readonly name = 'RecordRefusedError';
}

/** The record's own fault: it is above what a request, or its topic, may hold. */
export class RecordTooLargeError extends Error {
  override readonly name = 'RecordTooLargeError';
}
