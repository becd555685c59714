/**
 * A seeded source of numbers that gives the same sequence on every machine and Node version: xoshiro128** (Blackman
 * and Vigna, 2018), its state filled by splitmix32 from an FNV-1a hash of the seed. Only integer arithmetic, `+ - * /`
 * and comparison are used here and by the generators, since `Math.log` and its kin may differ between engines.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** Equal seeds give equal sequences; seeds that differ in one character give unrelated ones. */
  constructor(seed: string) {
    let state = fnv1a(seed);
    const next = (): number => {
      state = (state + 0x9e3779b9) | 0;
      let z = state;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return z ^ (z >>> 15);
    };
    this.#a = next();
    this.#b = next();
    this.#c = next();
    // All four words zero would be a fixed point.
    this.#d = next() | 1;
  }

  /** Uniform in [0, 1), a multiple of 2^-32. */
  next(): number {
    const product = Math.imul(this.#b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return (result >>> 0) / 2 ** 32;
  }

  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of the values, all alike. @throws RangeError for none */
  pick<T>(values: readonly T[]): T {
    const value = values[Math.floor(this.next() * values.length)];
    if (value === undefined) throw new RangeError('pick from an empty list');
    return value;
  }
}

/** Draws indexes by weight, in logarithmic time. */
export class WeightedIndex {
  readonly #sums: Float64Array;

  /** @throws RangeError where no weight is above zero */
  constructor(weights: readonly number[]) {
    this.#sums = new Float64Array(weights.length);
    let sum = 0;
    for (const [index, weight] of weights.entries()) {
      sum += weight;
      this.#sums[index] = sum;
    }
    if (!(sum > 0)) throw new RangeError('weights must add up to more than zero');
  }

  draw(random: Random): number {
    const sums = this.#sums;
    const target = random.next() * (sums[sums.length - 1] ?? 0);
    let low = 0;
    let high = sums.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sums[middle] ?? 0) > target) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}
