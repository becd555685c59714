import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { requireServer } from '../runtime/application-server.js';
import { StateQueryError } from '../runtime/queries/query.js';
import type { QueryableApplication } from '../runtime/queries/metadata.js';
import { forwardTo, PATHS, FORWARDED } from './client.js';
import { problem, problemOf, problemOfResults, type Problem } from './problem.js';
import { answerHere, QueryRouter } from './router.js';
import { decodeRequest, encodeResults } from './wire.js';

/** Entries for each partition in one answer. */
const MAX_LIMIT = 10_000;

export interface QueryHandlerOptions {
  /** What `metadataForAllStreamsClients` calls this instance: the others reach it there. `host:port`. */
  readonly applicationServer: string;
  /** How instances are reached. Default `http`. */
  readonly protocol?: 'http' | 'https';
  /** For a whole query. Milliseconds, default 5,000. */
  readonly timeoutMs?: number;
  /** For an instance to answer, before another is asked. Milliseconds, default 2,000. */
  readonly hopTimeoutMs?: number;
  /** Of an answer's entries; what is more is for the next request, with the answer's cursors. Bytes, default 8 MiB. */
  readonly maxResponseBytes?: number;
  /** Of a request. Bytes, default 1 MiB. */
  readonly maxRequestBytes?: number;
  /**
   * Whether a request may be answered; default: all are. What it goes by must be in the header `authorization`, which
   * is passed on to other instances.
   */
  readonly authorize?: (request: IncomingMessage) => boolean | Promise<boolean>;
}

/**
 * Answers queries over HTTP, for a server of the caller's own:
 *
 *     POST /query       a query to the whole application (see `wire.ts`); StateQueryClient speaks it
 *     GET  /stores      the stores, and what they answer
 *     GET  /instances   who has which tasks, as this instance sees it
 *
 * A query that was passed on by another instance is answered from this one's stores and never passed on again.
 */
export function queryHandler(app: QueryableApplication, options: QueryHandlerOptions): RequestListener {
  const handler = new Handler(app, options);
  return (request, response) => void handler.handle(request, response);
}

export interface QueryServiceOptions extends QueryHandlerOptions {
  /** Default: those of {@link applicationServer}. */
  readonly host?: string;
  readonly port?: number;
}

export interface QueryService {
  readonly port: number;
  /** Takes no more requests, and settles once those under way are answered. Idempotent. */
  close(): Promise<void>;
}

/** Listens for queries. @throws StreamsError `INVALID_CONFIG`; Error of `node:net` where it cannot */
export async function startQueryService(
  app: QueryableApplication,
  options: QueryServiceOptions,
): Promise<QueryService> {
  const server = createServer(queryHandler(app, options));
  const [defaultHost, defaultPort] = splitServer(options.applicationServer);
  const { host = defaultHost, port = defaultPort } = options;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  let closing: Promise<void> | undefined;
  return {
    port: (server.address() as AddressInfo).port,
    close: () => (closing ??= close(server)),
  };
}

function splitServer(server: string): readonly [host: string, port: number] {
  const { hostname, port } = new URL(`http://${server}`);
  return [hostname.replace(/^\[|\]$/g, ''), Number(port)];
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeIdleConnections();
  });
}

class Handler {
  readonly #app: QueryableApplication;
  readonly #options: QueryHandlerOptions;
  readonly #router: QueryRouter;

  constructor(app: QueryableApplication, settings: QueryHandlerOptions) {
    const { applicationServer, protocol = 'http', timeoutMs = 5_000, hopTimeoutMs = 2_000 } = settings;
    this.#app = app;
    this.#options = settings;
    this.#router = new QueryRouter(app, {
      self: requireServer(applicationServer),
      timeoutMs,
      hopTimeoutMs,
      maxResponseBytes: settings.maxResponseBytes ?? 8 * 1024 * 1024,
      forward: (instance, request, options) =>
        forwardTo(`${protocol}://${instance}`, app.applicationId, request, options),
    });
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { authorize } = this.#options;
      if (authorize !== undefined && !(await authorize(request))) {
        refuse(response, problem(403, 'forbidden', 'these stores are not for this caller'));
        return;
      }
      await this.#dispatch(request, response);
    } catch (error) {
      const known = problemOf(error);
      refuse(
        response,
        known ?? problem(500, 'internal', error instanceof Error ? error.message : 'it failed'),
      );
    }
  }

  async #dispatch(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '/'] = (request.url ?? '/').split('?');
    const method = METHODS[path];
    if (method === undefined) {
      refuse(response, problem(404, 'not-found', `there is no ${path}`));
    } else if (request.method !== method) {
      response.setHeader('allow', method);
      refuse(response, problem(405, 'method-not-allowed', `${path} takes ${method}`));
    } else if (path === PATHS.stores) {
      send(
        response,
        200,
        JSON.stringify({ application: this.#app.applicationId, stores: this.#app.stores() }),
      );
    } else if (path === PATHS.instances) {
      send(response, 200, JSON.stringify({ instances: this.#app.metadataForAllStreamsClients() }));
    } else {
      await this.#query(request, response);
    }
  }

  async #query(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { maxRequestBytes = 1024 * 1024, applicationServer } = this.#options;
    const { application, request: query } = decodeRequest(await bodyOf(request, maxRequestBytes));
    if (application !== this.#app.applicationId) {
      throw new StateQueryError(
        'STORE_NOT_FOUND',
        `this is an instance of ${this.#app.applicationId}, and the query is for ${application}`,
      );
    }
    if ((query.limit ?? 0) > MAX_LIMIT) {
      throw new StateQueryError(
        'INVALID_QUERY',
        `limit is above ${MAX_LIMIT}: go on with the answer's cursor instead`,
      );
    }
    const authorization = request.headers.authorization;
    if (request.headers[FORWARDED] !== undefined) {
      send(response, 200, encodeResults(await answerHere(this.#app, applicationServer, query)));
      return;
    }
    const results = await this.#router.route(query, authorization);
    const failed = query.partial === true ? undefined : problemOfResults(results);
    if (failed !== undefined) refuse(response, failed);
    else send(response, 200, encodeResults(results));
  }
}

const METHODS: Readonly<Record<string, string>> = {
  [PATHS.query]: 'POST',
  [PATHS.stores]: 'GET',
  [PATHS.instances]: 'GET',
};

async function bodyOf(request: IncomingMessage, maxBytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > maxBytes) {
      throw new StateQueryError('INVALID_QUERY', `a request takes ${maxBytes} bytes at most`);
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function refuse(response: ServerResponse, body: Problem): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // For a rebalance, or a restore, to pass. Seconds.
  if (body.status === 503) response.setHeader('retry-after', '1');
  send(response, body.status, JSON.stringify(body), 'application/problem+json');
}

function send(response: ServerResponse, status: number, body: string, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(body);
}
