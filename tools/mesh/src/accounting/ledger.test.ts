import { describe, expect, it } from '@jest/globals';
import { balances, formatLedgers, ledger } from './ledger.js';

const hop = (ids: string[], effects: number, repeatsAllowed = false) => ({
  name: 'hop',
  ids: new Set(ids),
  effects,
  repeatsAllowed,
});

describe('ledger', () => {
  const accepted = new Set(['a', 'b', 'c']);

  it('balances where every accepted event left one effect', () => {
    const rows = ledger(accepted, [hop(['a', 'b', 'c'], 3)]);
    expect(balances(rows)).toBe(true);
  });

  it('names what was lost', () => {
    const rows = ledger(accepted, [hop(['a', 'c'], 2)]);
    expect(rows).toMatchObject([{ lost: 1, unexpected: 0, duplicates: 0, examples: ['b'] }]);
    expect(balances(rows)).toBe(false);
    expect(formatLedgers([{ what: 'sent', accepted: 3, rows }])).toContain('hop: for example b');
  });

  it('names what nobody sent, also where the totals agree', () => {
    const rows = ledger(accepted, [hop(['a', 'b', 'x'], 3)]);
    expect(rows).toMatchObject([{ lost: 1, unexpected: 1, examples: ['c', 'x'] }]);
    expect(balances(rows)).toBe(false);
  });

  it('counts a second effect as a duplicate, but not a repeated record of a topic', () => {
    expect(balances(ledger(accepted, [hop(['a', 'b', 'c'], 4)]))).toBe(false);
    expect(balances(ledger(accepted, [hop(['a', 'b', 'c'], 4, true)]))).toBe(true);
  });
});
