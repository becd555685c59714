/** A first-in-first-out queue between one writer, who waits while it is full, and one reader, who takes what is there. */
export class BoundedQueue<T> {
  readonly #capacity: number;
  readonly #values: T[] = [];
  #ended = false;
  #wakeWriter: (() => void) | undefined;
  #wakeReader: (() => void) | undefined;
  /** How many values the reader waits for. */
  #wanted = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Settles at once where there is room, else once there is. One caller at a time. */
  async put(value: T): Promise<void> {
    while (this.#values.length >= this.#capacity && !this.#ended) {
      await new Promise<void>((resolve) => (this.#wakeWriter = resolve));
    }
    if (this.#ended) return;
    this.#values.push(value);
    if (this.#values.length >= this.#wanted) this.#wakeReader?.();
  }

  /** No more will be put: the reader gets what is left; a writer who waits goes on, its value dropped. */
  end(): void {
    this.#ended = true;
    this.#wakeWriter?.();
    this.#wakeReader?.();
  }

  /**
   * Up to `limit` values: as soon as so many are there, the queue has ended, or the first has waited `lingerMs`. Empty
   * only at the end. One caller at a time.
   */
  async take(limit: number, lingerMs: number): Promise<T[]> {
    await this.#until(1);
    if (lingerMs > 0) {
      const timer = setTimeout(() => this.#wakeReader?.(), lingerMs);
      await this.#until(limit);
      clearTimeout(timer);
    }
    const taken = this.#values.splice(0, limit);
    this.#wakeWriter?.();
    this.#wakeWriter = undefined;
    return taken;
  }

  async #until(count: number): Promise<void> {
    if (this.#values.length >= count || this.#ended) return;
    this.#wanted = count;
    await new Promise<void>((resolve) => (this.#wakeReader = resolve));
    this.#wakeReader = undefined;
  }
}
