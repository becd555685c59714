import type { OperatorFailure } from './failures.js';
import type { Hold } from './offsets.js';
import type { FailedSource, PendingWork } from './operators/operator.js';
import type { RecordContext } from './record-context.js';

/** What of a task its asynchronous side needs. */
export interface WorkingTask {
  hold(): Hold;
  wake(): void;
  resume(context: RecordContext, work: () => void): void;
  failed(source: FailedSource, thrown: unknown): void;
  broken(error: Error): void;
}

/** The task's asynchronous side. */
export class Work implements PendingWork {
  closed = false;
  outstanding = 0;
  readonly #task: WorkingTask;
  readonly #timers = new Set<NodeJS.Timeout>();
  #full = 0;

  constructor(task: WorkingTask) {
    this.#task = task;
  }

  get blocked(): boolean {
    return this.#full > 0;
  }

  hold(): Hold {
    this.outstanding += 1;
    return this.#task.hold();
  }

  release(hold: Hold): void {
    this.outstanding -= 1;
    hold.pending -= 1;
    if (this.outstanding === 0 && !this.closed) this.#task.wake();
  }

  full(): void {
    this.#full += 1;
  }

  free(): void {
    this.#full -= 1;
    if (this.#full === 0 && !this.closed) this.#task.wake();
  }

  resume(context: RecordContext, work: () => void): void {
    if (!this.closed) this.#task.resume(context, work);
  }

  failed(source: FailedSource, failure: OperatorFailure): void {
    if (!this.closed) this.#task.failed(source, failure);
  }

  broken(error: Error): void {
    if (!this.closed) this.#task.broken(error);
  }

  later(ms: number, work: () => void): void {
    if (this.closed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, ms);
    this.#timers.add(timer);
  }

  close(): void {
    this.closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
