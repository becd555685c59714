import type { Interaction } from '@mesh/contracts';

/**
 * - `published`: acknowledged by all in-sync replicas; it will not be lost.
 * - `unavailable`: not known to be written. Try again under the same id.
 * - `too-large`: larger than the topic takes. Never try again.
 */
export type PublishOutcome = 'published' | 'unavailable' | 'too-large';

/** Where accepted events go. */
export interface InteractionPublisher {
  /** One outcome an event, in order; events of one user are written in the order given. */
  publish(events: readonly Interaction[]): Promise<readonly PublishOutcome[]>;
  /** Settles when everything taken over is written, or given up. */
  close(): Promise<void>;
}
