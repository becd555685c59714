import type { ApplicationThread } from './application-thread.js';
import type { UncaughtErrorDecision } from './failures.js';
import type { StreamsMetadata } from './queries/metadata.js';
import type { ThreadListener } from './stream-thread.js';

export interface StreamThreadsOptions {
  /** @param index from 0; unlike those of the other threads alive */
  readonly make: (index: number, listener: ThreadListener) => ApplicationThread;
  /** For a thread that has failed to let go of what it has. Milliseconds. */
  readonly closeTimeoutMs: number;
  readonly onRebalancing: () => void;
  /** All threads process all they have. */
  readonly onRunning: () => void;
  readonly onInstances: (instances: readonly StreamsMetadata[]) => void;
  /** A thread has failed for good; `REPLACE_THREAD` is done here, what else follows is the caller's. */
  readonly onUncaught: (error: Error) => UncaughtErrorDecision;
}

/** The threads of an instance. */
export class StreamThreads {
  readonly #options: StreamThreadsOptions;
  readonly #threads = new Map<number, ApplicationThread>();
  readonly #running = new Set<number>();
  /** Failed ones that still let go of what they have. */
  readonly #ending = new Set<Promise<void>>();
  #paused = false;

  constructor(options: StreamThreadsOptions) {
    this.#options = options;
  }

  get all(): readonly ApplicationThread[] {
    return [...this.#threads.values()];
  }

  /** Starts another. @returns its index */
  add(): number {
    let index = 0;
    while (this.#threads.has(index)) index += 1;
    const thread = this.#options.make(index, {
      onRebalancing: () => this.#rebalancing(index),
      onRunning: () => {
        this.#running.add(index);
        this.#reportRunning();
      },
      onInstances: this.#options.onInstances,
      onFatal: (error) => this.#failed(index, error),
    });
    thread.paused = this.#paused;
    this.#threads.set(index, thread);
    this.#rebalancing(index);
    thread.start();
    return index;
  }

  /** Ends the last one; the others take over its tasks. @returns its index; `undefined` where there is none */
  async remove(timeoutMs: number): Promise<number | undefined> {
    const index = Math.max(...this.#threads.keys());
    const thread = this.#threads.get(index);
    if (thread === undefined) return undefined;
    this.#threads.delete(index);
    this.#running.delete(index);
    await thread.stop(timeoutMs, true);
    this.#reportRunning();
    return index;
  }

  /** @param leaveGroup see `CloseOptions` */
  async stop(timeoutMs: number, leaveGroup?: boolean): Promise<void> {
    await Promise.all([...this.all.map((thread) => thread.stop(timeoutMs, leaveGroup)), ...this.#ending]);
  }

  set paused(paused: boolean) {
    this.#paused = paused;
    for (const thread of this.#threads.values()) thread.paused = paused;
  }

  #rebalancing(index: number): void {
    this.#running.delete(index);
    this.#options.onRebalancing();
  }

  #reportRunning(): void {
    if (this.#running.size === this.#threads.size) this.#options.onRunning();
  }

  #failed(index: number, error: Error): void {
    const thread = this.#threads.get(index);
    this.#threads.delete(index);
    this.#running.delete(index);
    if (thread !== undefined) {
      const ending = thread.stop(this.#options.closeTimeoutMs, true);
      this.#ending.add(ending);
      void ending.finally(() => this.#ending.delete(ending));
    }
    if (this.#options.onUncaught(error) === 'REPLACE_THREAD') this.add();
  }
}
