import type { KafkaClient, KafkaLogger } from '@mesh/kafka';
import type { OutboxSource } from '../source.js';

export interface RelayOptions {
  readonly source: OutboxSource;
  readonly kafka: Pick<KafkaClient, 'transactionalProducer'>;
  /** `<service>-outbox`, or `<service>-outbox-<shard>`: the same in all instances, which is what fences a zombie. */
  readonly transactionalId: string;
  readonly log: KafkaLogger;
  /** Events a transaction has at most. Default 500. */
  readonly batchSize?: number;
  /** How long an idle relay waits before it looks again, where the source does not wake it. Milliseconds, default 500. */
  readonly pollMs?: number;
}

/**
 * - `standby`: another instance relays.
 * - `relaying`: this one does, or has nothing to.
 * - `failing`: the last attempt failed; it is repeated until it succeeds.
 */
export type RelayState = 'stopped' | 'standby' | 'relaying' | 'failing';
