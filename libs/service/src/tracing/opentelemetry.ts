import {
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
  type SpanOptions,
  type Tracer,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Header } from '@mesh/kafka';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BaseConfig } from '../config/base.js';
import type { Logger } from '../logging/logger.js';
import { linkTo, samplerOf } from './sampler.js';
import { endSpan, traceSinks } from './sinks.js';
import type { Publication, ServiceTracing, Traceable } from './tracing.js';

/** Of one export; below what is left of `SHUTDOWN_TIMEOUT_MS` when everything else is closed. Milliseconds. */
const EXPORT_TIMEOUT_MS = 2_000;
/** A call of a sink is linked to each of its records; Firehose takes 500. */
const MAX_LINKS = 1_000;
const PROBES = new Set(['/health', '/ready', '/metrics', '/openapi.json']);

export interface OpenTelemetryOptions {
  /** Of the collector; `/v1/traces` is added. */
  readonly endpoint: string;
  readonly sampler: BaseConfig['OTEL_TRACES_SAMPLER'];
  /** Of traces, for the samplers that take one: 0 to 1. */
  readonly ratio: number;
  readonly name: string;
  readonly log: Logger;
}

/** Carries a place in a trace over a border: HTTP headers, and those of Kafka. */
const propagator = new W3CTraceContextPropagator();

/** Traces by OpenTelemetry's SDK, sent to a collector by OTLP over HTTP. */
export class OpenTelemetry implements ServiceTracing {
  readonly #provider: TracerProvider;
  readonly #tracer: Tracer;
  readonly #endSinks: () => void;
  readonly #log: Logger;
  readonly #requests = new WeakMap<FastifyRequest, { readonly span: Span; readonly context: Context }>();
  readonly #current = new AsyncLocalStorage<Context>();

  constructor({ endpoint, sampler, ratio, name, log }: OpenTelemetryOptions) {
    this.#log = log;
    const warn = (message: string): void => log.warn({ component: 'tracing' }, message);
    const silent = (): void => {};
    diag.setLogger(
      { error: warn, warn, info: silent, debug: silent, verbose: silent },
      { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
    );
    const exporter = new OTLPTraceExporter({
      url: `${endpoint.replace(/\/$/, '')}/v1/traces`,
      timeoutMillis: EXPORT_TIMEOUT_MS,
    });
    this.#provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': name }),
      sampler: samplerOf(sampler, ratio),
      spanLimits: { linkCountLimit: MAX_LINKS },
      spanProcessors: [
        new BatchSpanProcessor({ exporter, scheduledDelayMillis: 1_000, maxQueueSize: 20_000 }),
      ],
    });
    this.#tracer = this.#provider.getTracer('@mesh/service');
    this.#endSinks = traceSinks(this.#tracer, contextOf);
  }

  publish(topic: string, events: number): Publication {
    const within = this.#current.getStore() ?? ROOT_CONTEXT;
    const request = trace.getSpanContext(within);
    const options: SpanOptions = {
      kind: SpanKind.PRODUCER,
      attributes: { 'messaging.system': 'kafka', 'messaging.destination.name': topic },
    };
    const span =
      events > 1 && request !== undefined
        ? this.#tracer.startSpan(
            `publish ${topic}`,
            { ...options, links: [{ context: request }] },
            ROOT_CONTEXT,
          )
        : this.#tracer.startSpan(`publish ${topic}`, options, within);
    return {
      headers: headersOf(trace.setSpan(ROOT_CONTEXT, span)),
      end: (error) => endSpan(span, error),
    };
  }

  carry<E extends Traceable>(event: E): E {
    const headers = headersOf(this.#current.getStore() ?? ROOT_CONTEXT);
    return headers.length === 0 ? event : { ...event, headers: [...event.headers, ...headers] };
  }

  relay(events: readonly (Traceable & { readonly topic: string })[]): Pick<Publication, 'end'> {
    const links = events.flatMap(({ headers }) =>
      linkTo(trace.getSpanContext(contextOf(headers) ?? ROOT_CONTEXT)),
    );
    if (links.length === 0) return { end: () => {} };
    const topics = [...new Set(events.map(({ topic }) => topic))].sort().join(', ');
    const attributes = {
      'messaging.system': 'kafka',
      'messaging.destination.name': topics,
      'messaging.batch.message_count': events.length,
    };
    const options: SpanOptions = { kind: SpanKind.PRODUCER, attributes, links, root: true };
    const span = this.#tracer.startSpan(`relay ${topics}`, options, ROOT_CONTEXT);
    return { end: (error) => endSpan(span, error) };
  }

  watchRequests(http: FastifyInstance): void {
    http.addHook('onRequest', (request, _reply, done) => {
      const route = request.routeOptions.url ?? 'unknown';
      if (PROBES.has(route)) {
        done();
        return;
      }
      const parent = propagator.extract(ROOT_CONTEXT, request.headers, {
        get: (headers: IncomingHttpHeaders, key) => headers[key],
        keys: (headers: IncomingHttpHeaders) => Object.keys(headers),
      });
      const attributes = { 'http.request.method': request.method, 'http.route': route };
      const span = this.#tracer.startSpan(
        `${request.method} ${route}`,
        { kind: SpanKind.SERVER, attributes },
        parent,
      );
      const context = trace.setSpan(parent, span);
      this.#requests.set(request, { span, context });
      this.#current.run(context, done);
    });
    // As with correlation ids: the end of a body arrives outside of what `onRequest` had entered.
    http.addHook('preValidation', (request, _reply, done) => {
      const traced = this.#requests.get(request);
      if (traced === undefined) done();
      else this.#current.run(traced.context, done);
    });
    http.addHook('onResponse', (request, reply, done) => {
      const span = this.#requests.get(request)?.span;
      span?.setAttribute('http.response.status_code', reply.statusCode);
      if (reply.statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
      span?.end();
      done();
    });
  }

  flush(withinMs: number): Promise<void> {
    return this.#handOver(this.#provider.forceFlush(), withinMs);
  }

  async close(): Promise<void> {
    this.#endSinks();
    await this.#handOver(this.#provider.shutdown(), EXPORT_TIMEOUT_MS + 500);
    diag.disable();
  }

  /** A collector that does not answer is no reason to stop late, or to call the stop unclean. */
  async #handOver(work: Promise<void>, withinMs: number): Promise<void> {
    const done = work.catch((error: unknown) => this.#log.warn({ err: error }, 'the last spans are lost'));
    const giveUp = new AbortController();
    // Aborted once the work is done: a function is not kept awake by it.
    const late = sleep(withinMs, undefined, { signal: giveUp.signal }).catch(() => {});
    await Promise.race([done, late]);
    giveUp.abort();
  }
}

function headersOf(context: Context): Header[] {
  const headers: Header[] = [];
  propagator.inject(context, headers, {
    set: (carrier: Header[], key, value) => void carrier.push([key, Buffer.from(value)]),
  });
  return headers;
}

/** The place in a trace that a record carries. `undefined` where it has none. */
function contextOf(headers: readonly Header[]): Context | undefined {
  if (!headers.some(([name]) => name === 'traceparent')) return undefined;
  return propagator.extract(ROOT_CONTEXT, headers, {
    get: (carrier: readonly Header[], key) => carrier.find(([name]) => name === key)?.[1]?.toString(),
    keys: (carrier: readonly Header[]) => carrier.map(([name]) => name),
  });
}
