import { describe, expect, it } from '@jest/globals';
import { csvRows } from './csv.js';
import { DatasetSchema } from './dataset-schema.js';

const schema = DatasetSchema.parse(
  JSON.stringify({
    type: 'record',
    name: 'Items',
    fields: [
      { name: 'ITEM_ID', type: 'string' },
      { name: 'GENRES', type: ['null', 'string'], categorical: true },
      { name: 'CREATION_TIMESTAMP', type: 'long' },
      { name: 'RATING', type: ['null', 'float'] },
    ],
  }),
);
const rows = (text: string) => [...csvRows(schema, text, 'items.csv')];

describe('the rows of an import file', () => {
  it('are typed by the schema, columns in any order', () => {
    expect(
      rows('CREATION_TIMESTAMP,ITEM_ID,GENRES,RATING\n1700000000,song-1,rock|pop,4.5\r\n1,song-2,,\n\n'),
    ).toEqual([
      { CREATION_TIMESTAMP: 1_700_000_000, ITEM_ID: 'song-1', GENRES: 'rock|pop', RATING: 4.5 },
      { CREATION_TIMESTAMP: 1, ITEM_ID: 'song-2', GENRES: null, RATING: null },
    ]);
  });

  it('may have quotes, commas and line breaks in quotes', () => {
    expect(rows('ITEM_ID,GENRES,CREATION_TIMESTAMP\n"a ""b"", c","x\ny",1')).toEqual([
      { ITEM_ID: 'a "b", c', GENRES: 'x\ny', CREATION_TIMESTAMP: 1 },
    ]);
  });

  it.each([
    ['an unknown column', 'ITEM_ID,CREATION_TIMESTAMP,COLOUR\n', /header: the schema has no column "COLOUR"/],
    [
      'a missing column',
      'ITEM_ID,GENRES\n',
      /header: the column CREATION_TIMESTAMP of the schema is missing/,
    ],
    [
      'a wrong type',
      'ITEM_ID,CREATION_TIMESTAMP\na,1\n"b\nc",soon\n',
      /line 3: CREATION_TIMESTAMP must be long, not "soon"/,
    ],
    ['a missing value', 'ITEM_ID,CREATION_TIMESTAMP\na,\n', /line 2: CREATION_TIMESTAMP is empty/],
    ['a missing cell', 'ITEM_ID,CREATION_TIMESTAMP\na\n', /line 2: 1 cells, and the header has 2 columns/],
    ['a stray quote', 'ITEM_ID,CREATION_TIMESTAMP\na"b,1\n', /line 2: a quote/],
    ['nothing', '', /is empty/],
  ])('are refused with %s', (_, text, message) => {
    expect(() => rows(text)).toThrow(message);
  });
});
