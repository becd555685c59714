import { describe, expect, it } from '@jest/globals';
import { SerdeError } from '../errors.js';
import { defaultLimits } from '../limits.js';
import { createReader, createWriter } from './codec.js';
import { parseSchema } from './schema.js';

const event = (...fields: object[]) => ({ type: 'record', name: 'Event', namespace: 'music.test', fields });
const field = (name: string, type: unknown, more: object = {}) => ({ name, type, ...more });

/** Writes `value` under one schema and reads it as another. */
function evolve(writer: object, reader: object, value: unknown): unknown {
  const [from, to] = [parseSchema(writer), parseSchema(reader)];
  return createReader(from, to, defaultLimits)(createWriter(from, defaultLimits)(value, Buffer.alloc(0)));
}

describe("reading under another schema than the writer's", () => {
  const suits = (...symbols: string[]) => ({ type: 'enum', name: 'Suit', symbols });

  it.each<[string, object, object, unknown, unknown]>([
    [
      'a new field has its default',
      event(field('a', 'int')),
      event(field('a', 'int'), field('b', ['null', 'string'], { default: null })),
      { a: 1 },
      { a: 1, b: null },
    ],
    [
      'a removed field is passed over',
      event(field('gone', { type: 'array', items: 'string' }), field('a', 'int')),
      event(field('a', 'int')),
      { gone: ['x', 'y'], a: 1 },
      { a: 1 },
    ],
    [
      'fields may change places',
      event(field('a', 'int'), field('b', 'string')),
      event(field('b', 'string'), field('a', 'int')),
      { a: 1, b: 'x' },
      { a: 1, b: 'x' },
    ],
    [
      'a field may be renamed by an alias',
      event(field('old', 'long')),
      event(field('neu', 'long', { aliases: ['old'] })),
      { old: 7 },
      { neu: 7 },
    ],
    ['int becomes long', event(field('a', 'int')), event(field('a', 'long')), { a: -1 }, { a: -1 }],
    ['long becomes double', event(field('a', 'long')), event(field('a', 'double')), { a: 5 }, { a: 5 }],
    [
      'bytes become string',
      event(field('a', 'bytes')),
      event(field('a', 'string')),
      { a: Buffer.from('é') },
      { a: 'é' },
    ],
    [
      'a type becomes nullable',
      event(field('a', 'string')),
      event(field('a', ['null', 'string'])),
      { a: 'x' },
      { a: 'x' },
    ],
    [
      'an unknown symbol becomes the default',
      event(field('a', suits('X', 'Y'))),
      event(field('a', { ...suits('X'), default: 'X' })),
      { a: 'Y' },
      { a: 'X' },
    ],
    [
      'a namespace may change',
      event(field('a', 'int')),
      { ...event(field('a', 'int')), namespace: 'other' },
      { a: 1 },
      { a: 1 },
    ],
  ])('%s', (_, writer, reader, written, read) => {
    expect(evolve(writer, reader, written)).toEqual(read);
  });

  it.each<[string, object, object]>([
    ['a new field without default', event(field('a', 'int')), event(field('a', 'int'), field('b', 'int'))],
    ['long as int', event(field('a', 'long')), event(field('a', 'int'))],
    ['string as long', event(field('a', 'string')), event(field('a', 'long'))],
    ['another record', { ...event(field('a', 'int')), name: 'Other' }, event(field('a', 'int'))],
    ['a symbol without default', event(field('a', suits('X', 'Y'))), event(field('a', suits('X')))],
  ])('%s is INCOMPATIBLE before any record is read', (_, writer, reader) => {
    const build = () => createReader(parseSchema(writer), parseSchema(reader), defaultLimits);
    expect(build).toThrow(expect.objectContaining({ name: 'SerdeError', code: 'INCOMPATIBLE' }));
  });

  it('a long too large for a number does not matter where the reader leaves it out', () => {
    const writer = parseSchema(event(field('hash', 'long'), field('a', 'int')));
    const body = Buffer.from('ffffffffffffffffff01' + '02', 'hex');
    const projection = createReader(writer, parseSchema(event(field('a', 'int'))), defaultLimits);
    expect(projection(body)).toEqual({ a: 1 });
    const whole = createReader(
      writer,
      parseSchema(event(field('hash', 'long'), field('a', 'int'))),
      defaultLimits,
    );
    expect(() => whole(body)).toThrow(expect.objectContaining({ code: 'NUMBER_OUT_OF_RANGE' }));
  });

  it('bytes that are read as a string have to be one', () => {
    const read = createReader(
      parseSchema(event(field('a', 'bytes'))),
      parseSchema(event(field('a', ['null', 'string']))),
      defaultLimits,
    );
    expect(() => read(Buffer.from('02ff', 'hex'))).toThrow(expect.objectContaining({ code: 'INVALID_UTF8' }));
  });
});

describe('a schema that cannot be used', () => {
  it.each<[string, unknown]>([
    ['no JSON', '{"type":'],
    ['null', 'null'],
    ['a number', '7'],
    ['an unknown type', '{"type":"strnig"}'],
    ['a method of Object as a type', '{"type":"toString"}'],
    ['a record without name', '{"type":"record","fields":[]}'],
    ['a name that is code', { type: 'record', name: 'A(){};process.exit(7)//', fields: [] }],
    ['a field that is code', event(field('a;process.exit(7)', 'int'))],
    ['a field that avsc would not skip', event(field('toString', 'long'))],
    ['a field that is a prototype', event(field('__proto__', 'long'))],
    ['an alias that is a prototype', event(field('a', 'long', { aliases: ['__proto__'] }))],
    ['a symbol that is a method', event(field('a', { type: 'enum', name: 'E', symbols: ['valueOf'] }))],
    ['a default of another type', event(field('a', 'long', { default: 'x' }))],
    ['a union in a union', event(field('a', ['null', ['string']]))],
    [
      'the same name twice',
      event(
        field('a', { type: 'fixed', name: 'F', size: 1 }),
        field('b', { type: 'fixed', name: 'F', size: 2 }),
      ),
    ],
    ['nesting without end', '['.repeat(10_000) + ']'.repeat(10_000)],
  ])('%s is BAD_SCHEMA', (_, definition) => {
    expect(() => parseSchema(definition as string)).toThrow(
      expect.objectContaining({ name: 'SerdeError', code: 'BAD_SCHEMA' }),
    );
  });

  it('is no SerdeError of ours where it can be used', () => {
    expect(() => parseSchema('"string"')).not.toThrow(SerdeError);
  });
});
