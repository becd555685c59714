import { createKafkaClient, type KafkaClient } from '@mesh/kafka';
import type { FastifyInstance } from 'fastify';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BaseConfig } from '../config/base.js';
import { createHttpServer } from '../http/server.js';
import type { Logger } from '../logging/logger.js';
import { createMetrics, type ServiceMetrics } from '../metrics/registry.js';
import type { ServiceContext, ServiceDefinition, StartedService } from './context.js';
import type { ServiceTracing } from '../tracing/tracing.js';
import { kafkaClientOptions } from './kafka-options.js';
import type { Service } from './service.js';

export interface RunningServiceParts {
  readonly name: string;
  readonly log: Logger;
  /** Closed with the service, not after a start that failed. */
  readonly tracing: ServiceTracing;
  /** Used instead of one made here, and then closed with the service alone, not after a start that failed. */
  readonly kafka?: KafkaClient | undefined;
  readonly onFailure?: ((error: Error) => void) | undefined;
}

type Phase = 'starting' | 'running' | 'stopping' | 'failed';

/**
 * One start of a service, with parts of its own: a start that failed leaves nothing behind.
 *
 *     starting → running → stopping
 *                   └────→ failed → stopping
 */
export class RunningService<C extends BaseConfig> implements Service {
  readonly log: Logger;
  readonly metrics: ServiceMetrics;
  readonly #definition: ServiceDefinition<C>;
  readonly #parts: RunningServiceParts;
  readonly #http: FastifyInstance;
  readonly #kafka: KafkaClient;
  #phase: Phase = 'starting';
  #started: StartedService = {};
  #failure: Error | undefined;
  #stopped: Promise<void> | undefined;
  #url = '';

  /** Calls the definition's `start`. @throws what that throws, after having closed everything */
  static async start<C extends BaseConfig>(
    definition: ServiceDefinition<C>,
    parts: RunningServiceParts,
  ): Promise<RunningService<C>> {
    const metrics = createMetrics(parts.name);
    const probes = { alive: (): true | string => true, ready: (): true | string => 'starting' };
    const http = await createHttpServer({
      ...httpOptions(definition, parts),
      metrics,
      probes: { alive: () => probes.alive(), ready: () => probes.ready() },
    });
    parts.tracing.watchRequests(http);
    const service = new RunningService(definition, parts, http, metrics);
    probes.alive = () => service.#alive();
    probes.ready = () => service.#ready();
    try {
      service.#started = await definition.start(service.#context());
    } catch (error) {
      await service.#giveUp();
      throw error;
    }
    return service;
  }

  private constructor(
    definition: ServiceDefinition<C>,
    parts: RunningServiceParts,
    http: FastifyInstance,
    metrics: ServiceMetrics,
  ) {
    this.#definition = definition;
    this.#parts = parts;
    this.#http = http;
    this.metrics = metrics;
    this.log = parts.log;
    this.#kafka =
      parts.kafka ?? createKafkaClient(kafkaClientOptions(definition.config, parts.name, parts.log));
  }

  get url(): string {
    return this.#url;
  }

  /** Takes requests from now on. */
  async listen(port: number): Promise<void> {
    const { HTTP_HOST: host } = this.#definition.config;
    try {
      await this.#http.listen({ host, port });
    } catch (error) {
      await this.#giveUp();
      throw error;
    }
    this.#url = urlOf(host, this.#http.server.address() as AddressInfo);
    this.#phase = 'running';
  }

  /** Begins what the service does besides answering. */
  run(): void {
    void this.#started
      .run?.()
      .catch((error: unknown) => this.#fail(error instanceof Error ? error : new Error(String(error))));
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stopInOrder();
    return this.#stopped;
  }

  #context(): ServiceContext<C> {
    return {
      name: this.#parts.name,
      config: this.#definition.config,
      log: this.log,
      metrics: this.metrics,
      tracing: this.#parts.tracing,
      http: this.#http,
      kafka: this.#kafka,
      fail: (error) => this.#fail(error),
    };
  }

  #alive(): true | string {
    if (this.#phase === 'failed') return `failed: ${this.#failure?.message}`;
    return this.#started.alive?.() ?? true;
  }

  #ready(): true | string {
    return this.#phase === 'running' ? (this.#started.ready?.() ?? true) : this.#phase;
  }

  #fail(error: Error): void {
    if (this.#phase === 'stopping' || this.#phase === 'failed') return;
    this.#phase = 'failed';
    this.#failure = error;
    this.log.fatal({ err: error }, 'failed');
    this.#parts.onFailure?.(error);
  }

  async #giveUp(): Promise<void> {
    this.#phase = 'stopping';
    await this.#close({ shared: false }).catch((error: unknown) =>
      this.log.error({ err: error }, 'close after a failed start failed'),
    );
  }

  async #stopInOrder(): Promise<void> {
    const wasRunning = this.#phase === 'running';
    this.#phase = 'stopping';
    const { SHUTDOWN_DELAY_MS: delay } = this.#definition.config;
    if (wasRunning && delay > 0) await sleep(delay);
    await this.#close({ shared: true });
  }

  /** Each step is tried although an earlier one failed: what can be closed in order is. */
  async #close({ shared }: { readonly shared: boolean }): Promise<void> {
    const errors: unknown[] = [];
    const step = async (what: string, close: () => Promise<unknown>): Promise<void> => {
      try {
        await close();
        this.log.debug({ step: what }, 'closed');
      } catch (error) {
        this.log.error({ err: error, step: what }, 'close failed');
        errors.push(error);
      }
    };
    await step('http', () => this.#http.close());
    await step('service', async () => this.#started.close?.());
    const { kafka, tracing } = this.#parts;
    if (shared || kafka === undefined) await step('kafka', () => this.#kafka.close());
    if (shared) await step('tracing', () => tracing.close());
    this.metrics.clear();
    if (errors.length > 0) throw new AggregateError(errors, `${this.#parts.name} did not close cleanly`);
  }
}

/** What the servers of a service have alike, be it the one that waits or the one that works. */
export function httpOptions<C extends BaseConfig>(
  { config, version, description }: ServiceDefinition<C>,
  { name, log }: { readonly name: string; readonly log: Logger },
) {
  return {
    name,
    version: version ?? '0.0.0',
    ...(description === undefined ? {} : { description }),
    bodyLimitBytes: config.HTTP_BODY_LIMIT_BYTES,
    log,
  };
}

export function urlOf(host: string, address: AddressInfo): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}
