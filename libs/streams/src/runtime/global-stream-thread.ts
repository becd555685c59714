import {
  KafkaError,
  type Admin,
  type ConsumedRecord,
  type KafkaClient,
  type KafkaLogger,
  type PartitionOffset,
  type PartitionReader,
  type RecordBatch,
} from '@mesh/kafka';
import { StreamsError } from '../errors.js';
import { isRetriable, toError } from './failures.js';
import type { GlobalStores } from './global-stores.js';
import { Backoff } from './recovery.js';
import { Signal } from './signal.js';

export interface GlobalStreamThreadOptions {
  readonly applicationId: string;
  readonly client: KafkaClient;
  readonly admin: Admin;
  readonly logger: KafkaLogger;
  /** It has ended by itself: what the tasks look into would grow old. */
  readonly onFatal: (error: Error) => void;
}

const POLL_MS = 100;

/**
 * Keeps the global tables of an instance as their topics have them: reads all partitions from their beginning, without a
 * group, and goes on reading. A record that cannot be read is not written to the dead letters, which every instance
 * would do: it is left out, with a warning, unless the handler says `fail`.
 */
export class GlobalStreamThread {
  readonly #stores: GlobalStores;
  readonly #options: GlobalStreamThreadOptions;
  readonly #signal = new Signal();
  readonly #backoff = new Backoff();
  #stopped = false;
  #loop: Promise<void> | undefined;
  /** Records that could not be read. */
  skipped = 0;

  constructor(stores: GlobalStores, options: GlobalStreamThreadOptions) {
    this.#stores = stores;
    this.#options = options;
  }

  /**
   * Ends once the tables hold what their topics held at the call, and goes on reading beside the caller.
   * @throws KafkaError, StreamsError `MISSING_SOURCE_TOPIC`, `RECORD_FAILED`
   */
  async start(): Promise<void> {
    if (this.#stores.all.length === 0) return;
    const began = performance.now();
    const { behind, positions } = await this.#positions();
    const reader = await this.#options.client.reader(positions);
    try {
      while (behind.size > 0 && !this.#stopped) {
        for (const batch of await this.#poll(reader)) {
          const id = key(batch);
          if (batch.nextOffset >= (behind.get(id) ?? Number.POSITIVE_INFINITY)) behind.delete(id);
        }
      }
    } catch (error) {
      await reader.close();
      throw error;
    }
    const ms = Math.round(performance.now() - began);
    this.#options.logger.info({ topics: this.#topics(), ms }, 'global tables are read');
    this.#loop = this.#run(reader);
  }

  /** Never throws. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#signal.notify();
    await this.#loop;
  }

  async #run(reader: PartitionReader): Promise<void> {
    try {
      while (!this.#stopped) await this.#poll(reader);
    } catch (error) {
      if (!this.#stopped) this.#options.onFatal(toError(error));
    } finally {
      await reader.close().catch((error: unknown) => {
        this.#options.logger.debug({ err: error }, 'could not close the reader of global tables');
      });
    }
  }

  async #positions(): Promise<{
    readonly positions: readonly PartitionOffset[];
    /** Of the partitions that hold something, where that ends. */
    readonly behind: Map<string, number>;
  }> {
    const { admin, applicationId } = this.#options;
    const described = await admin.describeTopics(this.#topics());
    const missing = this.#topics().filter((topic) => !described.some(({ name }) => name === topic));
    if (missing.length > 0) {
      throw new StreamsError(
        'MISSING_SOURCE_TOPIC',
        `application ${applicationId} keeps a global table of ${missing.join(', ')}, which does not exist`,
      );
    }
    const partitions = described.flatMap(({ name, partitions: count }) =>
      Array.from({ length: count }, (_, partition) => ({ topic: name, partition })),
    );
    const positions = await admin.beginningOffsets(partitions);
    const ends = await admin.endOffsets(partitions);
    const begins = new Map(positions.map((position) => [key(position), position.offset]));
    const filled = ends.filter((end) => end.offset > (begins.get(key(end)) ?? 0));
    return { positions, behind: new Map(filled.map((end) => [key(end), end.offset])) };
  }

  /** Takes what there is. @returns the batches taken */
  async #poll(reader: PartitionReader): Promise<readonly RecordBatch[]> {
    let batches: readonly RecordBatch[];
    try {
      batches = await reader.poll(POLL_MS);
      this.#backoff.succeededPoll();
    } catch (error) {
      if (!(error instanceof KafkaError) || !error.retriable) throw error;
      const retryMs = this.#backoff.poll();
      this.#options.logger.warn({ err: error, retryMs }, 'cannot fetch global tables for now');
      await this.#signal.wait(retryMs);
      return [];
    }
    for (const batch of batches) {
      for (const record of batch.records) {
        const wait = this.#prepare(batch.topic, record);
        const failure = wait === undefined ? undefined : await wait;
        if (this.#stopped) return [];
        this.#take(batch, record, failure);
      }
    }
    return batches;
  }

  #take({ topic, partition }: RecordBatch, record: ConsumedRecord, failure: Error | undefined): void {
    const error =
      failure === undefined
        ? this.#stores.update(topic, partition, record)
        : this.#stores.failed(topic, partition, record, failure);
    if (error === undefined) return;
    this.skipped += 1;
    const where = `${topic}-${partition}@${record.offset}`;
    this.#options.logger.warn({ err: error, record: where }, 'a record of a global table is left out');
  }

  /** Waits for what serdes fetch, for as long as it cannot be fetched for now. @returns why it never can be */
  #prepare(topic: string, { key: data, value }: ConsumedRecord): Promise<Error | undefined> | undefined {
    const prepare = this.#stores.of(topic)?.prepare;
    const first = data === null ? undefined : prepare?.(data, value);
    if (prepare === undefined || data === null || first === undefined) return undefined;
    const retrying = async (): Promise<Error | undefined> => {
      let asked: Promise<unknown> | undefined = first;
      while (!this.#stopped) {
        try {
          await asked;
          return undefined;
        } catch (error) {
          if (!isRetriable(error)) return toError(error);
          await this.#signal.wait(this.#backoff.poll());
          asked = prepare(data, value);
        }
      }
      return undefined;
    };
    return retrying();
  }

  #topics(): readonly string[] {
    return this.#stores.all.map(({ table }) => table.topic);
  }
}

function key({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic}-${partition}`;
}
