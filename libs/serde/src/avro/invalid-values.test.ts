import { describe, expect, it } from '@jest/globals';
import { createAvroCodec } from './avro-codec.js';

const event = (type: unknown) => ({ type: 'record', name: 'Event', fields: [{ name: 'f', type }] });
const uuid = { type: 'string', logicalType: 'uuid' };
/** As JSON.parse makes it: a property, not a prototype. */
const ownProto = Object.fromEntries([['__proto__', 1]]);
const suit = { type: 'enum', name: 'Suit', symbols: ['CLUBS', 'HEARTS'] };
const tree = {
  type: 'record',
  name: 'Event',
  fields: [{ name: 'f', type: { type: 'array', items: 'Event' } }],
};
const cyclic: { f: unknown[] } = { f: [] };
cyclic.f.push(cyclic);

describe('a value that does not fit its schema', () => {
  it.each<[string, object, unknown, string]>([
    ['no object', event('int'), null, 'Event'],
    ['an array for a record', event('int'), [], 'Event'],
    ['a missing field', event('int'), {}, 'Event.f'],
    ['text for an int', event('int'), { f: '1' }, 'Event.f'],
    ['an int of 33 bits', event('int'), { f: 2 ** 31 }, 'Event.f'],
    ['a fraction for a long', event('long'), { f: 1.5 }, 'Event.f'],
    ['not a number for a long', event('long'), { f: NaN }, 'Event.f'],
    ['a bigint for a long', event('long'), { f: 1n }, 'Event.f'],
    ['a long that is not read back', event('long'), { f: -(2 ** 52) - 1 }, 'Event.f'],
    ['a long beyond numbers', event('long'), { f: 2 ** 53 - 1 }, 'Event.f'],
    ['a number too large for a float', event('float'), { f: 1e300 }, 'Event.f'],
    ['undefined for a nullable', event(['null', 'string']), { f: undefined }, 'Event.f'],
    ['another type for a nullable', event(['null', 'string']), { f: 1 }, 'Event.f'],
    ['half a surrogate pair', event('string'), { f: '\ud83c' }, 'Event.f'],
    ['an id that is no UUID', event(uuid), { f: 'event-1' }, 'Event.f'],
    ['a nullable id that is no UUID', event(['null', uuid]), { f: 'event-1' }, 'Event.f'],
    ['an unknown symbol', event(suit), { f: 'SPADES' }, 'Event.f'],
    ['a symbol that every object has', event(suit), { f: 'constructor' }, 'Event.f'],
    ['text for bytes', event('bytes'), { f: 'ab' }, 'Event.f'],
    [
      'a fixed of another size',
      event({ type: 'fixed', name: 'F', size: 2 }),
      { f: Buffer.from('abc') },
      'Event.f',
    ],
    ['an object for an array', event({ type: 'array', items: 'int' }), { f: { length: 1 } }, 'Event.f'],
    ['a hole in an array', event({ type: 'array', items: 'int' }), { f: new Array<number>(1) }, 'Event.f[]'],
    ['a Map for a map', event({ type: 'map', values: 'int' }), { f: new Map([['a', 1]]) }, 'Event.f'],
    ['a map key that is a prototype', event({ type: 'map', values: 'int' }), { f: ownProto }, 'Event.f'],
    ['a wrong map value', event({ type: 'map', values: 'int' }), { f: { a: 'x' } }, 'Event.f{}'],
    ['an ambiguous union without its branch', event(['int', 'long']), { f: 1 }, 'Event.f'],
    ['an ambiguous union with an unknown branch', event(['int', 'long']), { f: { toString: 1 } }, 'Event.f'],
    ['an object that holds itself', tree, cyclic, 'Event'],
  ])('%s', (_, schema, value, field) => {
    expect(() => createAvroCodec(schema).encode(value)).toThrow(
      expect.objectContaining({ name: 'SerdeError', code: 'INVALID_VALUE', where: { field } }),
    );
  });

  it('is described without quoting all of it', () => {
    const codec = createAvroCodec(event('int'));
    expect(() => codec.encode({ f: 'x'.repeat(10_000) })).toThrow(
      /^the value has to be an int of 32 bits, not "x{60}"… \(field Event\.f\)$/,
    );
  });

  it('is TOO_LARGE beyond what a reader accepts, and fits right up to it', () => {
    const codec = createAvroCodec(event('bytes'), { maxBytes: 100_000 });
    expect(codec.encode({ f: Buffer.alloc(99_997) })).toHaveLength(100_000);
    expect(() => codec.encode({ f: Buffer.alloc(99_998) })).toThrow(
      expect.objectContaining({ code: 'TOO_LARGE' }),
    );
    expect(() => codec.encode({ f: Buffer.alloc(10_000_000) })).toThrow(
      expect.objectContaining({ code: 'TOO_LARGE' }),
    );
  });

  it('may leave out what has a default, and have more than the schema', () => {
    const schema = { type: 'record', name: 'Event', fields: [{ name: 'f', type: 'int', default: 7 }] };
    const codec = createAvroCodec(schema);
    expect(codec.decode(codec.encode({ other: 1 }))).toEqual({ f: 7 });
  });
});
