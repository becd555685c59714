import type { Consumer } from '@mesh/kafka';
import type { RecordCollector } from '../collector.js';
import type { Task } from '../task.js';
import { Acknowledged } from './acknowledged.js';
import type { Guarantee } from './guarantee.js';
import { Transaction, type TransactionOptions } from './transaction.js';

/**
 * One transaction for all tasks of a thread (KIP-447): safe where the group's coordinator checks member and generation
 * of the offsets in it, and a new owner of a partition waits for offsets not decided.
 */
export class ExactlyOnceThread implements Guarantee {
  readonly exactlyOnce = true;
  readonly acknowledged = new Acknowledged();
  readonly #options: Omit<TransactionOptions, 'acknowledged'>;
  #transaction: Transaction | undefined;

  constructor(options: Omit<TransactionOptions, 'acknowledged'>) {
    this.#options = options;
  }

  async init(): Promise<void> {
    this.#transaction = new Transaction({ ...this.#options, acknowledged: this.acknowledged });
    await this.#transaction.init();
  }

  async open(): Promise<RecordCollector> {
    return this.#current().buffer;
  }

  pump(): void {
    this.#transaction?.pump();
  }

  get pendingBytes(): number {
    return this.#transaction?.pendingBytes ?? 0;
  }

  get failure(): Error | undefined {
    return this.#transaction?.failure;
  }

  async commit(tasks: readonly Task[], consumer: Consumer): Promise<boolean> {
    const positions = tasks.map((task) => ({ task, offsets: task.committable() }));
    const offsets = positions.flatMap((position) => position.offsets);
    const done = await this.#current().commit(offsets, consumer.groupMetadata());
    for (const { task, offsets: own } of positions) task.committed(own);
    return done;
  }

  async closeTask(): Promise<void> {
    // The transaction is the thread's.
  }

  async abandon(): Promise<void> {
    await this.#transaction?.abandon();
    this.#transaction = undefined;
  }

  async close(): Promise<void> {
    await this.#transaction?.close();
    this.#transaction = undefined;
  }

  #current(): Transaction {
    if (this.#transaction === undefined) throw new TypeError('init() comes first');
    return this.#transaction;
  }
}
