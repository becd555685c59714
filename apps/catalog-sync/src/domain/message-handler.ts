import { CatalogError, parseEvent, type Catalog } from '@mesh/catalog';
import { retryDelay, type RetryOptions } from './retry.js';

/** An event as it was taken from the queue. */
export interface Message {
  readonly body: string;
  /** How often it was received, this time included. */
  readonly receives: number;
}

/** Why an event is a dead letter: what its message carries besides the event itself. */
export interface Reason {
  /** A {@link CatalogError}'s code, or `MESH_CATALOG_UNKNOWN`. */
  readonly code: string;
  readonly message: string;
}

/** What is to become of a message. */
export type Verdict =
  | { readonly kind: 'done' | 'nothing' | 'ignored'; readonly detail: string }
  | { readonly kind: 'retry'; readonly seconds: number; readonly error: unknown }
  | { readonly kind: 'dead'; readonly reason: Reason; readonly error: unknown };

/** Does what an event asks for, and decides what a failure means. Used by the container and by the function. */
export class MessageHandler {
  readonly #catalog: Pick<Catalog, 'apply'>;
  readonly #retry: RetryOptions;

  constructor(catalog: Pick<Catalog, 'apply'>, retry: RetryOptions) {
    this.#catalog = catalog;
    this.#retry = retry;
  }

  async handle(message: Message): Promise<Verdict> {
    try {
      const { change } = parseEvent(message.body);
      if (change.kind === 'ignored') return { kind: 'ignored', detail: change.reason };
      const outcome = await this.#catalog.apply(change);
      return outcome.kind === 'done'
        ? { kind: 'done', detail: outcome.detail }
        : { kind: 'nothing', detail: outcome.reason };
    } catch (error) {
      return this.#verdict(error, message.receives);
    }
  }

  #verdict(error: unknown, receives: number): Verdict {
    // Told to stop: nothing is wrong with the event, and another instance may have it at once.
    if (error instanceof Error && error.name === 'AbortError') return { kind: 'retry', seconds: 0, error };
    const code = error instanceof CatalogError ? error.code : 'MESH_CATALOG_UNKNOWN';
    const message = error instanceof Error ? error.message : String(error);
    // What nobody has foreseen may pass too.
    const transient = !(error instanceof CatalogError) || error.transient;
    if (!transient) return { kind: 'dead', reason: { code, message }, error };
    if (receives < this.#retry.maxReceives) {
      return { kind: 'retry', seconds: retryDelay(receives, this.#retry), error };
    }
    return { kind: 'dead', reason: { code, message: `after ${receives} tries: ${message}` }, error };
  }
}
