import type { Position } from './position.js';

/*
 * Queries of local stores (KIP-796, interactive queries v2) as plain data: keys and values are bytes, so that a query
 * and its answer cross to a worker thread, or to another instance, as they are.
 */

/** The value of a key: its latest one in a versioned store. */
export interface KeyQuery {
  readonly type: 'key';
  readonly key: Uint8Array;
}

/** Keys in byte order. `from` and `to` are inclusive and open where absent; or those that begin with `prefix`. */
export interface RangeQuery {
  readonly type: 'range';
  readonly from?: Uint8Array;
  readonly to?: Uint8Array;
  readonly prefix?: Uint8Array;
}

/** The windows of a key, by their start, earliest first; both bounds are inclusive. Milliseconds since the epoch. */
export interface WindowKeyQuery {
  readonly type: 'windowKey';
  readonly key: Uint8Array;
  readonly from?: number;
  readonly to?: number;
}

/** The windows of all keys, by their start, earliest first; both bounds are inclusive. Milliseconds since the epoch. */
export interface WindowRangeQuery {
  readonly type: 'windowRange';
  readonly from?: number;
  readonly to?: number;
}

/** The sessions of a key that end at `earliestEnd` or later and start at `latestStart` or earlier, by their end. */
export interface SessionQuery {
  readonly type: 'session';
  readonly key: Uint8Array;
  readonly earliestEnd?: number;
  readonly latestStart?: number;
}

/** The value of a key that was valid at a time: now, where there is no `asOf`. Milliseconds since the epoch. */
export interface VersionedKeyQuery {
  readonly type: 'versionedKey';
  readonly key: Uint8Array;
  readonly asOf?: number;
}

/** The values of a key that were valid at some time from `from` to `to`, both inclusive, latest first. */
export interface MultiVersionedKeyQuery {
  readonly type: 'multiVersionedKey';
  readonly key: Uint8Array;
  readonly from?: number;
  readonly to?: number;
}

export type StateQuery =
  | KeyQuery
  | RangeQuery
  | WindowKeyQuery
  | WindowRangeQuery
  | SessionQuery
  | VersionedKeyQuery
  | MultiVersionedKeyQuery;

/** How far a state may be behind its changelog; see {@link Behind}. Absent bounds do not bind; what is not known exceeds them. */
export interface Staleness {
  /** Changelog records. */
  readonly maxLag?: number;
  /**
   * Since everything that was in the changelog by then is known to be in the state: of standbys. They look for the end of
   * the changelog each second, so a bound below 2,000 refuses them now and then. Milliseconds.
   */
  readonly maxLagMs?: number;
}

export interface StateQueryRequest {
  readonly store: string;
  readonly query: StateQuery;
  /** Default: all partitions that are here. */
  readonly partitions?: readonly number[];
  /** Only tasks that process answer; default false: standbys, and tasks that restore their state, do too. */
  readonly requireActive?: boolean;
  /** For those that do not process. */
  readonly staleness?: Staleness;
  /** Source offsets that the answer must have seen, as those of one's own writes. */
  readonly positionBound?: Position;
  /** Entries for each partition, at most. Default 1,000. */
  readonly limit?: number;
  /** Bytes of entries for each partition, at most, beyond a first one. Default 1 MiB. */
  readonly limitBytes?: number;
  /** Goes on after an answer that was cut; for one partition, with the same query. */
  readonly cursor?: Uint8Array;
}

/** What a store holds of a key. Milliseconds since the epoch. */
export interface StateEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** Of the latest record that went into it; of a version, since when it is valid. */
  readonly timestamp: number;
  /** Of windows, `end` exclusive; of sessions and sliding windows, inclusive. */
  readonly window?: { readonly start: number; readonly end: number };
  /** Until when a version was valid, exclusive; absent while it is. */
  readonly validTo?: number;
}

/** `restoring`: assigned, and reading its state from the changelog. */
export type TaskRole = 'active' | 'restoring' | 'standby';

/** How far a state was behind its changelog, as far as that is known. */
export interface Behind {
  /** Changelog records not read yet. */
  readonly records?: number;
  /**
   * How long ago, by the clock, everything that was in the changelog by then is known to have been in the state: of
   * standbys, once they have been at the end of it. After a rebalance it is found out anew. Milliseconds.
   */
  readonly ms?: number;
}

/** What one partition of the store answered. */
export interface PartitionAnswer {
  readonly partition: number;
  readonly role: TaskRole;
  /** What the answer was made from: the last offset of each source partition that is in the store. */
  readonly position: Position;
  /** Absent for a task that processes: it makes the changelog. */
  readonly behind?: Behind;
  readonly entries: readonly StateEntry[];
  /** There are more entries: ask again with it. */
  readonly cursor?: Uint8Array;
}

/**
 * As Kafka Streams' `FailureReason`, where that has it:
 * - `STORE_NOT_FOUND`: the topology keeps no such store.
 * - `UNKNOWN_QUERY_TYPE`: the store is of a kind that does not answer such queries.
 * - `DOES_NOT_EXIST`: there is no such partition.
 * - `NOT_PRESENT`: the partition is not on this instance, or not any more.
 * - `NOT_ACTIVE`: it is here, and only as a standby or restoring, and the query wants one that processes.
 * - `TOO_STALE`: it is further behind than the query allows.
 * - `NOT_UP_TO_BOUND`: it has not seen the position that the query wants.
 * - `UNREACHABLE`: the instance that has it did not answer (in time).
 * - `INVALID_QUERY`: the query is not understood, or asks for more than is answered at once.
 * - `STORE_EXCEPTION`: the store failed.
 */
export type QueryFailureReason =
  | 'STORE_NOT_FOUND'
  | 'UNKNOWN_QUERY_TYPE'
  | 'DOES_NOT_EXIST'
  | 'NOT_PRESENT'
  | 'NOT_ACTIVE'
  | 'TOO_STALE'
  | 'NOT_UP_TO_BOUND'
  | 'UNREACHABLE'
  | 'INVALID_QUERY'
  | 'STORE_EXCEPTION';

/** Why a partition did not answer. */
export interface PartitionFailure {
  readonly partition: number;
  readonly failure: QueryFailureReason;
  readonly message: string;
}

/** By partition, in their order. */
export type StateQueryResult = readonly (PartitionAnswer | PartitionFailure)[];

export function isFailure(result: PartitionAnswer | PartitionFailure): result is PartitionFailure {
  return 'failure' in result;
}

/** A query that was not answered. */
export class StateQueryError extends Error {
  override readonly name = 'StateQueryError';
  readonly reason: QueryFailureReason;

  constructor(reason: QueryFailureReason, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.reason = reason;
  }
}
