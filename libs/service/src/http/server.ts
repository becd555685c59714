import swagger from '@fastify/swagger';
import {
  fastify,
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { Registry } from 'prom-client';
import { CORRELATION_HEADER, correlationIdFrom, withCorrelationId } from '../logging/correlation.js';
import type { Logger } from '../logging/logger.js';
import { histogram } from '../metrics/instruments.js';
import { addProbes, type Probes } from './probes.js';
import { problemFrom } from './problem.js';
import { requestValidator } from './validation.js';

export interface HttpServerOptions {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly bodyLimitBytes: number;
  readonly log: Logger;
  readonly metrics: Registry;
  readonly probes: Probes;
}

/** An id of 128 characters, each of which a path may write as three. */
const MAX_PARAM_LENGTH = 3 * 128;

/**
 * A Fastify server that every service has alike: correlation ids in and out, RFC 9457 problems, request durations as
 * a metric, `/health`, `/ready`, `/metrics` and `/openapi.json`. Routes are added by the service before it listens.
 */
export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const { log } = options;
  // Fastify's own lines say nothing that the service's do not. A request's logger is the service's, which adds the
  // correlation id by itself.
  const quiet: FastifyBaseLogger = log.child({}, { level: log.isLevelEnabled('warn') ? 'warn' : log.level });
  const http = fastify({
    loggerInstance: quiet,
    childLoggerFactory: () => log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: options.bodyLimitBytes,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    frameworkErrors: (error, request, reply) => void answerProblem(error, request, reply),
    requestIdHeader: false,
    genReqId: (request) => correlationIdFrom(request.headers[CORRELATION_HEADER]),
  });
  // What is no JSON is 415, instead of a text that fails as JSON.
  http.removeContentTypeParser('text/plain');
  http.setValidatorCompiler(requestValidator());
  await http.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: options.name, version: options.version, description: options.description ?? '' },
    },
  });
  addCorrelation(http);
  addOrderlyClose(http);
  addProblems(http);
  addDurations(http, options.metrics);
  addProbes(http, options.metrics, options.probes);
  return http;
}

function addCorrelation(http: FastifyInstance): void {
  http.addHook('onRequest', (request, reply, done) => {
    void reply.header(CORRELATION_HEADER, request.id);
    withCorrelationId(request.id, done);
  });
  // The end of a body arrives as an event of the socket, outside of what `onRequest` had entered.
  http.addHook('preValidation', (request, _reply, done) => withCorrelationId(request.id, done));
}

/**
 * A request under way when the server closes is answered, and its connection closed with it. Node alone would wait
 * until the client lets go of the connection it keeps alive.
 */
function addOrderlyClose(http: FastifyInstance): void {
  let closing = false;
  let sweep: NodeJS.Timeout | undefined;
  http.addHook('preClose', (done) => {
    closing = true;
    sweep = setInterval(() => http.server.closeIdleConnections(), 50);
    done();
  });
  http.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) void reply.header('connection', 'close');
    done(null, payload);
  });
  http.server.on('close', () => clearInterval(sweep));
}

function addProblems(http: FastifyInstance): void {
  http.setErrorHandler(answerProblem);
  http.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .type('application/problem+json')
      .send({
        type: 'about:blank',
        title: 'Not Found',
        status: 404,
        detail: `${request.method} ${request.url.split('?')[0]} is not a route of this service; /openapi.json lists them.`,
        correlationId: request.id,
      }),
  );
}

/** Also for paths that Fastify cannot read, which it answers before any hook. */
function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemFrom(error);
  const fields = { err: problem.cause ?? problem, method: request.method, route: request.routeOptions.url };
  withCorrelationId(request.id, () => {
    if (problem.status >= 500) request.log.error(fields, 'request failed');
    else request.log.debug(fields, 'request refused');
  });
  return reply
    .code(problem.status)
    .header(CORRELATION_HEADER, request.id)
    .headers(problem.headers)
    .type('application/problem+json')
    .send(problem.details(request.id));
}

function addDurations(http: FastifyInstance, metrics: Registry): void {
  const durations = histogram(metrics, {
    name: 'http_request_duration_seconds',
    help: 'From the request line to the end of the answer.',
    labels: ['method', 'route', 'status'],
  });
  http.addHook('onResponse', (request, reply, done) => {
    // The route's pattern, not the address: a label with ids in it would grow without bound.
    const route = request.routeOptions.url ?? 'unknown';
    durations.observe(
      { method: request.method, route, status: String(reply.statusCode) },
      reply.elapsedTime / 1_000,
    );
    done();
  });
}
