import type { KafkaError } from '../port/errors.js';
import { SendError, type RecordFailure } from '../port/errors.js';
import type { Appended } from '../port/producer.js';
import { ErrorCode } from '../wire/error-codes.js';

/**
 * Answers that a broker gives before it appends. After any other it may have appended: it answers
 * NOT_LEADER_OR_FOLLOWER also where it lost the partition while it waited for its followers, KAFKA_STORAGE_ERROR where
 * its disk failed half-way, and UNKNOWN_SERVER_ERROR for what it did not foresee.
 */
export const NOT_APPENDED: ReadonlySet<number> = new Set([
  ErrorCode.CORRUPT_MESSAGE,
  ErrorCode.MESSAGE_TOO_LARGE,
  ErrorCode.RECORD_LIST_TOO_LARGE,
  ErrorCode.NOT_ENOUGH_REPLICAS,
  ErrorCode.TOPIC_AUTHORIZATION_FAILED,
  ErrorCode.CLUSTER_AUTHORIZATION_FAILED,
  ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
  ErrorCode.INVALID_TIMESTAMP,
  ErrorCode.INVALID_RECORD,
]);

/** The answers of all partitions, and whether the broker may have appended a batch that it did not confirm. */
export interface Outcome {
  readonly appended: Appended[];
  readonly failures: RecordFailure[];
  indefinite: boolean;
}

/** Why a partition does not move on. */
export interface Trouble {
  /** The last failure since the partition last moved on. */
  readonly error: KafkaError;
  /** Where that is an unknown topic: since when nothing else was answered. Milliseconds since the epoch. */
  readonly unknownSince: number | undefined;
  /** The broker may have appended what it did not confirm. */
  readonly unconfirmed: boolean;
}

/** What is known of a partition after one more failure. */
export function troubleAfter(before: Trouble | undefined, error: KafkaError, unconfirmed: boolean): Trouble {
  return {
    error,
    unknownSince: error.code === 'UNKNOWN_TOPIC' ? (before?.unknownSince ?? Date.now()) : undefined,
    unconfirmed: unconfirmed || (before?.unconfirmed ?? false),
  };
}

/** @throws SendError */
export function appendedOrThrow({
  appended,
  failures,
}: Pick<Outcome, 'appended' | 'failures'>): readonly Appended[] {
  const [first, ...rest] = failures;
  if (first !== undefined) throw new SendError([first, ...rest]);
  return appended;
}
