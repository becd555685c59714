import type { KafkaClient } from '@mesh/kafka';
import type { BaseConfig } from '../config/base.js';
import { createLogger, type Logger } from '../logging/logger.js';
import type { ServiceMetrics } from '../metrics/registry.js';
import { openTracing } from '../tracing/tracing.js';
import type { ServiceDefinition } from './context.js';
import { startPatiently } from './patience.js';
import { RunningService } from './running-service.js';
import { WaitingRoom } from './waiting-room.js';

/** Parts to be used in the place of the runner's own, by tests. */
export interface ServiceParts {
  readonly kafka?: KafkaClient;
  readonly log?: Logger;
  /** Told when the service can't go on. Where absent that is only logged. */
  readonly onFailure?: (error: Error) => void;
  /** Ends a start that waits, which then throws {@link StartAbandoned}. */
  readonly signal?: AbortSignal;
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

/**
 * Starts a service and listens. Where the definition's `start` fails with an error that is `retriable`, it is tried
 * again, with new parts, until `START_TIMEOUT_MS` are over; meanwhile the probes say that the service is alive, not
 * ready, and what it waits for.
 *
 * @throws what `start` throws for good
 * @throws StartAbandoned
 */
export async function startService<C extends BaseConfig>(
  definition: ServiceDefinition<C>,
  parts: ServiceParts = {},
): Promise<Service> {
  const { config } = definition;
  const name = config.SERVICE_NAME ?? definition.name;
  const log = parts.log ?? createLogger({ name, level: config.LOG_LEVEL });
  const room = new WaitingRoom(definition, { name, log });
  const tracing = await openTracing(config, name, log);
  const signal = parts.signal ?? new AbortController().signal;
  const attempt = async (): Promise<RunningService<C>> => {
    const { kafka, onFailure } = parts;
    const service = await RunningService.start(definition, { name, log, tracing, kafka, onFailure });
    // Nobody waits for it any more.
    if (signal.aborted) await service.stop();
    return service;
  };
  try {
    const service = await startPatiently(attempt, {
      log,
      timeoutMs: config.START_TIMEOUT_MS,
      signal,
      onWaiting: (reason) => room.open(reason),
    });
    await room.close();
    await service.listen(room.port);
    if (!room.opened) log.info({ url: service.url }, 'listening');
    service.run();
    return service;
  } catch (error) {
    await room.close();
    await parts.kafka?.close();
    await tracing.close();
    throw error;
  }
}
