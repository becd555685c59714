import type { KafkaClient } from '@mesh/kafka';
import type { FastifyInstance } from 'fastify';
import type { BaseConfig } from '../config/base.js';
import type { Logger } from '../logging/logger.js';
import type { ServiceMetrics } from '../metrics/registry.js';
import type { Tracing } from '../tracing/tracing.js';

/** What a service is given when it starts. */
export interface ServiceContext<C extends BaseConfig = BaseConfig> {
  /** As the service is called in logs and metrics. */
  readonly name: string;
  readonly config: C;
  readonly log: Logger;
  readonly metrics: ServiceMetrics;
  /** Does nothing where `OTEL_EXPORTER_OTLP_ENDPOINT` is not set. */
  readonly tracing: Tracing;
  /** Add routes in `start`: it listens when `start` is done. The probes are on it already. */
  readonly http: FastifyInstance;
  /** Closed by the runner, after the service's own `close`. */
  readonly kafka: KafkaClient;
  /**
   * The service can't go on: what is open is closed, and the process ends with status 70, so that the orchestrator
   * starts a new one.
   */
  readonly fail: (error: Error) => void;
}

/** What a service hands back: how to ask it, and how to end it. */
export interface StartedService {
  /** Called once the server listens. A rejection ends the service as {@link ServiceContext.fail} does. */
  readonly run?: () => Promise<void>;
  /** `true`, or the reason why not. Never because of lag. */
  readonly ready?: () => true | string;
  /** `false` in words where only a restart helps. Alive where absent. */
  readonly alive?: () => true | string;
  /** Finishes what was taken in. HTTP has stopped before, Kafka stops after. */
  readonly close?: () => Promise<void>;
}

export interface ServiceDefinition<C extends BaseConfig = BaseConfig> {
  readonly name: string;
  readonly version?: string;
  readonly description?: string;
  readonly config: C;
  /**
   * Puts the service together. Where it fails with an error that is `retriable`, what it opened besides the context's
   * parts must be closed by then: it is called again, with a new context, until `START_TIMEOUT_MS` are over.
   */
  readonly start: (context: ServiceContext<C>) => Promise<StartedService> | StartedService;
}
