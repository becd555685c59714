/** Things in order of a time and then of their ids, one for each id. */
export class TimeQueue<T> {
  /** Distinct times, earliest first. */
  readonly #times: number[] = [];
  readonly #byTime = new Map<number, Map<string, T>>();
  readonly #timeOf = new Map<string, number>();

  get size(): number {
    return this.#timeOf.size;
  }

  /** The earliest time of anything in it, or infinity. */
  get earliest(): number {
    return this.#times[0] ?? Number.POSITIVE_INFINITY;
  }

  get(id: string): T | undefined {
    const time = this.#timeOf.get(id);
    return time === undefined ? undefined : this.#byTime.get(time)?.get(id);
  }

  timeOf(id: string): number | undefined {
    return this.#timeOf.get(id);
  }

  /** What is there already keeps its place. */
  set(id: string, time: number, thing: T): void {
    const place = this.#timeOf.get(id) ?? time;
    this.#timeOf.set(id, place);
    let things = this.#byTime.get(place);
    if (things === undefined) {
      things = new Map();
      this.#byTime.set(place, things);
      let at = this.#times.length;
      while (at > 0 && (this.#times[at - 1] ?? 0) > place) at -= 1;
      this.#times.splice(at, 0, place);
    }
    things.set(id, thing);
  }

  delete(id: string): void {
    const time = this.#timeOf.get(id);
    const things = time === undefined ? undefined : this.#byTime.get(time);
    if (time === undefined || things === undefined) return;
    this.#timeOf.delete(id);
    things.delete(id);
    if (things.size > 0) return;
    this.#byTime.delete(time);
    this.#times.splice(this.#times.indexOf(time), 1);
  }

  /** The first up to a time, inclusive: all of its time, in order of their ids. */
  first(until: number): readonly (readonly [id: string, thing: T])[] {
    const things = this.earliest > until ? undefined : this.#byTime.get(this.earliest);
    if (things === undefined) return [];
    return things.size === 1 ? [...things] : [...things].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  *all(): Iterable<readonly [id: string, thing: T]> {
    for (const time of this.#times) {
      for (const entry of [...(this.#byTime.get(time) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)))
        yield entry;
    }
  }
}
