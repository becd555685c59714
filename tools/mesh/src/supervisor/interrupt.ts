const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type Interrupt = keyof typeof EXIT_CODES;

export interface InterruptHandlers {
  /** On the first signal; the process ends when it settles. */
  readonly stop: () => Promise<void>;
  /** On the second: the user does not want to wait. */
  readonly kill: () => void;
  readonly log: (line: string) => void;
}

/** Makes Ctrl-C, SIGTERM and a closed terminal stop the mesh before this process ends. */
export class InterruptGuard {
  readonly #handlers: InterruptHandlers;
  readonly #listener: (signal: NodeJS.Signals) => void;
  #first: Interrupt | undefined;
  #waiting: ((signal: NodeJS.Signals) => void) | undefined;

  constructor(handlers: InterruptHandlers) {
    this.#handlers = handlers;
    this.#listener = (signal) => {
      this.#onSignal(signal as Interrupt);
    };
    for (const signal of Object.keys(EXIT_CODES)) process.on(signal, this.#listener);
  }

  /** A signal came; the process is on its way out. */
  get interrupted(): boolean {
    return this.#first !== undefined;
  }

  /** Resolves when a signal came and everything is stopped; this process then goes on instead of ending. */
  async wait(): Promise<NodeJS.Signals> {
    // A listener for a signal does not keep a process alive.
    const alive = setInterval(() => undefined, 60_000);
    return new Promise<NodeJS.Signals>((resolve) => {
      this.#waiting = resolve;
    }).finally(() => {
      clearInterval(alive);
    });
  }

  /** Signals have their usual effect again. */
  dispose(): void {
    for (const signal of Object.keys(EXIT_CODES)) process.off(signal, this.#listener);
  }

  #onSignal(signal: Interrupt): void {
    const { stop, kill, log } = this.#handlers;
    if (this.#first !== undefined) {
      kill();
      process.exit(EXIT_CODES[signal]);
    }
    this.#first = signal;
    log('stopping (once more to kill)');
    stop().then(
      () => {
        if (this.#waiting === undefined) process.exit(EXIT_CODES[signal]);
        this.#waiting(signal);
      },
      (error: unknown) => {
        log(`stopping failed: ${String(error)}`);
        kill();
        process.exit(1);
      },
    );
  }
}
