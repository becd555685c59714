import { describe, expect, it } from '@jest/globals';
import { createAvroCodec } from './avro-codec.js';

const event = (type: unknown) => ({
  type: 'record',
  name: 'Event',
  namespace: 'music.test',
  fields: [{ name: 'f', type }],
});
/** As JSON.parse makes it: a property, not a prototype. */
const ownProto = Object.fromEntries([['__proto__', 1]]);
const suit = { type: 'enum', name: 'Suit', symbols: ['CLUBS'] };

describe("Avro's JSON encoding", () => {
  it.each<[string, object, unknown, unknown]>([
    ['null in a union', event(['null', 'string']), { f: null }, { f: null }],
    ['a union tagged with its branch', event(['null', 'string']), { f: 'x' }, { f: { string: 'x' } }],
    [
      'a named branch with its full name',
      event(['null', suit]),
      { f: 'CLUBS' },
      { f: { 'music.test.Suit': 'CLUBS' } },
    ],
    ['an ambiguous union', event(['int', 'long']), { f: { long: 1 } }, { f: { long: 1 } }],
    [
      'bytes as latin-1',
      event('bytes'),
      { f: Buffer.from([0, 0x7f, 0x80, 0xff]) },
      { f: '\u0000\u007f\u0080\u00ff' },
    ],
    [
      'a fixed as latin-1',
      event({ type: 'fixed', name: 'F', size: 1 }),
      { f: Buffer.from([0xe9]) },
      { f: 'é' },
    ],
    ['a number that JSON lacks', event('double'), { f: -Infinity }, { f: '-Infinity' }],
    [
      'a map',
      event({ type: 'map', values: ['null', 'int'] }),
      { f: { a: 1, b: null } },
      { f: { a: { int: 1 }, b: null } },
    ],
    [
      'an array of unions',
      event({ type: 'array', items: ['null', 'int'] }),
      { f: [1, null] },
      { f: [{ int: 1 }, null] },
    ],
  ])('%s', (_, schema, value, json) => {
    const codec = createAvroCodec(schema);
    expect(codec.toJson(value)).toEqual(json);
    expect(codec.fromJson(json)).toEqual(value);
  });

  it('takes a named branch by its name alone, and a field left out by its default', () => {
    const schema = {
      type: 'record',
      name: 'Event',
      namespace: 'music.test',
      fields: [
        { name: 'f', type: ['null', suit] },
        { name: 'g', type: 'int', default: 3 },
      ],
    };
    const codec = createAvroCodec(schema);
    expect(codec.decode(codec.encode(codec.fromJson({ f: { Suit: 'CLUBS' } })))).toEqual({
      f: 'CLUBS',
      g: 3,
    });
  });

  it.each<[string, object, unknown, string]>([
    ['a union without tag', event(['null', 'string']), { f: 'x' }, 'Event.f'],
    ['a union with an unknown tag', event(['null', 'string']), { f: { int: 1 } }, 'Event.f'],
    ['a union with two tags', event(['null', 'string', 'int']), { f: { int: 1, string: 'x' } }, 'Event.f'],
    ['a union tagged null', event(['null', 'string']), { f: { null: null } }, 'Event.f'],
    ['a field that is missing', event('int'), {}, 'Event.f'],
    ['a field that is not there', event('int'), { f: 1, g: 2 }, 'Event'],
    ['bytes that are not latin-1', event('bytes'), { f: 'ŝ' }, 'Event.f'],
    ['bytes that are no text', event('bytes'), { f: [1] }, 'Event.f'],
    ['an array for a map', event({ type: 'map', values: 'int' }), { f: [] }, 'Event.f'],
    ['an object for an array', event({ type: 'array', items: 'int' }), { f: {} }, 'Event.f'],
    ['the map key __proto__', event({ type: 'map', values: 'int' }), { f: ownProto }, 'Event.f'],
    ['no object', event('int'), 7, 'Event'],
  ])('refuses %s', (_, schema, json, field) => {
    expect(() => createAvroCodec(schema).fromJson(json)).toThrow(
      expect.objectContaining({ name: 'SerdeError', code: 'INVALID_VALUE', where: { field } }),
    );
  });

  it('refuses records nested beyond the limit', () => {
    const list = { type: 'record', name: 'Event', fields: [{ name: 'next', type: ['null', 'Event'] }] };
    let json: unknown = null;
    for (let depth = 0; depth < 1_000; depth++) json = { Event: { next: json } };
    expect(() => createAvroCodec(list).fromJson({ next: json })).toThrow(/nested less deep/);
  });
});
