import type { StepObserver } from '@mesh/catalog';
import { counter, gauge, type ServiceContext, type StartedService } from '@mesh/service';
import type { Config } from './config.js';
import { createCore } from './core.js';
import { Worker } from './worker.js';

/**
 * Puts the parts together: queue → worker → catalogue.
 *
 * @param onStep also told of each step; for tests
 */
export function startCatalogSync(
  { config, log, metrics }: ServiceContext<Config>,
  onStep: StepObserver = () => undefined,
): StartedService {
  const events = counter(metrics, {
    name: 'catalog_events_total',
    help: 'Events by what became of them: done, nothing, ignored, retry, dead.',
    labels: ['verdict'],
  });
  const deadLetters = counter(metrics, {
    name: 'catalog_dead_letters_total',
    help: 'Events that could not be done, by the reason.',
    labels: ['reason'],
  });
  const steps = counter(metrics, {
    name: 'catalog_steps_total',
    help: 'Steps begun and ended; one that is begun more often than ended fails or waits.',
    labels: ['step', 'phase'],
  });
  const stop = new AbortController();
  const core = createCore(config, {
    signal: stop.signal,
    onStep: async (step, phase) => {
      log.debug({ step, phase }, 'step');
      steps.inc({ step, phase });
      await onStep(step, phase);
    },
  });
  const worker = new Worker({
    queue: core.queue,
    handler: core.handler,
    concurrency: config.CATALOG_CONCURRENCY,
    heartbeatMs: (config.CATALOG_VISIBILITY_TIMEOUT_S * 1_000) / 3,
    log,
    signal: stop.signal,
    onVerdict: (verdict) => {
      events.inc({ verdict: verdict.kind });
      if (verdict.kind === 'dead') deadLetters.inc({ reason: verdict.reason.code });
    },
  });
  gauge(metrics, {
    name: 'catalog_events_in_progress',
    help: 'Events under way.',
    read: () => worker.inProgress,
  });
  let running: Promise<void> | undefined;
  return {
    run: () => (running = worker.run()),
    ready: () => worker.ready(),
    close: async () => {
      stop.abort();
      // A failure has been reported by `run` already.
      await Promise.allSettled([running]);
      core.close();
    },
  };
}
