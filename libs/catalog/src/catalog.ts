import type { CatalogChange } from './events.js';
import { Steps, type Patience, type StepObserver } from './steps/steps.js';
import type { Outcome } from './sync/outcome.js';
import { syncTables, type TableSyncNames, type TableSyncParts } from './sync/tables.js';
import { syncTopic, type TopicSyncNames, type TopicSyncParts } from './sync/topics.js';

export type CatalogParts = TableSyncParts & TopicSyncParts;
export type CatalogNames = TableSyncNames & TopicSyncNames;

export interface CatalogOptions {
  readonly parts: CatalogParts;
  readonly names: CatalogNames;
  readonly patience: Patience;
  readonly onStep?: StepObserver;
}

/** Brings changes of the mesh into the catalogue. Instances may do so at once, of the same changes too. */
export class Catalog {
  readonly #options: CatalogOptions;

  constructor(options: CatalogOptions) {
    this.#options = options;
  }

  /** @throws CatalogError; an `AbortError` where the signal ends the waiting */
  async apply(change: CatalogChange): Promise<Outcome> {
    const { parts, names, patience, onStep = () => undefined } = this.#options;
    const steps = new Steps(onStep, patience);
    return change.kind === 'schema-registered'
      ? syncTopic(steps, parts, names, change)
      : syncTables(steps, parts, names, change);
  }
}
