import { collectDefaultMetrics, Registry } from 'prom-client';

/** A registry that can be told to look something up before each scrape. */
export class ServiceMetrics extends Registry {
  readonly #refreshers: (() => void)[] = [];
  readonly #texts: (() => string)[] = [];

  /** `refresh` runs before each scrape, to set metrics whose values are kept elsewhere. */
  beforeScrape(refresh: () => void): void {
    this.#refreshers.push(refresh);
  }

  /** Adds at each scrape what a library has written in Prometheus' text format itself. */
  append(text: () => string): void {
    this.#texts.push(text);
  }

  override async metrics(): Promise<string> {
    for (const refresh of this.#refreshers) refresh();
    const own = await super.metrics();
    return [own.trimEnd(), ...this.#texts.map((text) => text().trimEnd())].join('\n\n').concat('\n');
  }
}

/** The registry of one service: the process's own metrics are on it, and each metric carries the service's name. */
export function createMetrics(service: string): ServiceMetrics {
  const registry = new ServiceMetrics();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  return registry;
}
