/** Neighbours an item keeps when its row is cut, and the length at which it is. */
const keptNeighbours = 128;
const longestRow = 256;
const halfLifeMs = 14 * 86_400_000;
/** Half-lives after which weights are scaled down, well before a double overflows. */
const rescaleAfter = 500;

/** A row as a journal's snapshot keeps it. */
export interface CoPlayRowEntry {
  readonly item: number;
  readonly popularity: number;
  readonly mass: number;
  /** Neighbour and weight in turn. */
  readonly neighbours: readonly number[];
}

/**
 * Which items the same users like, and how much each item is liked, decayed by the events' own time. It is kept
 * incrementally: forward decay (Cormode, Shkapenyuk, Srivastava, Xu: "Forward Decay", ICDE 2009) weighs a newer event
 * more instead of aging every older one, so an event touches only the few pairs it makes.
 */
export class CoPlay {
  readonly #rows: (Map<number, number> | undefined)[] = [];
  readonly #mass: number[] = [];
  readonly #popularity: number[] = [];
  #landmarkMs: number | undefined;
  #latestMs = 0;

  /** An event: `item` was done something of this weight to, by someone who lately liked `others`. */
  record(item: number, others: readonly number[], weight: number, atMs: number): void {
    const scaled = weight * this.#advance(atMs);
    if (scaled > 0) this.#popularity[item] = (this.#popularity[item] ?? 0) + scaled;
    for (const other of others) {
      if (other === item) continue;
      this.#add(item, other, scaled);
      this.#add(other, item, scaled);
    }
  }

  neighbours(item: number): ReadonlyMap<number, number> | undefined {
    return this.#rows[item];
  }

  /** What the item's pairs weigh in all, in the weights of {@link neighbours}. */
  mass(item: number): number {
    return this.#mass[item] ?? 0;
  }

  /** The same in events of weight 1 that happened at the time of the latest. */
  currentMass(item: number): number {
    return this.mass(item) / this.#scaleAt(this.#latestMs);
  }

  /** Decayed weight of the item's positive events, as of the latest. */
  popularity(item: number): number {
    return (this.#popularity[item] ?? 0) / this.#scaleAt(this.#latestMs);
  }

  *snapshot(items: number): Generator<CoPlayRowEntry, void, undefined> {
    for (let item = 0; item < items; item++) {
      const neighbours = [...(this.#rows[item] ?? [])].flat();
      yield { item, popularity: this.#popularity[item] ?? 0, mass: this.mass(item), neighbours };
    }
  }

  get times(): { landmarkMs: number | undefined; latestMs: number } {
    return { landmarkMs: this.#landmarkMs, latestMs: this.#latestMs };
  }

  restoreTimes({ landmarkMs, latestMs }: CoPlay['times']): void {
    this.#landmarkMs = landmarkMs;
    this.#latestMs = latestMs;
  }

  restore({ item, popularity, mass, neighbours }: CoPlayRowEntry): void {
    this.#popularity[item] = popularity;
    this.#mass[item] = mass;
    const row = new Map<number, number>();
    for (let i = 0; i < neighbours.length; i += 2) row.set(neighbours[i] ?? 0, neighbours[i + 1] ?? 0);
    this.#rows[item] = row;
  }

  #add(item: number, other: number, weight: number): void {
    const row = (this.#rows[item] ??= new Map<number, number>());
    const before = row.get(other) ?? 0;
    const after = Math.max(0, before + weight);
    if (after === before) return;
    row.set(other, after);
    this.#mass[item] = Math.max(0, this.mass(item) + after - before);
    if (row.size > longestRow) this.#rows[item] = strongest(row);
  }

  /** Moves the clock of the weights on. @returns the scale of an event at this time */
  #advance(atMs: number): number {
    this.#landmarkMs ??= atMs;
    this.#latestMs = Math.max(this.#latestMs, atMs);
    const halfLives = (atMs - this.#landmarkMs) / halfLifeMs;
    if (halfLives > rescaleAfter) {
      this.#rescale(2 ** -halfLives);
      this.#landmarkMs = atMs;
    }
    return this.#scaleAt(atMs);
  }

  #scaleAt(atMs: number): number {
    return 2 ** ((atMs - (this.#landmarkMs ?? atMs)) / halfLifeMs);
  }

  #rescale(factor: number): void {
    for (const row of this.#rows) row?.forEach((weight, other) => row.set(other, weight * factor));
    this.#mass.forEach((mass, item) => (this.#mass[item] = mass * factor));
    this.#popularity.forEach((popularity, item) => (this.#popularity[item] = popularity * factor));
  }
}

/** Ties go to the item known longer, so that the same events always leave the same rows. */
const strongest = (row: ReadonlyMap<number, number>) =>
  new Map([...row].sort(([a, x], [b, y]) => y - x || a - b).slice(0, keptNeighbours));
