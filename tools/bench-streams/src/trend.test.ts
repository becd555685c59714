import { describe, expect, it } from '@jest/globals';
import { hasGrown, trendOfLastHalf } from './trend.js';

const minutes = Array.from({ length: 60 }, (_, minute) => minute);

describe('memory over an hour', () => {
  it('has not grown where it only warmed up', () => {
    const samples = minutes.map((at) => ({ at, value: at < 20 ? 100 + 10 * at : 300 + (at % 3) * 5 }));
    expect(Math.abs(trendOfLastHalf(samples).rise)).toBeLessThan(2);
    expect(hasGrown(samples)).toBe(false);
  });

  it('has grown where it rises by a MiB a minute to the end', () => {
    const samples = minutes.map((at) => ({ at, value: 200 + at + (at % 2) * 10 }));
    expect(trendOfLastHalf(samples).rise).toBeCloseTo(29, -1);
    expect(hasGrown(samples)).toBe(true);
  });

  it('is not judged by a single sample', () => {
    expect(hasGrown([{ at: 0, value: 100 }])).toBe(false);
  });
});
