import { StreamsError } from '@mesh/streams';
import { ConfigError, EXIT_CONFIG } from '../config/load.js';
import type { BaseConfig } from '../config/base.js';
import { createLogger } from '../logging/logger.js';
import type { ServiceDefinition } from './context.js';
import { StartAbandoned } from './patience.js';
import { startService, type Service, type ServiceParts } from './service.js';

/** Stopped as asked. */
export const EXIT_OK = 0;
/** Did not stop within `SHUTDOWN_TIMEOUT_MS`, or a part did not close. */
export const EXIT_UNCLEAN = 1;
/** `EX_SOFTWARE` of sysexits.h: the service can't go on and wants to be started anew. */
export const EXIT_FAILED = 70;

/**
 * Runs a service as this process: starts it (waiting for what is down, see {@link startService}), stops it in order on SIGTERM or SIGINT, and ends the process.
 *
 * | status | when |
 * |---|---|
 * | 0 | stopped by a signal, everything finished and closed |
 * | 1 | stopped by a signal, but not in time or not cleanly |
 * | 70 | the start failed for good, the service failed, or an error was caught by nobody |
 * | 78 | the configuration can't be used |
 *
 * By SIGKILL where the service failed with `WORKER_UNRESPONSIVE` (see `@mesh/streams`): an orderly exit would wait for the
 * worker that hangs.
 */
export async function runService<C extends BaseConfig>(
  definition: ServiceDefinition<C>,
  parts: Pick<ServiceParts, 'kafka'> = {},
): Promise<void> {
  const { config } = definition;
  const name = config.SERVICE_NAME ?? definition.name;
  const log = createLogger({ name, level: config.LOG_LEVEL });
  let starting: Promise<Service> | undefined;
  const stopping = new AbortController();
  let ending = false;

  const end = async (status: number, failure?: Error): Promise<void> => {
    if (ending) return;
    ending = true;
    const exit = (code: number): void => {
      if (isHangingWorker(failure)) process.kill(process.pid, 'SIGKILL');
      process.exit(code);
    };
    stopping.abort();
    // Not unref'ed: a hanging close with nothing else alive must still end with this status.
    setTimeout(() => {
      log.fatal(
        { timeoutMs: config.SHUTDOWN_TIMEOUT_MS },
        'did not stop in time; what was not finished is given up',
      );
      exit(status === EXIT_OK ? EXIT_UNCLEAN : status);
    }, config.SHUTDOWN_TIMEOUT_MS);
    let unclean = false;
    try {
      await (await starting)?.stop();
    } catch (error) {
      // Nothing had been taken in yet.
      if (!(error instanceof StartAbandoned)) {
        unclean = true;
        log.error({ err: error }, 'stop failed');
      }
    }
    log.info({ status: unclean && status === EXIT_OK ? EXIT_UNCLEAN : status }, 'stopped');
    exit(unclean && status === EXIT_OK ? EXIT_UNCLEAN : status);
  };

  const onSignal = (signal: NodeJS.Signals): void => {
    log.info({ signal }, ending ? 'already stopping' : 'stopping');
    void end(EXIT_OK);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  const onUncaught = (error: unknown): void => {
    log.fatal({ err: error }, 'uncaught error');
    process.exit(EXIT_FAILED);
  };
  process.on('uncaughtException', onUncaught);
  process.on('unhandledRejection', onUncaught);

  try {
    starting = startService(definition, {
      ...parts,
      log,
      onFailure: (error) => void end(EXIT_FAILED, error),
      signal: stopping.signal,
    });
    await starting;
  } catch (error) {
    // The end under way ends the process.
    if (error instanceof StartAbandoned) return;
    if (error instanceof ConfigError) {
      process.stderr.write(`${error.message}\n`);
      process.exit(EXIT_CONFIG);
    }
    log.fatal({ err: error }, 'start failed');
    process.exit(EXIT_FAILED);
  }
}

function isHangingWorker(failure: Error | undefined): boolean {
  return failure instanceof StreamsError && failure.code === 'WORKER_UNRESPONSIVE';
}
