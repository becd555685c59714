import { KafkaError, type Consumer, type KafkaClient, type KafkaLogger, type Producer } from '@mesh/kafka';
import type { RecordCollector } from '../collector.js';
import { toError } from '../failures.js';
import type { Task } from '../task.js';
import { Acknowledged } from './acknowledged.js';
import type { Guarantee } from './guarantee.js';
import { OutputBuffer } from './output-buffer.js';
import type { RecordLimits } from './record-limits.js';

/** Outputs first, offsets after: what was between the two when a process died is done again. */
export class AtLeastOnce implements Guarantee {
  readonly exactlyOnce = false;
  readonly acknowledged = new Acknowledged();
  readonly #client: KafkaClient;
  readonly #limits: RecordLimits;
  readonly #logger: KafkaLogger;
  #sends: Sends | undefined;

  constructor(client: KafkaClient, limits: RecordLimits, logger: KafkaLogger) {
    this.#client = client;
    this.#limits = limits;
    this.#logger = logger;
  }

  async init(): Promise<void> {
    this.#sends = new Sends(this.#client.producer(), this.#limits, this.acknowledged);
  }

  async open(): Promise<RecordCollector> {
    return this.#current().buffer;
  }

  get pendingBytes(): number {
    return this.#sends?.pendingBytes ?? 0;
  }

  get failure(): Error | undefined {
    return this.#sends?.failure;
  }

  pump(): void {
    this.#sends?.pump();
  }

  async commit(tasks: readonly Task[], consumer: Consumer): Promise<boolean> {
    // Before the flush: what finishes during it may have outputs that are not in it.
    const positions = tasks.map((task) => ({ task, offsets: task.committable() }));
    const offsets = positions.flatMap((position) => position.offsets);
    await this.#current().settled();
    if (offsets.length === 0) return false;
    try {
      await consumer.commit(offsets);
    } catch (error) {
      if (!(error instanceof KafkaError) || !error.retriable) throw error;
      this.#logger.warn({ err: error }, 'could not commit offsets, trying again with the next ones');
      return false;
    }
    for (const { task, offsets: own } of positions) task.committed(own);
    return true;
  }

  async closeTask(): Promise<void> {
    // Its outputs go with the next send, whatever became of it.
  }

  async abandon(): Promise<void> {
    await this.close();
  }

  async close(): Promise<void> {
    await this.#sends?.close();
    this.#sends = undefined;
  }

  #current(): Sends {
    if (this.#sends === undefined) throw new TypeError('init() comes first');
    return this.#sends;
  }
}

/**
 * One producer and what it has under way. Sends of a producer that was given up may fail long after the next one has
 * begun: they are no business of its own.
 */
class Sends {
  readonly buffer: OutputBuffer;
  readonly #producer: Producer;
  readonly #limits: RecordLimits;
  readonly #acknowledged: Acknowledged;
  #inFlight = 0;
  #inFlightBytes = 0;
  #idle: (() => void) | undefined;
  #failure: Error | undefined;

  constructor(producer: Producer, limits: RecordLimits, acknowledged: Acknowledged) {
    this.#producer = producer;
    this.#limits = limits;
    this.#acknowledged = acknowledged;
    this.buffer = new OutputBuffer(limits, producer);
  }

  get pendingBytes(): number {
    return this.buffer.bytes + this.#inFlightBytes;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  /** A send waits for those before it: what comes meanwhile goes along with the next, in fewer and larger batches. */
  pump(): void {
    if (this.#inFlight === 0 && this.buffer.bytes > 0) this.#flush();
  }

  /** Waits until all that was collected is acknowledged. @throws what a send failed with */
  async settled(): Promise<void> {
    this.#flush();
    if (this.#inFlight > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  close(): Promise<void> {
    return this.#producer.close();
  }

  #flush(): void {
    const { bytes } = this.buffer;
    if (bytes === 0 || this.#failure !== undefined) return;
    const batches = this.buffer.take();
    this.#inFlight += 1;
    this.#inFlightBytes += bytes;
    this.#producer
      .send(batches)
      .then((appended) => this.#acknowledged.add(appended))
      .catch((error: unknown) => {
        this.#limits.learn(error, batches);
        this.#failure ??= toError(error);
      })
      .finally(() => {
        this.#inFlight -= 1;
        this.#inFlightBytes -= bytes;
        if (this.#inFlight > 0) return;
        this.#idle?.();
        this.#idle = undefined;
        this.pump();
      });
  }
}
