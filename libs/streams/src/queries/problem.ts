import { isFailure, StateQueryError, type QueryFailureReason } from '../runtime/queries/query.js';
import type { InstanceResult } from './wire.js';

/** An error as RFC 9457 has it, `application/problem+json`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** The partitions that did not answer. */
  readonly partitions?: readonly {
    readonly partition: number;
    readonly failure: QueryFailureReason;
    readonly message: string;
  }[];
}

const STATUS: Readonly<Record<QueryFailureReason, number>> = {
  STORE_NOT_FOUND: 404,
  UNKNOWN_QUERY_TYPE: 400,
  INVALID_QUERY: 400,
  DOES_NOT_EXIST: 404,
  // What passes by itself: a rebalance, a restore, an instance that starts.
  NOT_PRESENT: 503,
  NOT_ACTIVE: 503,
  TOO_STALE: 503,
  NOT_UP_TO_BOUND: 503,
  UNREACHABLE: 503,
  STORE_EXCEPTION: 500,
};

export function problem(status: number, type: string, detail: string): Problem {
  return { type: `urn:mesh:streams:query:${type}`, title: type.replaceAll('-', ' '), status, detail };
}

/** What to answer for an error; `undefined` for one that says nothing about the request. */
export function problemOf(error: unknown): Problem | undefined {
  return error instanceof StateQueryError ? failed(error.reason, error.message) : undefined;
}

/** What to answer where partitions failed; `undefined` where none did. */
export function problemOfResults(results: readonly InstanceResult[]): Problem | undefined {
  const partitions = results.filter(isFailure).map(({ partition, failure, message }) => {
    return { partition, failure, message };
  });
  const [first] = partitions;
  if (first === undefined) return undefined;
  return { ...failed(first.failure, first.message), partitions };
}

function failed(reason: QueryFailureReason, detail: string): Problem {
  return problem(STATUS[reason], reason.toLowerCase().replaceAll('_', '-'), detail);
}

/** The reason that a problem's type names. */
export function reasonOf({ type }: { readonly type: string }): QueryFailureReason | undefined {
  const name = type
    .slice(type.lastIndexOf(':') + 1)
    .toUpperCase()
    .replaceAll('-', '_');
  return Object.hasOwn(STATUS, name) ? (name as QueryFailureReason) : undefined;
}
