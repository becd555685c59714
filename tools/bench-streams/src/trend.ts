/** A value at a time, both in whatever unit. */
export interface Sample {
  readonly at: number;
  readonly value: number;
}

export interface Trend {
  /** Of the values. */
  readonly mean: number;
  /** Of the line that fits them best, from the first sample to the last. */
  readonly rise: number;
}

/** The least-squares line through the later half of the samples, by their times. */
export function trendOfLastHalf(samples: readonly Sample[]): Trend {
  const first = samples[0]?.at ?? 0;
  const last = samples.at(-1)?.at ?? 0;
  const half = samples.filter(({ at }) => at >= (first + last) / 2);
  const mean = (of: (sample: Sample) => number): number =>
    half.reduce((sum, sample) => sum + of(sample), 0) / half.length;
  const at = mean((sample) => sample.at);
  const value = mean((sample) => sample.value);
  let covariance = 0;
  let variance = 0;
  for (const sample of half) {
    covariance += (sample.at - at) * (sample.value - value);
    variance += (sample.at - at) ** 2;
  }
  const slope = variance === 0 ? 0 : covariance / variance;
  return { mean: value, rise: slope * (last - (half[0]?.at ?? last)) };
}

/** Memory that rises by less is the collector's, and no growth. */
const MOST_RISE_MIB = 16;
const MOST_RISE_SHARE = 0.05;

/** Whether memory went on growing over the later half. @param samples of MiB */
export function hasGrown(samples: readonly Sample[]): boolean {
  const { mean, rise } = trendOfLastHalf(samples);
  return rise > Math.max(MOST_RISE_MIB, mean * MOST_RISE_SHARE);
}
