import { describe, expect, it } from '@jest/globals';
import { checkPrefixes, objectKey, rotatedIndex, type KeySettings } from './object-keys.js';

const object = {
  stream: 'plays',
  version: '1',
  oldestMs: Date.UTC(2026, 1, 3, 4, 5, 6),
  uuid: '8c1b6f0e-0000-4000-8000-000000000001',
};
const suffix = 'plays-1-2026-02-03-04-05-06-8c1b6f0e-0000-4000-8000-000000000001';
const key = (settings: KeySettings, more: object = {}) => objectKey(settings, { ...object, ...more });
const error = { error: 'AmazonOpenSearchService-failed' } as const;

describe('the key of a delivered object', () => {
  it('starts with the hour of the oldest record', () => {
    expect(key({})).toBe(`2026/02/03/04/${suffix}`);
  });

  it('has the hour after a prefix without a time, and the extension of its compression', () => {
    expect(key({ Prefix: 'raw/', CompressionFormat: 'GZIP' })).toBe(`raw/2026/02/03/04/${suffix}.gz`);
    expect(key({ CompressionFormat: 'GZIP', FileExtension: '.json.gz' })).toBe(
      `2026/02/03/04/${suffix}.json.gz`,
    );
  });

  it('takes times and random strings from expressions', () => {
    const Prefix = "raw/!{timestamp:'year='yyyy'/day='dd}/!{firehose:random-string}/";
    expect(key({ Prefix })).toMatch(new RegExp(`^raw/year=2026/day=03/[0-9a-f]{8}-[0-9a-f]{2}/${suffix}$`));
  });

  it('is in the time zone asked for', () => {
    expect(key({ CustomTimeZone: 'Asia/Tokyo' })).toMatch(/^2026\/02\/03\/13\/plays-1-2026-02-03-13-05-06-/);
  });

  it('says what failed in the error prefix', () => {
    expect(key({ Prefix: 'raw/' }, error)).toBe(`raw/AmazonOpenSearchService-failed/2026/02/03/04/${suffix}`);
    expect(key({ Prefix: 'raw/', ErrorOutputPrefix: 'errors/' }, error)).toBe(
      `errors/AmazonOpenSearchService-failed/2026/02/03/04/${suffix}`,
    );
    const ErrorOutputPrefix = 'e/!{firehose:error-output-type}/!{timestamp:yyyy}/';
    expect(key({ ErrorOutputPrefix }, error)).toBe(`e/AmazonOpenSearchService-failed/2026/${suffix}`);
  });
});

describe('prefixes that cannot be evaluated', () => {
  it.each<[string, KeySettings, RegExp]>([
    ['an unknown namespace', { Prefix: '!{what:ever}/', ErrorOutputPrefix: 'e/' }, /cannot be evaluated/],
    ['an unknown value', { Prefix: '!{firehose:name}/', ErrorOutputPrefix: 'e/' }, /cannot be evaluated/],
    ['an unfinished one', { Prefix: '!{timestamp:yyyy' }, /unfinished/],
    ['an error type in Prefix', { Prefix: '!{firehose:error-output-type}/' }, /cannot contain/],
    ['no ErrorOutputPrefix beside expressions', { Prefix: '!{timestamp:yyyy}/' }, /cannot be null/],
    ['expressions without the error type', { ErrorOutputPrefix: '!{timestamp:yyyy}/' }, /error-output-type/],
  ])('%s is refused', (_, settings, message) => {
    expect(() => checkPrefixes(settings)).toThrow(message);
  });
});

describe('index rotation', () => {
  // The examples of AWS's documentation, but for the week: its example (w08) contradicts the rule it gives.
  it.each([
    ['NoRotation', 'myindex'],
    ['OneHour', 'myindex-2016-02-25-13'],
    ['OneDay', 'myindex-2016-02-25'],
    ['OneWeek', 'myindex-2016-w09'],
    ['OneMonth', 'myindex-2016-02'],
  ])('%s names %s', (rotation, index) => {
    expect(rotatedIndex('myindex', rotation, Date.UTC(2016, 1, 25, 13))).toBe(index);
  });

  it('starts weeks on Sunday, the first with the first Saturday', () => {
    expect(rotatedIndex('i', 'OneWeek', Date.UTC(2022, 0, 1))).toBe('i-2022-w01');
    expect(rotatedIndex('i', 'OneWeek', Date.UTC(2022, 0, 2))).toBe('i-2022-w02');
    expect(rotatedIndex('i', 'OneWeek', Date.UTC(2023, 11, 31))).toBe('i-2024-w01');
  });
});
