import type { StateStore } from '../../state/ports.js';
import type { Topology } from '../../topology/topology.js';
import { toError } from '../failures.js';
import { isUpTo, type Position } from './position.js';
import { queryableStore, type QueryableStore } from './queryable-store.js';
import {
  StateQueryError,
  type Behind,
  type PartitionAnswer,
  type PartitionFailure,
  type QueryFailureReason,
  type StateEntry,
  type StateQueryRequest,
  type StateQueryResult,
  type TaskRole,
} from './query.js';
import { entriesOf, type FoundEntry } from './store-reader.js';

/** A task as queries see it. */
export interface QueryableTask {
  readonly partition: number;
  readonly stores: ReadonlyMap<string, StateStore>;
  readonly role: TaskRole;
  /** See {@link PartitionAnswer.position}. */
  readonly position: Position;
  /** See {@link PartitionAnswer.behind}. */
  readonly behind?: Behind;
}

/** For each partition where the query does not say. */
const DEFAULT_LIMIT = 1_000;
const DEFAULT_LIMIT_BYTES = 1024 * 1024;

/**
 * Answers a query from the tasks of one thread, between two records: what it reads is processed, and may not be
 * committed yet. Partitions asked for by number that are not here are answered with a failure.
 *
 * @throws StateQueryError `STORE_NOT_FOUND`, `UNKNOWN_QUERY_TYPE`, `INVALID_QUERY` where no partition could answer
 */
export function answerQuery(
  topology: Topology,
  applicationId: string,
  tasks: readonly QueryableTask[],
  request: StateQueryRequest,
): StateQueryResult {
  const store = queryableStore(topology, applicationId, request.store);
  store.mustAnswer(request.query);
  const { partitions, cursor } = request;
  if (cursor !== undefined && partitions?.length !== 1) {
    throw new StateQueryError('INVALID_QUERY', 'a cursor goes on in the one partition that it is from');
  }
  const here = new Map(
    tasks.filter((task) => task.stores.has(request.store)).map((task) => [task.partition, task]),
  );
  const asked = partitions ?? [...here.keys()];
  return [...asked]
    .sort((a, b) => a - b)
    .map((partition) => {
      const task = here.get(partition);
      return task === undefined
        ? failure(
            partition,
            'NOT_PRESENT',
            `partition ${partition} of store ${request.store} is not on this instance`,
          )
        : answerFrom(task, store, request);
    });
}

function answerFrom(
  task: QueryableTask,
  store: QueryableStore,
  request: StateQueryRequest,
): PartitionAnswer | PartitionFailure {
  const { partition, role, position } = task;
  const refused = refusal(task, request);
  if (refused !== undefined) return refused;
  const { behind } = task;
  const { limit = DEFAULT_LIMIT, limitBytes = DEFAULT_LIMIT_BYTES, cursor, query } = request;
  try {
    const from = task.stores.get(request.store);
    if (from === undefined) {
      return failure(
        partition,
        'NOT_PRESENT',
        `partition ${partition} has no store ${request.store} any more`,
      );
    }
    const entries: StateEntry[] = [];
    let next: Uint8Array | undefined;
    let last: FoundEntry | undefined;
    let bytes = 0;
    for (const found of entriesOf(store, from, query, cursor)) {
      if (last !== undefined && (entries.length >= limit || bytes >= limitBytes)) {
        next = last.cursor();
        break;
      }
      const entry = found.entry();
      bytes += entry.key.length + entry.value.length;
      entries.push(entry);
      last = found;
    }
    return {
      partition,
      role,
      position,
      ...(behind === undefined ? {} : { behind }),
      entries,
      ...(next === undefined ? {} : { cursor: next }),
    };
  } catch (error) {
    return failure(partition, 'STORE_EXCEPTION', `store ${request.store}: ${toError(error).message}`);
  }
}

function refusal(
  { partition, role, position, behind }: QueryableTask,
  { store, requireActive = false, staleness, positionBound }: StateQueryRequest,
): PartitionFailure | undefined {
  const what = `partition ${partition} of store ${store}`;
  if (role !== 'active') {
    if (requireActive) {
      return failure(
        partition,
        'NOT_ACTIVE',
        `${what} is ${role} here, and the query wants one that processes`,
      );
    }
    const { maxLag = Number.POSITIVE_INFINITY, maxLagMs = Number.POSITIVE_INFINITY } = staleness ?? {};
    // What is not known is behind by any measure.
    const { records = Number.POSITIVE_INFINITY, ms = Number.POSITIVE_INFINITY } = behind ?? {};
    if (records > maxLag || ms > maxLagMs) {
      return failure(partition, 'TOO_STALE', `${what} is ${records} records and ${ms} ms behind (${role})`);
    }
  }
  if (positionBound !== undefined && !isUpTo(position, positionBound, partition)) {
    return failure(
      partition,
      'NOT_UP_TO_BOUND',
      `${what} is at ${JSON.stringify(position)} and the query wants ${JSON.stringify(positionBound)}`,
    );
  }
  return undefined;
}

function failure(partition: number, reason: QueryFailureReason, message: string): PartitionFailure {
  return { partition, failure: reason, message };
}
