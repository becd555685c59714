import { describe, expect, it } from '@jest/globals';
import { account, type TopicRecord } from './account.js';
import type { Written } from './writers.js';

const written: Written = new Map([
  [
    'a',
    [
      { version: 1, mark: 'a at 1' },
      { version: 2, mark: null },
      { version: 3, mark: 'a at 3' },
    ],
  ],
]);

function record(version: number, content: string | null, eventId = `e${version}`): TopicRecord {
  return {
    key: Buffer.from('a'),
    value: content === null ? null : Buffer.from(`..${content}..`),
    headers: [
      ['ce_id', Buffer.from(eventId)],
      ['ce_version', Buffer.from(String(version))],
    ],
  };
}

const all = [record(1, 'a at 1'), record(2, null), record(3, 'a at 3')] as const;
const faultless = { lost: [], duplicated: [], unexpected: [], disordered: [] };

describe('the account', () => {
  it('finds nothing wrong with all writes in order, nor with repeated ones', () => {
    expect(account(written, all)).toEqual({ confirmed: 3, records: 3, repeated: 0, ...faultless });
    expect(account(written, [all[0], ...all])).toMatchObject({ repeated: 1, ...faultless });
  });

  it('finds what is lost', () => {
    expect(account(written, [all[0], all[2]])).toMatchObject({ lost: ['a 2'], disordered: ['a'] });
  });

  it('finds a write that is there as two events', () => {
    const again = record(3, 'a at 3', 'other');
    expect(account(written, [...all, again])).toMatchObject({ duplicated: ['a 3'] });
  });

  it('finds what nobody has confirmed, and other content than was', () => {
    expect(account(written, [...all, record(4, 'a at 4')])).toMatchObject({ unexpected: ['a 4'] });
    expect(account(written, [all[0], record(2, 'a at 2'), all[2]])).toMatchObject({ unexpected: ['a 2'] });
  });

  it('finds versions out of order, and an old one at the end', () => {
    expect(account(written, [all[1], all[0], all[2]])).toMatchObject({ disordered: ['a'] });
    expect(account(written, [...all, all[0]])).toMatchObject({ repeated: 1, disordered: ['a'] });
  });
});
