import { describe, expect, it } from '@jest/globals';
import type { Value } from '../schema/dataset-schema.js';
import { itemFilter } from './evaluate.js';
import { parseFilter } from './parse.js';

const items: Readonly<Record<string, Record<string, Value>>> = {
  rock: { TYPE: 'SONG', GENRE: 'rock|pop', YEAR: 1999 },
  jazz: { TYPE: 'SONG', GENRE: 'jazz', YEAR: 2020 },
  news: { TYPE: 'EPISODE', GENRE: null, YEAR: 2026 },
};

function passing(
  expression: string,
  filterValues: Record<string, string> = {},
  currentItem?: string,
): string[] {
  const passes = itemFilter(parseFilter(expression), {
    filterValues,
    currentItem,
    itemField: (item, field) => items[item]?.[field],
    userField: (field) => ({ AGE: 30, PLAN: 'premium' })[field],
    interactedWith: (types) => new Set(types.has('*') ? ['rock', 'news'] : types.has('skip') ? ['news'] : []),
  });
  return Object.keys(items).filter(passes);
}

describe('a filter', () => {
  it.each<[string, string[]]>([
    ['EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("SKIP")', ['rock', 'jazz']],
    ['EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("skip", "like")', ['rock', 'jazz']],
    ['INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")', ['rock', 'news']],
    ['INCLUDE ItemID WHERE Interactions.EVENT_TYPE NOT IN ("skip")', ['rock', 'jazz']],
    ['INCLUDE ItemID WHERE Items.TYPE IN ("SONG")', ['rock', 'jazz']],
    ['INCLUDE ItemID WHERE Items.GENRE IN ("pop", "jazz")', ['rock', 'jazz']],
    ['EXCLUDE ItemID WHERE Items.GENRE NOT IN ("pop")', ['rock']],
    ['INCLUDE ItemID WHERE Items.TYPE IN ("SONG") AND Items.YEAR > 2000', ['jazz']],
    ['INCLUDE ItemID WHERE Items.GENRE IN ("rock") OR Items.YEAR >= 2026', ['rock', 'news']],
    ['INCLUDE ItemID WHERE Items.YEAR = 1999', ['rock']],
    [
      'EXCLUDE ItemID WHERE Items.YEAR < 2000 IF CurrentUser.AGE > 18 AND CurrentUser.AGE <= 30',
      ['jazz', 'news'],
    ],
    ['EXCLUDE ItemID WHERE Items.YEAR < 2000 IF CurrentUser.PLAN IN ("free")', ['rock', 'jazz', 'news']],
    ['INCLUDE ItemID WHERE Items.TYPE IN ("SONG") | EXCLUDE ItemID WHERE Items.GENRE IN ("jazz")', ['rock']],
  ])('%s', (expression, expected) => {
    expect(passing(expression)).toEqual(expected);
  });

  it('takes values from the request', () => {
    const expression = 'INCLUDE ItemID WHERE Items.GENRE IN ($GENRES)';
    expect(passing(expression, { GENRES: '"jazz","pop"' })).toEqual(['rock', 'jazz']);
    expect(passing(expression, { GENRES: 'jazz' })).toEqual(['jazz']);
    expect(passing('INCLUDE ItemID WHERE Items.YEAR > $YEAR', { YEAR: '2000' })).toEqual(['jazz', 'news']);
    expect(() => passing(expression)).toThrow(/no value for \$GENRES/);
    expect(() => passing(expression, { GENRES: 'jazz', genres: 'jazz' })).toThrow(/no parameter \$genres/);
  });

  it('leaves an EXCLUDE without its value out of use', () => {
    expect(passing('EXCLUDE ItemID WHERE Items.GENRE IN ($GENRES)')).toEqual(['rock', 'jazz', 'news']);
  });

  it('compares with the item asked about', () => {
    const expression =
      'INCLUDE ItemID WHERE Items.YEAR < CurrentItem.YEAR AND Items.TYPE IN CurrentItem.TYPE';
    expect(passing(expression, {}, 'jazz')).toEqual(['rock']);
    expect(() => passing(expression)).toThrow(/CurrentItem/);
  });

  it.each([
    ['EXCLUDE ItemID', /WHERE was expected/],
    ['DROP ItemID WHERE Items.A IN ("a")', /INCLUDE or EXCLUDE was expected/],
    ['EXCLUDE ItemID WHERE Items.A IN "a"', /\( was expected/],
    ['EXCLUDE ItemID WHERE Items.A IN ("a"', /was expected/],
    ['EXCLUDE ItemID WHERE Items.A LIKE ("a")', /IN or NOT/],
    ['EXCLUDE ItemID WHERE Items.A IN ("a") Items.B', /the end was expected/],
    ["EXCLUDE ItemID WHERE Items.A IN ('a')", /position/],
    ['EXCLUDE ItemID WHERE Users.A IN ("a")', /Interactions, Items or CurrentUser/],
    ['EXCLUDE ItemID WHERE Interactions.PRICE IN ("a")', /EVENT_TYPE only/],
    ['EXCLUDE ItemID WHERE Items.A NOT IN ($A)', /NOT IN/],
    ['EXCLUDE ItemID WHERE Items.A IN ("a", $A)', /only member/],
    ['EXCLUDE ItemID WHERE Items.A IN ("a") AND Interactions.EVENT_TYPE IN ("b")', /chain two/],
    ['EXCLUDE ItemID WHERE Items.A IN ("a") IF Items.B IN ("b")', /CurrentUser only/],
  ])('%s is refused', (expression, message) => {
    expect(() => parseFilter(expression)).toThrow(message);
  });
});
