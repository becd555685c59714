import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Seconds, from a cache's answer to a retried remote call. */
export const LATENCY_BUCKETS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

export interface InstrumentOptions<L extends string> {
  /** Prometheus' alphabet, with the unit at the end: `kafka_publish_seconds`. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly L[];
}

export function counter<L extends string = never>(
  registry: Registry,
  options: InstrumentOptions<L>,
): Counter<L> {
  const { name, help, labels = [] } = options;
  return new Counter({ name, help, labelNames: [...labels], registers: [registry] });
}

/** With `read`, the value is asked for at each scrape. */
export function gauge<L extends string = never>(
  registry: Registry,
  options: InstrumentOptions<L> & { readonly read?: () => number },
): Gauge<L> {
  const { name, help, labels = [], read } = options;
  const made: Gauge<L> = new Gauge({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    ...(read === undefined ? {} : { collect: (): void => made.set(read()) }),
  });
  return made;
}

/** Of seconds, unless other buckets are given. */
export function histogram<L extends string = never>(
  registry: Registry,
  options: InstrumentOptions<L> & { readonly buckets?: readonly number[] },
): Histogram<L> {
  const { name, help, labels = [], buckets = LATENCY_BUCKETS } = options;
  return new Histogram({ name, help, labelNames: [...labels], buckets: [...buckets], registers: [registry] });
}
