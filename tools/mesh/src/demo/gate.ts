/** Lets a stream of events through up to a limit that others raise. */
export class Gate {
  #limit: number;
  #passed = 0;
  #wake: () => void = () => undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @param limit how many events may have passed in all from now on; never lowered */
  raise(limit: number): void {
    this.#limit = Math.max(this.#limit, limit);
    this.#wake();
  }

  async *through<T>(events: Iterable<T>): AsyncGenerator<T, void, undefined> {
    for (const event of events) {
      while (this.#passed >= this.#limit) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      this.#passed += 1;
      yield event;
    }
  }
}
