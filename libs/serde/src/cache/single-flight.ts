/** Runs one call a key at a time: whoever asks meanwhile gets the same answer, or the same error. */
export class SingleFlight<V> {
  readonly #flights = new Map<string, Promise<V>>();

  run(key: string, call: () => Promise<V>): Promise<V> {
    const flying = this.#flights.get(key);
    if (flying !== undefined) return flying;
    const flight = call().finally(() => this.#flights.delete(key));
    this.#flights.set(key, flight);
    return flight;
  }
}
