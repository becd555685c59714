import type { Consumer } from '@mesh/kafka';
import type { RecordCollector } from '../collector.js';
import type { Task } from '../task.js';
import { Acknowledged } from './acknowledged.js';
import type { Guarantee } from './guarantee.js';
import { Transaction, type TransactionOptions } from './transaction.js';

/**
 * A transactional producer for each task, named after it: whoever takes the task over fences the one before. For
 * drivers whose transactional offset commits carry no member and generation.
 */
export class ExactlyOnceTask implements Guarantee {
  readonly exactlyOnce = true;
  readonly acknowledged = new Acknowledged();
  readonly #options: Omit<TransactionOptions, 'transactionalId' | 'acknowledged'>;
  readonly #applicationId: string;
  readonly #transactions = new Map<string, Transaction>();

  constructor(options: Omit<TransactionOptions, 'transactionalId' | 'acknowledged'>, applicationId: string) {
    this.#options = options;
    this.#applicationId = applicationId;
  }

  async init(): Promise<void> {
    // There is a producer for each task, made with it.
  }

  async open(taskId: string): Promise<RecordCollector> {
    const transaction = new Transaction({
      ...this.#options,
      transactionalId: `${this.#applicationId}-${taskId}`,
      acknowledged: this.acknowledged,
    });
    this.#transactions.set(taskId, transaction);
    await transaction.init();
    return transaction.buffer;
  }

  pump(): void {
    for (const transaction of this.#transactions.values()) transaction.pump();
  }

  get pendingBytes(): number {
    let bytes = 0;
    for (const transaction of this.#transactions.values()) bytes += transaction.pendingBytes;
    return bytes;
  }

  get failure(): Error | undefined {
    for (const { failure } of this.#transactions.values()) if (failure !== undefined) return failure;
    return undefined;
  }

  async commit(tasks: readonly Task[], consumer: Consumer): Promise<boolean> {
    const group = consumer.groupMetadata();
    const done = await Promise.all(
      tasks.map(async (task) => {
        const offsets = task.committable();
        const committed = await this.#transactions.get(task.id)?.commit(offsets, group);
        task.committed(offsets);
        return committed === true;
      }),
    );
    return done.includes(true);
  }

  async closeTask(taskId: string): Promise<void> {
    const transaction = this.#transactions.get(taskId);
    this.#transactions.delete(taskId);
    await transaction?.close();
  }

  async abandon(): Promise<void> {
    const transactions = [...this.#transactions.values()];
    this.#transactions.clear();
    await Promise.all(transactions.map((transaction) => transaction.abandon()));
  }

  async close(): Promise<void> {
    const transactions = [...this.#transactions.values()];
    this.#transactions.clear();
    await Promise.all(transactions.map((transaction) => transaction.close()));
  }
}
