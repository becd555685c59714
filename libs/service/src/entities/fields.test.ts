import { describe, expect, it } from '@jest/globals';
import { Value } from '@sinclair/typebox/value';
import {
  durationField,
  entityFields,
  flagField,
  idField,
  instantField,
  nullableField,
  patternField,
  textField,
  textsField,
  type EntityField,
} from './fields.js';

const { schema, rules } = entityFields<{ id: string; name: string | null }>('Thing', {
  id: idField('Which.'),
  name: nullableField(textField('What it is called.', 5)),
});

describe('the fields of an entity', () => {
  it('are a schema with its rules in words', () => {
    expect(rules).toEqual({
      id: '1 to 128 visible ASCII characters without blanks, and not . or ..',
      name: '1 to 5 characters, no control characters, without blanks at either end, or null',
    });
    expect(schema.properties['id']).toMatchObject({ description: `Which. Must be ${rules.id}.` });
    expect(schema.properties['name']).toMatchObject({ default: null });
  });

  it.each<[EntityField, readonly unknown[], readonly unknown[]]>([
    [
      idField(''),
      ['a', 'song-1', 'a.', '..a', '...', 'x'.repeat(128)],
      ['', 'a b', 'ä', 1, 'x'.repeat(129), '.', '..'],
    ],
    [
      textField('', 5),
      ['a', 'a b', 'ü·ü', '😀', 'a😀'],
      [
        '',
        ' a',
        'a ',
        'abcdef',
        null,
        'a\nb',
        'a\0b',
        'a\x7fb',
        'a\x85b',
        '\ud800',
        'a\udc00b',
        '\udc00\ud800',
      ],
    ],
    [
      textsField('', 'genres', { maxItems: 2 }),
      [['a'], ['a', 'b']],
      [[], ['a', 'a'], ['a', 'b', 'c'], [' '], ['\0'], 'a'],
    ],
    [textsField('', 'genres', { minItems: 0, maxItems: 1 }), [[], ['a']], [['a', 'b']]],
    [patternField('', '^[A-Z]{2}$', 'a country'), ['CH'], ['ch', 'CHE']],
    [durationField('', 10), [1, 10], [0, 11, 1.5, '1']],
    [instantField('', -86_400_000, 0), [-86_400_000, -1], [-86_400_001, 0, '0']],
    [flagField(''), [true, false], [0, 'true', null]],
    [nullableField(flagField('')), [null, true], [0]],
  ])('accept what their rule says', ({ schema }, accepted, refused) => {
    for (const value of accepted) expect([value, Value.Check(schema, value)]).toEqual([value, true]);
    for (const value of refused) expect([value, Value.Check(schema, value)]).toEqual([value, false]);
  });

  it('say in days between what a point in time must be', () => {
    expect(instantField('', Date.UTC(1860, 0, 1), Date.UTC(2101, 0, 1)).rule).toContain(
      'from 1860-01-01 on and before 2101-01-01',
    );
  });
});
