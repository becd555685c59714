import { createKafkaClient, type KafkaClient, type KafkaSecurity } from '@mesh/kafka';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BaseConfig } from '../config/base.js';
import { createHttpServer } from '../http/server.js';
import { createLogger, type Logger } from '../logging/logger.js';
import { createMetrics, type ServiceMetrics } from '../metrics/registry.js';
import type { ServiceContext, ServiceDefinition, StartedService } from './context.js';

/** Parts to be used in the place of the runner's own, by tests. */
export interface ServiceParts {
  readonly kafka?: KafkaClient;
  readonly log?: Logger;
  /** Told when the service can't go on. Where absent that is only logged. */
  readonly onFailure?: (error: Error) => void;
}

/** A service in this process, without signals and exit statuses: what {@link runService} runs, and tests start. */
export interface Service {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly log: Logger;
  readonly metrics: ServiceMetrics;
  /** Not ready → no new requests → requests under way answered → the service's `close` → Kafka closed. Idempotent. */
  stop(): Promise<void>;
}

type Phase = 'starting' | 'running' | 'stopping' | 'failed';

/**
 * Starts a service and listens.
 *
 *     starting → running → stopping
 *                   └────→ failed → stopping
 */
export async function startService<C extends BaseConfig>(
  definition: ServiceDefinition<C>,
  parts: ServiceParts = {},
): Promise<Service> {
  const { config } = definition;
  const name = config.SERVICE_NAME ?? definition.name;
  const log = parts.log ?? createLogger({ name, level: config.LOG_LEVEL });
  const metrics = createMetrics(name);
  let phase: Phase = 'starting';
  let started: StartedService = {};
  let failure: Error | undefined;

  const http = await createHttpServer({
    name,
    version: definition.version ?? '0.0.0',
    ...(definition.description === undefined ? {} : { description: definition.description }),
    bodyLimitBytes: config.HTTP_BODY_LIMIT_BYTES,
    log,
    metrics,
    probes: {
      alive: () => (phase === 'failed' ? `failed: ${failure?.message}` : (started.alive?.() ?? true)),
      ready: () => (phase === 'running' ? (started.ready?.() ?? true) : phase),
    },
  });
  const kafka = parts.kafka ?? createKafkaClient(kafkaOptions(config, name, log));

  const fail = (error: Error): void => {
    if (phase === 'stopping' || phase === 'failed') return;
    phase = 'failed';
    failure = error;
    log.fatal({ err: error }, 'failed');
    parts.onFailure?.(error);
  };
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= stopInOrder();
    return stopped;
  };
  const stopInOrder = async (): Promise<void> => {
    const wasRunning = phase === 'running';
    phase = 'stopping';
    if (wasRunning && config.SHUTDOWN_DELAY_MS > 0) await sleep(config.SHUTDOWN_DELAY_MS);
    // Each step is tried although an earlier one failed: what can be closed in order is.
    const errors: unknown[] = [];
    const step = async (what: string, close: () => Promise<unknown>): Promise<void> => {
      try {
        await close();
        log.debug({ step: what }, 'closed');
      } catch (error) {
        log.error({ err: error, step: what }, 'close failed');
        errors.push(error);
      }
    };
    await step('http', () => http.close());
    await step('service', async () => started.close?.());
    await step('kafka', () => kafka.close());
    metrics.clear();
    if (errors.length > 0) throw new AggregateError(errors, `${name} did not close cleanly`);
  };

  try {
    const context: ServiceContext<C> = { name, config, log, metrics, http, kafka, fail };
    started = await definition.start(context);
    await http.listen({ host: config.HTTP_HOST, port: config.HTTP_PORT });
  } catch (error) {
    await stop().catch((closing: unknown) =>
      log.error({ err: closing }, 'close after a failed start failed'),
    );
    throw error;
  }
  const url = urlOf(config.HTTP_HOST, http.server.address() as AddressInfo);
  log.info({ url }, 'listening');
  phase = 'running';
  void started
    .run?.()
    .catch((error: unknown) => fail(error instanceof Error ? error : new Error(String(error))));
  return { url, log, metrics, stop };
}

function urlOf(host: string, address: AddressInfo): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}

function kafkaOptions(config: BaseConfig, clientId: string, logger: Logger) {
  const security = kafkaSecurity(config);
  return {
    driver: config.KAFKA_DRIVER,
    brokers: config.KAFKA_BROKERS,
    clientId,
    logger: logger.child({ component: 'kafka' }),
    ...(security === undefined ? {} : { security }),
  };
}

function kafkaSecurity(config: BaseConfig): KafkaSecurity | undefined {
  const {
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: username,
    KAFKA_SASL_PASSWORD: password,
  } = config;
  const sasl =
    mechanism === undefined || username === undefined || password === undefined
      ? undefined
      : { mechanism, username, password };
  if (!config.KAFKA_TLS && sasl === undefined) return undefined;
  return { tls: config.KAFKA_TLS, ...(sasl === undefined ? {} : { sasl }) };
}
