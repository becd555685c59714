/** How many first arrivals are kept; a benchmark asks for less. */
const most = 1_000_000;

/**
 * When each event id first arrived in a call that succeeded: what a benchmark needs to tell how long events were on
 * their way. Off until started, and read off the body's text, so that no double need know of it.
 */
export class Arrivals {
  #first: Map<string, number> | undefined;

  start(): void {
    this.#first = new Map();
  }

  stop(): void {
    this.#first = undefined;
  }

  /** @param at milliseconds since the epoch */
  record(body: Buffer | undefined, at: number): void {
    const first = this.#first;
    if (first === undefined || body === undefined) return;
    for (const [, id] of body.toString('latin1').matchAll(/"eventId":"([^"]+)"/g)) {
      if (id !== undefined && !first.has(id) && first.size < most) first.set(id, at);
    }
  }

  /** Milliseconds since the epoch by event id; empty while off. */
  toJSON(): Record<string, number> {
    return Object.fromEntries(this.#first ?? []);
  }
}
