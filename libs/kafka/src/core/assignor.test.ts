import { describe, expect, it } from '@jest/globals';
import type { MemberAssignment, MemberSubscription } from '../port/assignor.js';
import { rangeAssignor, withoutOwnedByOthers } from './assignor.js';

function member(
  memberId: string,
  topics: readonly string[],
  owned: readonly number[] = [],
): MemberSubscription {
  const ownedPartitions = owned.map((partition) => ({ topic: 't', partition }));
  return { memberId, topics, ownedPartitions, userData: null };
}

async function shares(
  topics: Record<string, string[]>,
  counts: Record<string, number>,
): Promise<Record<string, string>> {
  const members = Object.entries(topics)
    .map(([memberId, subscribed]) => member(memberId, subscribed))
    .sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
  return told(await rangeAssignor.assign({ members, partitionCounts: new Map(Object.entries(counts)) }));
}

function told(assignments: ReadonlyMap<string, MemberAssignment>): Record<string, string> {
  return Object.fromEntries(
    [...assignments].map(([id, { partitions }]) => [
      id,
      partitions.map(({ topic, partition }) => `${topic}${partition}`).join(' '),
    ]),
  );
}

describe('range assignment', () => {
  // The examples in the documentation of Java's RangeAssignor.
  it('cuts each topic into runs, the first ones longer', async () => {
    expect(await shares({ c0: ['t', 'u'], c1: ['t', 'u'] }, { t: 3, u: 3 })).toEqual({
      c0: 't0 t1 u0 u1',
      c1: 't2 u2',
    });
  });

  it('goes by the order of the member ids, not of joining', async () => {
    expect(await shares({ b: ['t'], a: ['t'] }, { t: 3 })).toEqual({ a: 't0 t1', b: 't2' });
  });

  it('gives a topic only to those that subscribe to it', async () => {
    expect(await shares({ a: ['t'], b: ['t', 'u'], c: ['u'] }, { t: 2, u: 2 })).toEqual({
      a: 't0',
      b: 't1 u0',
      c: 'u1',
    });
  });

  it('leaves members without partitions where there are too few', async () => {
    expect(await shares({ a: ['t'], b: ['t'] }, { t: 1 })).toEqual({ a: 't0', b: '' });
    expect(await shares({ a: ['t'] }, { t: 0 })).toEqual({ a: '' });
  });
});

describe('cooperative assignment', () => {
  it('keeps back what another member still owns, until it was let go', () => {
    const wanted = new Map([
      ['a', { partitions: [{ topic: 't', partition: 0 }] }],
      ['b', { partitions: [{ topic: 't', partition: 1 }], userData: Buffer.from('b') }],
    ]);
    const before = [member('a', ['t'], [0, 1]), member('b', ['t'])];
    const first = withoutOwnedByOthers(wanted, before);
    expect(told(first)).toEqual({ a: 't0', b: '' });
    expect(first.get('b')?.userData).toEqual(Buffer.from('b'));
    const after = [member('a', ['t'], [0]), member('b', ['t'])];
    expect(told(withoutOwnedByOthers(wanted, after))).toEqual({ a: 't0', b: 't1' });
  });

  it('gives to neither of two what both say they own', () => {
    const wanted = new Map([['a', { partitions: [{ topic: 't', partition: 0 }] }]]);
    expect(told(withoutOwnedByOthers(wanted, [member('a', ['t'], [0]), member('b', ['t'], [0])]))).toEqual({
      a: '',
    });
  });
});
