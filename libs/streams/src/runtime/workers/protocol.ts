import { KafkaError, type GroupMetadata, type KafkaErrorCode } from '@mesh/kafka';
import { StreamsError, type StreamsErrorCode } from '../../errors.js';
import { toError } from '../failures.js';
import type { Metric } from '../metrics.js';
import type { StreamsMetadata } from '../queries/metadata.js';
import type { StateQueryRequest, StateQueryResult } from '../queries/query.js';
import type { PreparedTopics } from '../topics.js';

/*
 * What an application and the workers of its stream threads say to each other: plain data, cloned on the way.
 */

/** What a worker begins with. */
export interface WorkerStart {
  /** The URL of the user's module, and what its function is given. */
  readonly module: string;
  readonly data: unknown;
  /** Of the thread, from 0. */
  readonly index: number;
  /** What the application has decided for all its threads. */
  readonly applicationId: string;
  readonly instanceId: string;
  readonly numStreamThreads: number;
  readonly topics: PreparedTopics;
  /** As `Topology.describe` prints it: the worker's is compared. */
  readonly topology: string;
  readonly paused: boolean;
}

export type ToWorker =
  | { readonly type: 'pause'; readonly paused: boolean }
  | { readonly type: 'query'; readonly id: number; readonly request: StateQueryRequest }
  /** See `StreamThread.stop`. */
  | { readonly type: 'stop'; readonly timeoutMs: number; readonly leaveGroup: boolean | undefined };

/** What {@link ApplicationThread} tells of a thread at any time. */
export interface WorkerStatus {
  /** Who the thread is in its group: to be taken out of it when the worker has died. */
  readonly member: GroupMetadata | undefined;
  readonly waiting: string | undefined;
  readonly metrics: readonly Metric[];
}

export type FromWorker =
  /** Its event loop goes round. */
  | { readonly type: 'alive' }
  | { readonly type: 'status'; readonly status: WorkerStatus }
  | { readonly type: 'rebalancing'; readonly status: WorkerStatus }
  | { readonly type: 'running'; readonly status: WorkerStatus }
  | { readonly type: 'instances'; readonly instances: readonly StreamsMetadata[] }
  | { readonly type: 'answer'; readonly id: number; readonly result: StateQueryResult }
  | { readonly type: 'unanswered'; readonly id: number; readonly error: ErrorData }
  /** The thread has failed for good; the worker waits to be stopped. */
  | { readonly type: 'failed'; readonly error: ErrorData }
  /** All is closed, and the worker is about to end. */
  | { readonly type: 'stopped' };

/** Cloning an error leaves out its class and what it has beside a message. */
export interface ErrorData {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: string | undefined;
  readonly retriable: boolean;
  readonly cause: ErrorData | undefined;
}

export function encodeError(thrown: unknown): ErrorData {
  const error = toError(thrown);
  const { code, retriable } = error as { readonly code?: unknown; readonly retriable?: unknown };
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    code: typeof code === 'string' ? code : undefined,
    retriable: retriable === true,
    // An error may be its own cause's cause.
    cause: error.cause instanceof Error && error.cause !== error ? encodeError(error.cause) : undefined,
  };
}

export function decodeError({ name, message, stack, code, retriable, cause }: ErrorData): Error {
  const options = cause === undefined ? {} : { cause: decodeError(cause) };
  const error = classed(name, message, code, { ...options, retriable });
  // Where it was thrown, not where it was read.
  if (stack !== undefined) error.stack = stack;
  return error;
}

function classed(
  name: string,
  message: string,
  code: string | undefined,
  options: { readonly cause?: Error; readonly retriable: boolean },
): Error {
  if (name === 'StreamsError') return new StreamsError(code as StreamsErrorCode, message, options);
  if (name === 'KafkaError') return new KafkaError(code as KafkaErrorCode, message, options);
  const error = new Error(message, options);
  error.name = name;
  return code === undefined ? error : Object.assign(error, { code });
}
