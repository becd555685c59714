import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Silence } from './silence.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function watched(limitMs: number) {
  const silent: number[] = [];
  const silence = new Silence(limitMs, () => silent.push(performance.now()));
  return { silence, silent };
}

describe('a silence', () => {
  it('is noticed once, when it has lasted so long', () => {
    const { silence, silent } = watched(5_000);
    silence.heard();
    jest.advanceTimersByTime(4_500);
    silence.heard();
    jest.advanceTimersByTime(4_900);
    expect(silent).toHaveLength(0);
    jest.advanceTimersByTime(10_000);
    expect(silent).toHaveLength(1);
    silence.heard();
    jest.advanceTimersByTime(10_000);
    expect(silent).toHaveLength(1);
  });

  it('is none before the first word, and after the end', () => {
    const { silence, silent } = watched(5_000);
    jest.advanceTimersByTime(60_000);
    silence.heard();
    silence.end();
    silence.heard();
    jest.advanceTimersByTime(60_000);
    expect(silent).toEqual([]);
  });

  it('is not what this process slept through', () => {
    const { silence, silent } = watched(5_000);
    silence.heard();
    // The clock goes on by an hour, and no timer came meanwhile.
    const slept = jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 3_600_000);
    jest.advanceTimersByTime(1_000);
    expect(silent).toEqual([]);
    slept.mockRestore();
  });
});
