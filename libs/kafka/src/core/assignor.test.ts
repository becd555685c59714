import { describe, expect, it } from '@jest/globals';
import { assignRange } from './assignor.js';

function shares(members: Record<string, string[]>, counts: Record<string, number>): Record<string, string> {
  const subscribers = Object.entries(members).map(([memberId, topics]) => ({ memberId, topics }));
  const assignments = assignRange(subscribers, new Map(Object.entries(counts)));
  return Object.fromEntries(
    [...assignments].map(([member, partitions]) => [
      member,
      partitions.map(({ topic, partition }) => `${topic}${partition}`).join(' '),
    ]),
  );
}

describe('range assignment', () => {
  // The examples in the documentation of Java's RangeAssignor.
  it('cuts each topic into runs, the first ones longer', () => {
    expect(shares({ c0: ['t', 'u'], c1: ['t', 'u'] }, { t: 3, u: 3 })).toEqual({
      c0: 't0 t1 u0 u1',
      c1: 't2 u2',
    });
  });

  it('goes by the order of the member ids, not of joining', () => {
    expect(shares({ b: ['t'], a: ['t'] }, { t: 3 })).toEqual({ a: 't0 t1', b: 't2' });
  });

  it('gives a topic only to those that subscribe to it', () => {
    expect(shares({ a: ['t'], b: ['t', 'u'], c: ['u'] }, { t: 2, u: 2 })).toEqual({
      a: 't0',
      b: 't1 u0',
      c: 'u1',
    });
  });

  it('leaves members without partitions where there are too few', () => {
    expect(shares({ a: ['t'], b: ['t'] }, { t: 1 })).toEqual({ a: 't0', b: '' });
    expect(shares({ a: ['t'] }, { t: 0 })).toEqual({ a: '' });
  });
});
