/** Tells the relay of this process that something was written, so that it need not wait for its next look. */
export class Wakeup {
  #raised = false;
  #wake: (() => void) | undefined;

  raise(): void {
    this.#raised = true;
    this.#wake?.();
  }

  /** From now on only what is raised later counts. */
  lower(): void {
    this.#raised = false;
  }

  /** Settles when raised, after `maxMs`, or once the signal is aborted. */
  async wait(maxMs: number, signal: AbortSignal): Promise<void> {
    if (this.#raised || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(done, maxMs);
      signal.addEventListener('abort', done);
      this.#wake = done;
    });
  }
}
