import { Counter, Gauge } from 'prom-client';
import type { ServiceMetrics } from './registry.js';

/** One reading of a value kept elsewhere, as a library reports it that knows no metrics system. */
export interface Sample {
  /** Any spelling: `records-lag` is exported as `records_lag`. */
  readonly name: string;
  readonly help?: string;
  /** A counter only grows; a gauge (default) is what it is now. */
  readonly type?: 'counter' | 'gauge';
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Publishes readings: `read` is called at each scrape, and what it no longer reports is no longer exported. */
export function exportSamples(registry: ServiceMetrics, read: () => readonly Sample[]): void {
  const instruments = new Map<string, Gauge | Counter>();
  registry.beforeScrape(() => {
    for (const instrument of instruments.values()) instrument.reset();
    for (const sample of read()) {
      const name = prometheusName(sample.name);
      const labels = prometheusLabels(sample.labels ?? {});
      let instrument = instruments.get(name);
      if (instrument === undefined) {
        const options = {
          name,
          help: sample.help ?? sample.name,
          labelNames: Object.keys(labels),
          registers: [registry],
        };
        instrument = sample.type === 'counter' ? new Counter(options) : new Gauge(options);
        instruments.set(name, instrument);
      }
      // Both start from 0 at each scrape, so adding sets.
      instrument.inc(labels, sample.value);
    }
  });
}

function prometheusName(name: string): string {
  return name.replace(/[^a-zA-Z0-9_]/g, '_');
}

function prometheusLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [prometheusName(name), value]));
}
