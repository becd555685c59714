import { describe, expect, it } from '@jest/globals';
import { fewestCalls } from './fewest-calls.js';

const at = (batchKey: string, ...times: number[]) => times.map((time) => ({ at: time, batchKey }));

describe('fewestCalls', () => {
  it('takes together what comes within the linger', () => {
    expect(fewestCalls(at('a', 0, 50, 100), 100, 10)).toBe(1);
    expect(fewestCalls(at('a', 0, 50, 101), 100, 10)).toBe(2);
  });

  it('starts a new call when one is full', () => {
    expect(fewestCalls(at('a', 0, 1, 2, 3, 4), 100, 2)).toBe(3);
  });

  it('never mixes batch keys', () => {
    expect(fewestCalls([...at('a', 0, 2), ...at('b', 1, 3)], 100, 10)).toBe(2);
  });

  it('needs no call for nothing', () => {
    expect(fewestCalls([], 100, 10)).toBe(0);
  });
});
