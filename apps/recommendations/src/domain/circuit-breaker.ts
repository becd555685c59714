export interface CircuitBreakerOptions {
  /** Failures in a row that open the circuit. */
  readonly failures: number;
  /** How long it stays open before one call may try. Milliseconds. */
  readonly openMs: number;
  /** Whether an error says that the other side is in trouble, rather than that this one call was bad. */
  readonly isFailure: (error: unknown) => boolean;
  /** Milliseconds, from any start, never backwards. */
  readonly now: () => number;
}

/** The call was not made: the calls before it failed. */
export class CircuitOpenError extends Error {
  override readonly name = 'CircuitOpenError';
}

/**
 * Stops calling a system in trouble: callers get their answer at once instead of after a timeout, and the system gets
 * a rest.
 *
 *     closed ──failures in a row──▶ open ──openMs──▶ half-open ──success──▶ closed
 *                                    ▲                   │
 *                                    └──────failure──────┘
 *
 * While half-open one call is let through; all others are refused until it has ended.
 */
export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  #failures = 0;
  #openedAt: number | undefined;
  #probing = false;

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
  }

  get state(): 'closed' | 'open' | 'half-open' {
    if (this.#openedAt === undefined) return 'closed';
    return this.#options.now() - this.#openedAt < this.#options.openMs ? 'open' : 'half-open';
  }

  /** @throws CircuitOpenError without calling, or what the call throws */
  async run<T>(call: () => Promise<T>): Promise<T> {
    const { state } = this;
    if (state === 'open' || (state === 'half-open' && this.#probing)) {
      throw new CircuitOpenError('not called: the calls before it failed');
    }
    const probe = state === 'half-open';
    if (probe) this.#probing = true;
    try {
      const result = await call();
      this.#close();
      return result;
    } catch (error) {
      if (this.#options.isFailure(error)) this.#fail();
      // The other side has answered: it is not in trouble.
      else this.#close();
      throw error;
    } finally {
      if (probe) this.#probing = false;
    }
  }

  #close(): void {
    this.#failures = 0;
    this.#openedAt = undefined;
  }

  #fail(): void {
    this.#failures++;
    if (this.#openedAt !== undefined || this.#failures >= this.#options.failures) {
      this.#openedAt = this.#options.now();
    }
  }
}
