/**
 * Counts durations in buckets that grow by 5 %, so that a percentile is within 5 % of the true one however many were
 * recorded, in constant memory. Milliseconds, from 0.01 to about 10 minutes; beyond, the last bucket.
 */
export class LatencyHistogram {
  readonly #buckets = new Uint32Array(Math.ceil(Math.log(600_000 / SMALLEST) / Math.log(GROWTH)) + 1);
  #count = 0;
  #max = 0;

  record(milliseconds: number): void {
    const bucket =
      milliseconds <= SMALLEST ? 0 : Math.ceil(Math.log(milliseconds / SMALLEST) / Math.log(GROWTH));
    const index = Math.min(bucket, this.#buckets.length - 1);
    this.#buckets[index] = (this.#buckets[index] ?? 0) + 1;
    this.#count++;
    this.#max = Math.max(this.#max, milliseconds);
  }

  get count(): number {
    return this.#count;
  }

  /** The longest recorded, exactly; 0 where none was. */
  get max(): number {
    return this.#max;
  }

  /** What a share of all recorded was not above, as `percentile(0.99)`; 0 where none was recorded. */
  percentile(share: number): number {
    const wanted = Math.max(1, Math.ceil(share * this.#count));
    let seen = 0;
    for (const [index, inBucket] of this.#buckets.entries()) {
      seen += inBucket;
      if (seen >= wanted) return Math.min(SMALLEST * GROWTH ** index, this.#max);
    }
    return 0;
  }
}

const SMALLEST = 0.01;
const GROWTH = 1.05;
