import { setTimeout as sleep } from 'node:timers/promises';
import { OutboxError } from '../errors.js';

/**
 * Answers that another attempt may turn: too many requests, others at work on the same items, the service's own faults.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
 */
const PASSING = new Set([
  'InternalFailure',
  'InternalServerError',
  'ItemCollectionSizeLimitExceededException',
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'ReplicatedWriteConflictException',
  'RequestLimitExceeded',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'ThrottlingException',
  'TransactionConflictException',
  'TransactionInProgressException',
]);
/** Why a part of a transaction stood in its way, where the same may be tried again. */
const PASSING_REASONS = new Set([
  'None',
  'ProvisionedThroughputExceeded',
  'ThrottlingError',
  'TransactionConflict',
]);

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 500;

interface Failure {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly CancellationReasons?: readonly { readonly Code?: string }[];
}

/** Whether the same call may succeed later: throttling, conflicts, no answer at all. */
export function isPassing(error: unknown): boolean {
  // Of the SDK's making or of ours, and no answer of the service.
  if (error instanceof TypeError || error instanceof RangeError) return false;
  const {
    name,
    $metadata,
    CancellationReasons: reasons,
  }: Failure = typeof error === 'object' && error !== null ? error : {};
  if (name === 'TransactionCanceledException') return allPassing(reasons);
  if (typeof name === 'string' && PASSING.has(name)) return true;
  const status = $metadata?.httpStatusCode;
  // Without a status it came from the way to the service; credentials that are missing stay so.
  return status === undefined ? name !== 'CredentialsProviderError' : status >= 500;
}

function allPassing(reasons: Failure['CancellationReasons']): boolean {
  return reasons !== undefined && reasons.every(({ Code }) => PASSING_REASONS.has(Code ?? ''));
}

/** By index, the parts of a transaction whose conditions do not hold; undefined where it failed for another reason. */
export function failedConditions(error: unknown): ReadonlySet<number> | undefined {
  const { name, CancellationReasons: reasons }: Failure =
    typeof error === 'object' && error !== null ? error : {};
  if (name !== 'TransactionCanceledException' || reasons === undefined) return undefined;
  const failed = reasons.flatMap(({ Code }, index) => (Code === 'ConditionalCheckFailed' ? [index] : []));
  return failed.length === 0 ? undefined : new Set(failed);
}

/** How long to go on trying. */
export interface Patience {
  /** Milliseconds from the first attempt. */
  readonly retryForMs: number;
}

/**
 * Calls until it succeeds, with full jitter between attempts, for as long as failures are passing.
 *
 * @throws OutboxError `UNAVAILABLE` where patience ended; whatever else `call` throws as it is
 * @see https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
 */
export async function patiently<T>(
  what: string,
  { retryForMs }: Patience,
  call: () => Promise<T>,
): Promise<T> {
  const deadline = Date.now() + retryForMs;
  for (let ceiling = FIRST_PAUSE_MS; ; ceiling = Math.min(ceiling * 2, LONGEST_PAUSE_MS)) {
    try {
      return await call();
    } catch (error) {
      if (!isPassing(error)) throw error;
      const pause = Math.random() * ceiling;
      if (Date.now() + pause >= deadline) throw dynamoDbError(error, what);
      await sleep(pause);
    }
  }
}

/** What the SDK threw, as an error that says whether trying again makes sense. */
export function dynamoDbError(error: unknown, what: string): OutboxError {
  if (error instanceof OutboxError) return error;
  const { name, message }: Failure = typeof error === 'object' && error !== null ? error : {};
  const reason = typeof message === 'string' && message !== '' ? message : String(name);
  return new OutboxError(isPassing(error) ? 'UNAVAILABLE' : 'DATABASE', `${what}: ${reason}`, {
    cause: error,
  });
}
