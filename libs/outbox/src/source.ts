import type { OutboxEvent } from './event.js';

/** Events in the order in which they have to be published. */
export interface OutboxBatch {
  readonly events: readonly OutboxEvent[];
}

/** What waits in an outbox, as anybody sees it. */
export interface OutboxStats {
  /** Events not yet known to be published, those set aside included. A source may stop at 10,000 of them. */
  readonly backlog: number;
  /** When the oldest of those counted was written. Milliseconds since the epoch. */
  readonly oldestAt?: number;
  /** Events that Kafka refused for their own sake. */
  readonly setAside: number;
}

/** Where a relay finds the events of one service: a table, or one shard of it. */
export interface OutboxSource {
  /** For logs and metrics, as `postgres` or `songs#3`. */
  readonly name: string;
  /**
   * Waits until no other relay has the lease of this source, and takes it. The lease only keeps relays from
   * working against each other; that an expired one does no harm is left to Kafka's fencing.
   *
   * @param taken called each time that the database answers and another relay has it
   * @throws OutboxError `UNAVAILABLE`; the signal's reason once it is aborted
   */
  acquire(signal: AbortSignal, taken?: () => void): Promise<OutboxLease>;
  /** @throws OutboxError `UNAVAILABLE` */
  stats(): Promise<OutboxStats>;
}

/**
 * The right to relay a source, until it is released or lost. One caller at a time. Every method throws OutboxError:
 * `LEASE_LOST` where another relay may have taken over, `UNAVAILABLE` where the database does not answer.
 */
export interface OutboxLease {
  /**
   * The next events, at most `limit`, read consistently: what was committed before the call and is not removed is
   * seen. An event is held back while
   * - one that precedes it, of any aggregate in a source with one sequence, or else of its own aggregate, may still
   *   be committed;
   * - an event of its aggregate is set aside.
   */
  readBatch(limit: number): Promise<OutboxBatch>;
  /** The events are published: they are never read again. */
  remove(batch: OutboxBatch): Promise<void>;
  /**
   * Kafka refuses this event for its own sake. It stays, and with it later events of its aggregate, and none of them
   * is read, until somebody has cured the reason and released it.
   */
  setAside(event: OutboxEvent, reason: string): Promise<void>;
  /** Settles when there may be something to read: after `maxMs` at the latest, or once the signal is aborted. */
  wait(maxMs: number, signal: AbortSignal): Promise<void>;
  /** Lets another relay take over at once. Never rejects. */
  release(): Promise<void>;
}
