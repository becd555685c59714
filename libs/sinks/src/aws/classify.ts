import type { Failure, Verdict } from '../batching/transport.js';

/** The parts of an SDK's error that tell what it means. */
interface SdkError {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $retryable?: { readonly throttling?: boolean };
}

/** What a service's own errors mean, by their modelled names; goes before the general rules. */
export type KnownErrors = Readonly<Record<string, Verdict>>;

// Source: "Common error types" of the AWS API references, and the retry classification of the SDKs.
const COMMON: KnownErrors = {
  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  ThrottledException: 'throttled',
  RequestThrottled: 'throttled',
  RequestThrottledException: 'throttled',
  TooManyRequestsException: 'throttled',
  RequestLimitExceeded: 'throttled',
  SlowDown: 'throttled',
  ServiceUnavailable: 'retryable',
  ServiceUnavailableException: 'retryable',
  InternalFailure: 'retryable',
  InternalServerError: 'retryable',
  InternalServerException: 'retryable',
  RequestTimeout: 'retryable',
  RequestTimeoutException: 'retryable',
  TimeoutError: 'retryable',
  ValidationException: 'rejected',
  ValidationError: 'rejected',
  SerializationException: 'rejected',
};

/**
 * Sorts an error of an SDK call. What has no HTTP status came from the way to the service and is retryable, except
 * for missing credentials. An answer of the 400s that nobody knows is taken for a matter of configuration: that
 * stops and alarms, where taking it for the record's fault would drop records.
 */
export function classifyAwsError(error: unknown, known: KnownErrors): Failure {
  const { name, message, $metadata, $retryable }: SdkError =
    typeof error === 'object' && error !== null ? error : {};
  const code = typeof name === 'string' ? name : 'UnknownError';
  const status = $metadata?.httpStatusCode;
  return {
    verdict: verdictOf(),
    code,
    message: typeof message === 'string' ? message : String(error),
    cause: error,
  };

  function verdictOf(): Verdict {
    const named = known[code] ?? COMMON[code];
    if (named !== undefined) return named;
    if ($retryable?.throttling === true || status === 429) return 'throttled';
    if (status === 413) return 'rejected';
    if (status === undefined) return code === 'CredentialsProviderError' ? 'misconfigured' : 'retryable';
    return status >= 400 && status < 500 ? 'misconfigured' : 'retryable';
  }
}
