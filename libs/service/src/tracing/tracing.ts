import type { Header } from '@mesh/kafka';
import type { FastifyInstance } from 'fastify';
import type { BaseConfig } from '../config/base.js';
import type { Logger } from '../logging/logger.js';

/** An event on its way to a topic. */
export interface Publication {
  /** To be written with the record: its place in the trace (`traceparent`, W3C). Empty where nothing is traced. */
  readonly headers: readonly Header[];
  /** The broker has acknowledged the record, or not. */
  end(error?: Error): void;
}

/** What a service says of its work, so that one interaction can be followed through all of them. */
export interface Tracing {
  /**
   * An event is published within the request under way.
   * @param events how many the request brought: of several, each has a trace of its own, linked to the request's
   */
  publish(topic: string, events: number): Publication;
  /**
   * The same event, to be kept until a relay publishes it, with the place in the trace of the request under way among
   * its headers.
   */
  carry<E extends Traceable>(event: E): E;
  /** Events that were kept are published now, in one transaction, which is linked to each request they came by. */
  relay(events: readonly (Traceable & { readonly topic: string })[]): Pick<Publication, 'end'>;
}

/** What carries its place in a trace. */
export interface Traceable {
  readonly headers: readonly Header[];
}

/** The service's side of it. */
export interface ServiceTracing extends Tracing {
  watchRequests(http: FastifyInstance): void;
  /** Hands over what has ended, before the process sleeps as a function does. Waits so long at most, and never rejects. */
  flush(withinMs: number): Promise<void>;
  /** Hands over what is not exported yet, within seconds. */
  close(): Promise<void>;
}

const nothing: Publication = { headers: [], end: () => {} };

/** Where `OTEL_EXPORTER_OTLP_ENDPOINT` is not set: no SDK is loaded, no header written, no channel listened to. */
export const noTracing: ServiceTracing = {
  publish: () => nothing,
  carry: (event) => event,
  relay: () => nothing,
  watchRequests: () => {},
  flush: async () => {},
  close: async () => {},
};

/** Tracing as the environment asks for it. */
export async function openTracing(config: BaseConfig, name: string, log: Logger): Promise<ServiceTracing> {
  const {
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_TRACES_SAMPLER: sampler,
    OTEL_TRACES_SAMPLER_ARG: ratio,
  } = config;
  if (endpoint === undefined) return noTracing;
  const { OpenTelemetry } = await import('./opentelemetry.js');
  return new OpenTelemetry({ endpoint, sampler, ratio, name, log });
}
