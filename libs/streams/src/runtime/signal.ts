/** Wakes whoever waits. A notification with nobody waiting is kept for the next one to wait. */
export class Signal {
  #set = false;
  #resolve: (() => void) | undefined;

  notify(): void {
    this.#set = true;
    this.#resolve?.();
  }

  /** Returns at the next {@link notify}, or after `ms`. One caller at a time. */
  async wait(ms: number): Promise<void> {
    if (!this.#set && ms > 0) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#resolve = resolve;
        timer = setTimeout(resolve, ms);
      });
      clearTimeout(timer);
      this.#resolve = undefined;
    }
    this.#set = false;
  }
}

/** Settles when `promise` does, or after `ms`. @returns whether the promise was the first; its error is thrown */
export async function within(ms: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([promise.then(() => true), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
