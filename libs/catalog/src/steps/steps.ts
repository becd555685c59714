import { setTimeout as sleep } from 'node:timers/promises';
import { CatalogError } from '../errors.js';
import type { Progress } from '../ports/datazone/progress.js';

/** What is done for a change, in this order; topics skip what only tables need, and the other way round. */
export const stepNames = [
  'locate',
  'assume-role',
  'find-domain',
  'find-project',
  'find-blueprint',
  'enable-blueprint',
  'ensure-environment',
  'register-location',
  'ensure-data-source',
  'run',
  'ensure-types',
  'ensure-asset',
  'publish',
] as const;

export type StepName = (typeof stepNames)[number];

/** Told before and after each step. What it returns is waited for. */
export type StepObserver = (step: StepName, phase: 'begin' | 'end') => void | Promise<void>;

export interface Patience {
  /** How long one change may wait for what the service makes, in all. Milliseconds. */
  readonly waitMs: number;
  /** Between two looks. Milliseconds. */
  readonly pollMs: number;
  /** Ends all waiting. */
  readonly signal?: AbortSignal;
}

/**
 * The steps of one change. Each finds what was done of it before and does only the rest, so that a change that was cut
 * off anywhere is begun again from the first.
 */
export class Steps {
  readonly #observe: StepObserver;
  readonly #patience: Patience;
  readonly #deadline: number;

  constructor(observe: StepObserver, patience: Patience) {
    this.#observe = observe;
    this.#patience = patience;
    this.#deadline = performance.now() + patience.waitMs;
  }

  async step<T>(name: StepName, run: () => Promise<T>): Promise<T> {
    this.#patience.signal?.throwIfAborted();
    await this.#observe(name, 'begin');
    const result = await run();
    await this.#observe(name, 'end');
    return result;
  }

  /**
   * Looks until what is awaited is there.
   *
   * @throws CatalogError `MESH_CATALOG_NOT_READY` when the time is over: the change is to be tried again later
   */
  async until<T>(what: string, look: () => Promise<T>, isThere: (seen: T) => boolean): Promise<T> {
    const { pollMs, signal, waitMs } = this.#patience;
    for (;;) {
      const seen = await look();
      if (isThere(seen)) return seen;
      if (performance.now() + pollMs > this.#deadline) {
        throw new CatalogError('MESH_CATALOG_NOT_READY', `${what} is not ready after ${waitMs} ms`);
      }
      await sleep(pollMs, undefined, signal === undefined ? {} : { signal });
    }
  }

  /**
   * Looks until a thing that is being made is ready.
   *
   * @returns its id
   * @throws CatalogError `MESH_CATALOG_FAILED` with the service's reason, or as {@link until}
   */
  async ready(what: string, look: () => Promise<Progress | undefined>): Promise<string> {
    const seen = await this.until(what, look, (one) => one !== undefined && one.state !== 'working');
    if (seen?.state === 'ready') return seen.id;
    throw new CatalogError(
      'MESH_CATALOG_FAILED',
      `${what} (${seen?.id}) is ${seen?.status}: set it right or delete it, then send the event again`,
    );
  }
}
