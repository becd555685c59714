import { describe, expect, it } from '@jest/globals';
import { CaughtUp, type Moment } from './caught-up.js';

const at = (ms: number): Moment => ({ wall: 1_000_000 + ms, monotonic: ms });

describe('a copy that follows a log', () => {
  it('is of no known age before it was at an end', () => {
    const copy = new CaughtUp();
    expect(copy.age(at(0))).toBeUndefined();
    copy.reached(100);
    expect(copy.age(at(5))).toBeUndefined();
    copy.saw(101, at(10), 100);
    expect(copy.age(at(20))).toBeUndefined();
  });

  it('is as old as the question for the last end that it has reached', () => {
    const copy = new CaughtUp();
    copy.saw(10, at(0), 10);
    expect(copy.age(at(30))).toBe(30);
    // Nothing was written: it still is at the end.
    copy.saw(10, at(1_000), 10);
    expect(copy.age(at(1_030))).toBe(30);
    copy.saw(15, at(2_000), 12);
    expect(copy.age(at(2_010))).toBe(1_010);
    copy.reached(14);
    expect(copy.age(at(2_500))).toBe(1_500);
    copy.reached(15);
    expect(copy.age(at(2_500))).toBe(500);
  });

  it('goes on being known where it never is at the end, however long that lasts', () => {
    const copy = new CaughtUp();
    // Always some 50 behind, and asked each 10 ms while 10 are written: an end is reached 50 ms later.
    for (let ms = 0; ms <= 10_000; ms += 10) {
      copy.saw(ms, at(ms), ms - 50);
      const age = copy.age(at(ms));
      if (ms < 50) expect(age).toBeUndefined();
      else {
        expect(age).toBeGreaterThanOrEqual(50);
        expect(age).toBeLessThanOrEqual(110);
      }
    }
  });

  it('is as old as the clock says that makes it older', () => {
    const copy = new CaughtUp();
    copy.saw(1, at(0), 1);
    // Set back by an hour; the machine slept.
    expect(copy.age({ wall: 1_000_000 - 3_600_000, monotonic: 70 })).toBe(70);
    expect(copy.age({ wall: 1_000_000 + 3_600_000, monotonic: 70 })).toBe(3_600_000);
    expect(copy.age({ wall: 1_000_000, monotonic: 0.2 })).toBe(1);
  });
});
