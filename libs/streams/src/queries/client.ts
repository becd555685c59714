import { StateQueryError, type StateQueryRequest } from '../runtime/queries/query.js';
import type { QueryableStoreType, QueryExecutor, StoreQueryOptions } from '../runtime/queries/stores.js';
import { reasonOf } from './problem.js';
import { decodeResults, encodeRequest, type ApplicationQuery, type InstanceResult } from './wire.js';

export const PATHS = { query: '/query', stores: '/stores', instances: '/instances' } as const;
/** Says that an instance passed the query on: whoever gets it answers by itself, or not at all. */
export const FORWARDED = 'mesh-streams-forwarded';

export interface StateQueryClientOptions {
  readonly applicationId: string;
  /** Of any instance, or of what spreads requests over them; where there are several, the next is asked after a failure. */
  readonly urls: readonly string[];
  /** Milliseconds, default 10,000. */
  readonly timeoutMs?: number;
  /** Sent along, as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Queries the stores of an application from outside, typed by the serdes that the stores were made with:
 *
 *     const client = new StateQueryClient({ applicationId: 'trends', urls: ['http://127.0.0.1:8081'] });
 *     const plays = client.store('plays-per-song', QueryableStoreTypes.window(stringSerde, longSerde));
 */
export class StateQueryClient implements QueryExecutor {
  readonly #options: StateQueryClientOptions;

  constructor(options: StateQueryClientOptions) {
    this.#options = options;
  }

  /** Opens a store; `staleness` lets replicas answer. Nothing is asked before something is read. */
  store<S>(
    name: string,
    type: QueryableStoreType<S>,
    options: Omit<StoreQueryOptions, 'requireActive'> = {},
  ): S {
    const topic = `${this.#options.applicationId}-${name}-changelog`;
    return type.open({ executor: this, store: name, topic, options });
  }

  /**
   * @throws StateQueryError as the service answers, `UNREACHABLE` where none does; also where a partition fails, unless
   *   the query is `partial`
   */
  async query({
    requireActive: _ignored,
    ...request
  }: StateQueryRequest & ApplicationQuery): Promise<readonly InstanceResult[]> {
    const { applicationId, urls, timeoutMs = 10_000, headers = {} } = this.#options;
    let failure = new StateQueryError('UNREACHABLE', `no URL of ${applicationId} is given`);
    for (const url of urls) {
      const signal = AbortSignal.timeout(timeoutMs);
      try {
        return await post(url, applicationId, request, headers, signal);
      } catch (error) {
        failure = error instanceof StateQueryError ? error : unreachable(url, error);
        if (failure.reason !== 'UNREACHABLE') throw failure;
      }
    }
    throw failure;
  }
}

/** Asks one instance for what it has itself. */
export function forwardTo(
  url: string,
  applicationId: string,
  request: ApplicationQuery,
  options: { readonly signal: AbortSignal; readonly authorization: string | undefined },
): Promise<readonly InstanceResult[]> {
  const { signal, authorization } = options;
  const headers = { [FORWARDED]: '1', ...(authorization === undefined ? {} : { authorization }) };
  return post(url, applicationId, request, headers, signal);
}

async function post(
  url: string,
  applicationId: string,
  request: ApplicationQuery,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<readonly InstanceResult[]> {
  const response = await fetch(`${url.replace(/\/$/, '')}${PATHS.query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: encodeRequest(applicationId, request),
    signal,
  });
  const text = await response.text();
  if (response.ok) return decodeResults(text);
  throw failureOf(url, response.status, text);
}

function failureOf(url: string, status: number, text: string): StateQueryError {
  try {
    const { type = '', detail = text } = JSON.parse(text) as {
      readonly type?: string;
      readonly detail?: string;
    };
    return new StateQueryError(reasonOf({ type }) ?? 'UNREACHABLE', `${url}: ${detail}`);
  } catch {
    return new StateQueryError('UNREACHABLE', `${url} answered ${status}: ${text.slice(0, 200)}`);
  }
}

function unreachable(url: string, cause: unknown): StateQueryError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new StateQueryError('UNREACHABLE', `${url}: ${message}`, { cause });
}
