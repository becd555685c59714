/** The longest that a timer takes; more is taken for none at all. Milliseconds. */
const MAX_TIMER_MS = 0x7fff_ffff;

/** One waiter, woken by whoever has something for it. A wake while nobody waits is kept for the next. */
export class Wakeup {
  private woken = false;
  private resolve: (() => void) | undefined;

  wake(): void {
    this.woken = true;
    this.resolve?.();
  }

  /** Settles when woken or after `ms`, which may be Infinity; at the latest after 24 days. */
  async wait(ms: number): Promise<void> {
    if (!this.woken) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(ms, MAX_TIMER_MS));
        this.resolve = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.resolve = undefined;
    this.woken = false;
  }
}
