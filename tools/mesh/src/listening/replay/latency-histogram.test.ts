import { describe, expect, it } from '@jest/globals';
import { LatencyHistogram } from './latency-histogram.js';

describe('LatencyHistogram', () => {
  it('knows percentiles within 5 % and the longest exactly', () => {
    const histogram = new LatencyHistogram();
    for (let ms = 1; ms <= 10_000; ms++) histogram.record(ms / 10);
    for (const share of [0.01, 0.5, 0.9, 0.99]) {
      expect(histogram.percentile(share) / (share * 1_000)).toBeGreaterThanOrEqual(1);
      expect(histogram.percentile(share) / (share * 1_000)).toBeLessThan(1.06);
    }
    expect(histogram.max).toBe(1_000);
    expect(histogram.percentile(1)).toBe(1_000);
    expect(histogram.count).toBe(10_000);
  });

  it('holds what is far too long, and nothing', () => {
    const histogram = new LatencyHistogram();
    expect(histogram.percentile(0.5)).toBe(0);
    histogram.record(0);
    histogram.record(1e9);
    expect(histogram.percentile(0.5)).toBe(0.01);
    expect(histogram.max).toBe(1e9);
  });
});
