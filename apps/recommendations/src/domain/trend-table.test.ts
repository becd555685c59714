import { describe, expect, it } from '@jest/globals';
import type { ItemTrend } from '@mesh/contracts';
import { TrendTable } from './trend-table.js';

/** A trend of the n-th window. */
const trend = (window: number, itemId: string, plays: number): ItemTrend => ({
  itemId,
  itemType: 'SONG',
  windowStart: window * 1_000,
  windowEnd: (window + 1) * 1_000,
  plays,
});

function tableOf(...trends: ItemTrend[]): TrendTable {
  const table = new TrendTable(2);
  for (const one of trends) table.apply(one);
  return table;
}

const ids = (items: readonly { readonly itemId: string }[] | undefined) => items?.map(({ itemId }) => itemId);

describe('TrendTable', () => {
  it('is empty before the first play', () => {
    expect(tableOf().latest(10)).toBeUndefined();
    expect(tableOf().popular(10)).toEqual([]);
  });

  it('has the newest window, the most played first', () => {
    const table = tableOf(trend(1, 'b', 9), trend(2, 'a', 2), trend(2, 'c', 5), trend(2, 'b', 2));
    expect(table.latest(10)).toMatchObject({ windowStart: 2_000, windowEnd: 3_000 });
    expect(ids(table.latest(10)?.items)).toEqual(['c', 'a', 'b']);
    expect(ids(table.latest(2)?.items)).toEqual(['c', 'a']);
  });

  it('replaces a count by the one that follows it', () => {
    const table = tableOf(trend(1, 'a', 1), trend(1, 'b', 2));
    expect(ids(table.latest(10)?.items)).toEqual(['b', 'a']);
    table.apply(trend(1, 'a', 3));
    expect(table.latest(10)?.items.map(({ itemId, plays }) => [itemId, plays])).toEqual([
      ['a', 3],
      ['b', 2],
    ]);
  });

  it('takes windows in any order, and forgets the oldest', () => {
    const table = tableOf(trend(3, 'c', 1), trend(1, 'a', 1), trend(2, 'b', 1), trend(1, 'a', 2));
    expect(table.latest(10)).toMatchObject({ windowStart: 3_000 });
    expect(ids(table.popular(10))).toEqual(['c', 'b']);
  });

  it('fills what is popular up from the windows before, each item once', () => {
    const table = tableOf(trend(1, 'a', 9), trend(1, 'b', 8), trend(1, 'c', 7), trend(2, 'b', 1));
    expect(ids(table.popular(10))).toEqual(['b', 'a', 'c']);
    expect(ids(table.popular(2))).toEqual(['b', 'a']);
  });

  it('removes an item', () => {
    const table = tableOf(trend(1, 'a', 9), trend(2, 'a', 1), trend(2, 'b', 1));
    expect(ids(table.latest(10)?.items)).toEqual(['a', 'b']);
    table.remove('a');
    expect(ids(table.latest(10)?.items)).toEqual(['b']);
    expect(table.hasBeenPlayed('a')).toBe(false);
  });

  it('remembers what was ever played, windows ago', () => {
    const table = tableOf(trend(1, 'a', 1), trend(2, 'b', 1), trend(3, 'b', 1), trend(4, 'b', 1));
    expect(table.hasBeenPlayed('a')).toBe(true);
    expect(table.hasBeenPlayed('c')).toBe(false);
  });
});
