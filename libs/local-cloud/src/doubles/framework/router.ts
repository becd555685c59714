import type { IncomingMessage } from 'node:http';
import type { CompiledOperation, CompiledService } from './service.js';
import { ModelledError } from './types.js';

/** A request's operation, and what was learnt on the way. */
export interface Route {
  readonly operation: CompiledOperation;
  readonly labels: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly region: string;
}

const noLabels: Readonly<Record<string, string>> = {};
const noQuery = new URLSearchParams();

/**
 * Finds out which service and operation a request is for: by `X-Amz-Target` in json 1.1, by the service of the
 * signature's credential scope, then method and path in rest-json (several services may sign as one: Personalize's
 * three do). A request must be signed, by whom does not matter: the signature is not verified.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export class Router {
  readonly #byTarget = new Map<string, CompiledService>();
  readonly #rest = new Map<string, CompiledService[]>();
  readonly #byPath = new Map<string, CompiledOperation>();

  constructor(services: readonly CompiledService[]) {
    for (const service of services) {
      const { protocol, targetPrefix } = service.model.metadata;
      if (protocol === 'json' && targetPrefix !== undefined) this.#byTarget.set(targetPrefix, service);
      else this.#rest.set(service.signingName, [...(this.#rest.get(service.signingName) ?? []), service]);
    }
  }

  /** @throws ModelledError with one of the codes common to all services. */
  route(request: IncomingMessage): Route {
    const { service: signedFor, region } = credentialScope(request.headers.authorization);
    const target = request.headers['x-amz-target'];
    if (typeof target === 'string') return this.#byTargetHeader(target, signedFor, region);

    const url = request.url ?? '/';
    const fast = this.#byPath.get(`${signedFor} ${request.method} ${url}`);
    if (fast !== undefined) return { operation: fast, labels: noLabels, query: noQuery, region };
    return this.#byUri(request.method ?? 'GET', url, signedFor, region);
  }

  #byTargetHeader(target: string, signedFor: string, region: string): Route {
    const dot = target.lastIndexOf('.');
    const service = this.#byTarget.get(target.slice(0, dot));
    if (service === undefined) {
      throw unknown(
        `no double answers the target "${target}"; those known: ${[...this.#byTarget.keys()].join(', ')}`,
      );
    }
    if (service.signingName !== signedFor) {
      throw new ModelledError(
        'InvalidSignatureException',
        `Credential should be scoped to correct service: '${service.signingName}'.`,
      );
    }
    const operation = service.operation(target.slice(dot + 1));
    if (operation === undefined) throw unknown(`${service.name} has no operation "${target.slice(dot + 1)}"`);
    return { operation, labels: noLabels, query: noQuery, region };
  }

  #byUri(method: string, url: string, signedFor: string, region: string): Route {
    const services = this.#rest.get(signedFor);
    if (services === undefined) {
      throw unknown(
        `no double answers the service "${signedFor}"; those known: ${[...this.#rest.keys()].join(', ')}`,
      );
    }
    const { pathname, searchParams: query } = new URL(url, 'http://localhost');
    let best: Route | undefined;
    for (const service of services) {
      for (const name of Object.keys(service.model.operations)) {
        const operation = service.operation(name);
        if (operation === undefined || operation.method !== method) continue;
        const labels = operation.uri.match(pathname, query);
        if (labels === undefined) continue;
        if (best === undefined || operation.uri.literals > best.operation.uri.literals) {
          best = { operation, labels, query, region };
        }
      }
    }
    if (best === undefined) throw unknown(`no operation of "${signedFor}" is at ${method} ${pathname}`);
    // A path without labels or query is the same operation next time.
    if (Object.keys(best.labels).length === 0 && url === pathname) {
      this.#byPath.set(`${signedFor} ${method} ${url}`, best.operation);
    }
    return best;
  }
}

/** `AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/firehose/aws4_request, SignedHeaders=…, Signature=…` */
function credentialScope(authorization: string | undefined): { service: string; region: string } {
  if (authorization === undefined) {
    throw new ModelledError(
      'MissingAuthenticationToken',
      'The request is not signed: the doubles tell services apart by the signature (SigV4), so any key will do, but there must be one.',
    );
  }
  const start = authorization.indexOf('Credential=');
  if (authorization.startsWith('AWS4-') && start > 0) {
    const end = authorization.indexOf(',', start);
    const parts = authorization.slice(start + 'Credential='.length, end < 0 ? undefined : end).split('/');
    // Counted from the end: an access key id may hold slashes.
    const service = parts.at(-2);
    const region = parts.at(-3);
    if (parts.length >= 5 && service !== undefined && region !== undefined) return { service, region };
  }
  throw new ModelledError(
    'IncompleteSignature',
    'The Authorization header is no SigV4 signature with a credential scope of date, region and service.',
  );
}

const unknown = (message: string): ModelledError => new ModelledError('UnknownOperationException', message);
