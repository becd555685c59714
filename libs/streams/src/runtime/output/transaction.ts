import type {
  GroupMetadata,
  KafkaClient,
  KafkaLogger,
  PartitionOffset,
  TransactionalProducer,
} from '@mesh/kafka';
import { StreamsError } from '../../errors.js';
import { toError } from '../failures.js';
import { within } from '../signal.js';
import type { Acknowledged } from './acknowledged.js';
import { OutputBuffer } from './output-buffer.js';
import type { RecordLimits } from './record-limits.js';

/** How long to wait for an abort. Milliseconds. */
const ABORT_MS = 2_000;
/** Less waits for the commit: nobody can read it before. More waits for what is under way, and goes in fewer batches. Bytes. */
const FLUSH_BYTES = 256 * 1024;

export interface TransactionOptions {
  readonly client: KafkaClient;
  readonly transactionalId: string;
  readonly transactionTimeoutMs: number | undefined;
  readonly limits: RecordLimits;
  readonly acknowledged: Acknowledged;
  readonly logger: KafkaLogger;
}

/** One transactional producer, and the records of its next transaction, which begins with the first that is sent. */
export class Transaction {
  readonly buffer: OutputBuffer;
  readonly #options: TransactionOptions;
  readonly #producer: TransactionalProducer;
  #open = false;
  #sends: Promise<void> = Promise.resolve();
  #inFlightBytes = 0;
  #failure: Error | undefined;

  constructor(options: TransactionOptions) {
    const { client, transactionalId, transactionTimeoutMs } = options;
    this.#options = options;
    this.#producer = client.transactionalProducer({
      transactionalId,
      ...(transactionTimeoutMs === undefined ? {} : { transactionTimeoutMs }),
    });
    this.buffer = new OutputBuffer(options.limits, this.#producer);
  }

  /** Fences earlier producers of this id and ends what they left open. */
  init(): Promise<void> {
    return this.#producer.init();
  }

  get pendingBytes(): number {
    return this.buffer.bytes + this.#inFlightBytes;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  pump(): void {
    if (this.#inFlightBytes === 0 && this.buffer.bytes >= FLUSH_BYTES) this.#flush();
  }

  /** @returns whether there was anything to commit */
  async commit(offsets: readonly PartitionOffset[], group: GroupMetadata): Promise<boolean> {
    this.#flush();
    await this.#sends;
    if (this.#failure !== undefined) throw this.#failure;
    if (!this.#open && offsets.length === 0) return false;
    if (offsets.length === 0) {
      // It is by its offsets that the broker tells a member that was replaced: without any it would let this through.
      const { transactionalId } = this.#options;
      const what = `transaction ${transactionalId} has outputs and no offsets: nothing of it is committed`;
      throw new StreamsError('ILLEGAL_STATE', what);
    }
    await this.#begin();
    await this.#producer.sendOffsets(offsets, group);
    await this.#producer.commit();
    this.#open = false;
    return true;
  }

  /** Ends without committing. Never throws: what cannot be aborted, the next owner's init or the broker's timeout ends. */
  async abandon(): Promise<void> {
    try {
      // With no broker to answer it would wait for one; closing fails what is under way.
      if (this.#open) await within(ABORT_MS, this.#producer.abort());
    } catch (error) {
      const { transactionalId, logger } = this.#options;
      logger.debug({ transactionalId, err: error }, 'could not abort a transaction');
    }
    await this.close();
  }

  close(): Promise<void> {
    return this.#producer.close();
  }

  async #begin(): Promise<void> {
    if (this.#open) return;
    await this.#producer.begin();
    this.#open = true;
  }

  #flush(): void {
    const { bytes } = this.buffer;
    if (bytes === 0 || this.#failure !== undefined) return;
    const batches = this.buffer.take();
    this.#inFlightBytes += bytes;
    this.#sends = this.#sends
      .then(async () => {
        if (this.#failure !== undefined) return;
        await this.#begin();
        this.#options.acknowledged.add(await this.#producer.send(batches));
      })
      .catch((error: unknown) => {
        this.#options.limits.learn(error, batches);
        this.#failure ??= toError(error);
      })
      .finally(() => {
        this.#inFlightBytes -= bytes;
      });
  }
}
