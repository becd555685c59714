import { KafkaError, type KafkaClient, type KafkaLogger, type TransactionalProducer } from '@mesh/kafka';
import { setTimeout as sleep } from 'node:timers/promises';
import { OutboxError } from '../errors.js';
import type { OutboxEvent } from '../event.js';
import type { OutboxLease, OutboxSource, OutboxStats } from '../source.js';
import { relaySamples, type RelaySample } from './metrics.js';
import { publish, RefusedEvents } from './publish.js';

export interface RelayOptions {
  readonly source: OutboxSource;
  readonly kafka: Pick<KafkaClient, 'transactionalProducer'>;
  /** `<service>-outbox`, or `<service>-outbox-<shard>`: the same in all instances, which is what fences a zombie. */
  readonly transactionalId: string;
  readonly log: KafkaLogger;
  /** None where absent. */
  readonly tracing?: RelayTracing;
  /** Events a transaction has at most. Default 500. */
  readonly batchSize?: number;
  /** How long an idle relay waits before it looks again, where the source does not wake it. Milliseconds, default 500. */
  readonly pollMs?: number;
  /** How often the backlog is counted, by the instance that relays or tries to. Milliseconds, default 5,000. */
  readonly statsMs?: number;
}

/** Follows the events of a transaction; `Tracing` of `@mesh/service` does. */
export interface RelayTracing {
  /** They are published now. `end` is called once they are, or are not. */
  relay(events: readonly OutboxEvent[]): { end(error?: Error): void };
}

/**
 * - `standby`: another instance relays.
 * - `relaying`: this one does, or has nothing to.
 * - `failing`: the last attempt failed; it is repeated until it succeeds.
 */
export type RelayState = 'stopped' | 'standby' | 'relaying' | 'failing';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** A count that takes long is made less often: the pause is so many times as long. */
const COUNTING_SHARE = 20;
/** Shorter than a send of other producers: the outbox keeps what is not acknowledged. */
const DELIVERY_TIMEOUT_MS = 5_000;

/**
 * Publishes the events of one source to Kafka, each at least once: after a crash between Kafka's commit and the removal
 * from the outbox, events are published again, the same ones in the same order.
 *
 *     acquire the lease → fence earlier producers → read → publish in a transaction → remove → read …
 *
 * Fencing comes before reading: whoever reads knows that nobody with an older view can publish any more, so that an
 * older version never follows a newer one. The lease alone could not promise that, since it may expire while its
 * holder is stopped. After any failure all of it begins anew.
 */
export class Relay {
  readonly #options: RelayOptions;
  readonly #closing = new AbortController();
  #state: RelayState = 'stopped';
  #problem: string | undefined;
  #running: Promise<unknown> | undefined;
  #pauseMs = FIRST_PAUSE_MS;
  /** Has the lease. */
  #leading = false;
  #stats: OutboxStats | undefined;
  #relayed = 0;
  #transactions = 0;
  #failures = 0;
  #fenced = 0;
  /** So many events are to be tried alone, to find the one that Kafka refuses. */
  #alone = 0;

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  get state(): RelayState {
    return this.#state;
  }

  /** Why nothing can be relayed at present. No reason to send the service no requests: those only grow the backlog. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Relays until {@link close}. Failures are logged, counted and tried again. */
  async run(): Promise<void> {
    this.#running ??= Promise.all([this.#relay(), this.#watch()]);
    await this.#running;
  }

  /** Ends after the transaction under way, and lets another relay take over. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
    this.#state = 'stopped';
  }

  metrics(): readonly RelaySample[] {
    return relaySamples(
      {
        source: this.#options.source.name,
        relaying: this.#state === 'relaying',
        failing: this.#state === 'failing',
        relayed: this.#relayed,
        transactions: this.#transactions,
        failures: this.#failures,
        fenced: this.#fenced,
        ...(this.#stats === undefined ? {} : { stats: this.#stats }),
      },
      Date.now(),
    );
  }

  async #relay(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.#lead();
      } catch (error) {
        if (signal.aborted) return;
        await this.#failed(error);
      }
    }
  }

  /** Relays for as long as it goes well. */
  async #lead(): Promise<void> {
    const { source } = this.#options;
    if (this.#state !== 'failing') this.#standBy();
    const lease = await source.acquire(this.#closing.signal, () => this.#standBy());
    this.#leading = true;
    void this.#count();
    try {
      await this.#relayUnder(lease);
    } finally {
      this.#leading = false;
      await lease.release();
    }
  }

  async #relayUnder(lease: OutboxLease): Promise<void> {
    const { source, kafka, transactionalId, log } = this.#options;
    const producer = kafka.transactionalProducer({ transactionalId, deliveryTimeoutMs: DELIVERY_TIMEOUT_MS });
    try {
      await producer.init();
      log.info({ source: source.name, transactionalId }, 'relaying the outbox');
      while (!this.#closing.signal.aborted) await this.#step(lease, producer);
    } finally {
      await producer.close().catch((error: unknown) => {
        // Why relaying ended says more than that.
        log.warn({ err: error, transactionalId }, 'the producer of the outbox cannot be closed');
      });
    }
  }

  /** Nothing fails here: another instance has the lease, or may have it by now. */
  #standBy(): void {
    this.#state = 'standby';
    this.#problem = undefined;
    this.#stats = undefined;
  }

  async #step(lease: OutboxLease, producer: TransactionalProducer): Promise<void> {
    const { batchSize = 500, pollMs = 500 } = this.#options;
    const batch = await lease.readBatch(this.#alone > 0 ? 1 : batchSize);
    if (batch.events.length > 0) {
      try {
        await this.#publish(producer, batch.events);
      } catch (error) {
        if (!(error instanceof RefusedEvents)) throw error;
        await this.#refused(error, batch.events.length, lease);
        return;
      }
      await lease.remove(batch);
      this.#relayed += batch.events.length;
      this.#transactions += 1;
      this.#alone = Math.max(0, this.#alone - batch.events.length);
    }
    this.#works();
    if (batch.events.length === 0) await lease.wait(pollMs, this.#closing.signal);
  }

  async #publish(producer: TransactionalProducer, events: readonly OutboxEvent[]): Promise<void> {
    const traced = this.#options.tracing?.relay(events);
    try {
      await publish(producer, events);
      traced?.end();
    } catch (error) {
      traced?.end(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  }

  /**
   * A broker may blame more records than are at fault, so those of a batch are tried alone. What is refused alone is
   * set aside: the rest of the outbox does not wait for it.
   */
  async #refused(refused: RefusedEvents, tried: number, lease: OutboxLease): Promise<void> {
    if (tried > 1) {
      this.#alone = tried;
      return;
    }
    const [event] = refused.events;
    if (event === undefined) throw refused;
    const { eventId, topic, aggregateId, version } = event;
    await lease.setAside(event, refused.message);
    this.#options.log.error(
      { err: refused.cause, eventId, topic, aggregateId, version },
      'Kafka refuses an event: it is set aside, and with it later ones of its aggregate, until somebody releases it',
    );
    void this.#count();
  }

  #works(): void {
    if (this.#state === 'failing') this.#options.log.info({}, 'relaying works again');
    this.#state = 'relaying';
    this.#problem = undefined;
    this.#pauseMs = FIRST_PAUSE_MS;
  }

  async #failed(error: unknown): Promise<void> {
    const { log, source } = this.#options;
    const { signal } = this.#closing;
    const fenced = error instanceof KafkaError && error.code === 'FENCED';
    if (fenced || (error instanceof OutboxError && error.code === 'LEASE_LOST')) {
      this.#fenced += Number(fenced);
      log.warn(
        { err: error, source: source.name },
        'another relay may have taken over; asking for the lease',
      );
      this.#standBy();
    } else {
      // An outage is logged when it begins and when it ends.
      if (this.#state !== 'failing') {
        log.error({ err: error, source: source.name }, 'relaying fails; events wait in the outbox');
      }
      this.#state = 'failing';
      this.#problem = error instanceof Error ? error.message : String(error);
    }
    this.#failures += 1;
    const pause = this.#pauseMs * (0.5 + Math.random() / 2);
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    await sleep(pause, undefined, { signal }).catch(ignoreAbort);
  }

  async #watch(): Promise<void> {
    const { statsMs = 5_000 } = this.#options;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const began = performance.now();
      await this.#count();
      const pause = Math.max(statsMs, COUNTING_SHARE * (performance.now() - began));
      await sleep(pause, undefined, { signal }).catch(ignoreAbort);
    }
  }

  /** Not in standby: counting costs, and whoever has the lease does it. */
  async #count(): Promise<void> {
    if (!this.#counts()) return;
    try {
      const stats = await this.#options.source.stats();
      this.#stats = this.#counts() ? stats : undefined;
    } catch (error) {
      // Relaying reports the outage; no number is better than an old one.
      this.#stats = undefined;
      this.#options.log.debug({ err: error }, 'the outbox cannot be counted');
    }
  }

  #counts(): boolean {
    return this.#leading || this.#state === 'failing';
  }
}

/** The end of a pause that was cut short. */
function ignoreAbort(error: unknown): void {
  if ((error as { name?: unknown }).name !== 'AbortError') throw error;
}
