import { describe, expect, it } from '@jest/globals';
import { SerdeError } from '../errors.js';
import type { SerdeErrorCode } from '../errors.js';
import { createAvroCodec } from './avro-codec.js';

const record = (type: unknown, more: object[] = []) => ({
  type: 'record',
  name: 'Event',
  namespace: 'music.test',
  fields: [{ name: 'f', type }, ...more],
});
const list = { type: 'record', name: 'Event', fields: [{ name: 'next', type: ['null', 'Event'] }] };
const endless = { type: 'record', name: 'Event', fields: [{ name: 'next', type: 'Event' }] };
const enumeration = { type: 'enum', name: 'Suit', symbols: ['CLUBS', 'HEARTS'] };
const array = (items: unknown) => ({ type: 'array', items });
const map = (values: unknown) => ({ type: 'map', values });

/** A schema in which a record of no bytes holds two of the next, thirty times over: 2^30 of them. */
function explosion(): object {
  let type: object = { type: 'record', name: 'R30', fields: [] };
  for (let level = 29; level >= 0; level--) {
    const below = `R${level + 1}`;
    type = {
      type: 'record',
      name: `R${level}`,
      fields: [
        { name: 'a', type },
        { name: 'b', type: below },
      ],
    };
  }
  return type;
}

/** Zig-zag varint of any 64-bit integer. */
function long(value: bigint): string {
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  const bytes: number[] = [];
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return Buffer.from([...bytes, Number(rest)]).toString('hex');
}

const TWO_52 = 2n ** 52n;
const TWO_53 = 2n ** 53n;

const cases: readonly [string, object, string, SerdeErrorCode, string][] = [
  ['an empty body', record('long'), '', 'TRUNCATED', 'Event.f'],
  ['an integer cut off', record('long'), '80', 'TRUNCATED', 'Event.f'],
  ['an integer cut off after its fourth byte', record('long'), '80808080', 'TRUNCATED', 'Event.f'],
  ['a double cut off', record('double'), '00000000000000', 'TRUNCATED', 'Event.f'],
  ['a float cut off', record('float'), '000000', 'TRUNCATED', 'Event.f'],
  ['a boolean cut off', record('boolean'), '', 'TRUNCATED', 'Event.f'],
  ['a string cut off', record('string'), '0661', 'TRUNCATED', 'Event.f'],
  ['bytes cut off', record('bytes'), '0661', 'TRUNCATED', 'Event.f'],
  ['a fixed cut off', record({ type: 'fixed', name: 'F', size: 4 }), '010203', 'TRUNCATED', 'Event.f'],
  ['a string that claims gigabytes', record('string'), `${long(2n ** 33n)}61`, 'TRUNCATED', 'Event.f'],
  ['one byte too many', record('long'), '0200', 'TRAILING_BYTES', 'Event'],
  ['a negative string length', record('string'), '0161', 'INVALID_LENGTH', 'Event.f'],
  ['a negative length of bytes', record('bytes'), '01', 'INVALID_LENGTH', 'Event.f'],
  [
    'an array block of 2^31 longs in 4 bytes',
    record(array('long')),
    '80808080 10',
    'INVALID_COUNT',
    'Event.f',
  ],
  ['an array block of 2^62 longs', record(array('long')), `${long(2n ** 62n)}00`, 'INVALID_COUNT', 'Event.f'],
  [
    'doubles that need 8 bytes each',
    record(array('double')),
    '04 0000000000000000 00',
    'INVALID_COUNT',
    'Event.f',
  ],
  ['a map block larger than its bytes', record(map('long')), '14 0261 02 00', 'INVALID_COUNT', 'Event.f'],
  [
    'an array block of 10^6 nulls',
    record(array('null')),
    `${long(1_000_000n)}00`,
    'TOO_MANY_ITEMS',
    'Event.f',
  ],
  [
    'blocks of nulls without end',
    record(array('null')),
    `${long(60_000n)}${long(60_000n)}00`,
    'TOO_MANY_ITEMS',
    'Event.f',
  ],
  ['a count of −2^63', record(array('null')), `${long(-(2n ** 63n))}0000`, 'TOO_MANY_ITEMS', 'Event.f'],
  ['a negative count without size', record(array('long')), '01', 'TRUNCATED', 'Event.f'],
  ['a block size beyond the body', record(array('long')), '01 40 02 00', 'TRUNCATED', 'Event.f'],
  ['a negative block size', record(array('long')), '01 01 02 00', 'INVALID_LENGTH', 'Event.f'],
  [
    'a block size that is too small',
    record(array('string')),
    '01 02 0461 61 00',
    'INVALID_LENGTH',
    'Event.f',
  ],
  ['a block size that is too large', record(array('long')), '01 04 02 00 00', 'INVALID_LENGTH', 'Event.f'],
  ['records nested 100 deep', list, '02'.repeat(100) + '00', 'TOO_DEEP', 'Event'],
  ['records nested for ever in no bytes', endless, '', 'TOO_DEEP', 'Event'],
  ['2^30 records in no bytes', explosion(), '', 'TOO_MANY_ITEMS', ''],
  [
    'the map key __proto__',
    record(map('long')),
    `02 12${Buffer.from('__proto__').toString('hex')}02 00`,
    'FORBIDDEN_KEY',
    'Event.f',
  ],
  ['a long of −2^52 − 1', record('long'), long(-TWO_52 - 1n), 'NUMBER_OUT_OF_RANGE', 'Event.f'],
  ['a long of 2^53 − 1', record('long'), long(TWO_53 - 1n), 'NUMBER_OUT_OF_RANGE', 'Event.f'],
  ['a long of 2^53 + 1', record('long'), long(TWO_53 + 1n), 'NUMBER_OUT_OF_RANGE', 'Event.f'],
  ['a long of −2^53 − 1', record('long'), long(-TWO_53 - 1n), 'NUMBER_OUT_OF_RANGE', 'Event.f'],
  ['the largest long', record('long'), long(2n ** 63n - 1n), 'NUMBER_OUT_OF_RANGE', 'Event.f'],
  ['the smallest long', record('long'), long(-(2n ** 63n)), 'NUMBER_OUT_OF_RANGE', 'Event.f'],
  ['an integer of 65 bits', record('long'), 'ffffffffffffffffff02', 'INVALID_NUMBER', 'Event.f'],
  ['an integer of eleven bytes', record('long'), '8080808080808080808000', 'INVALID_NUMBER', 'Event.f'],
  ['an int of 2^31', record('int'), long(2n ** 31n), 'INVALID_NUMBER', 'Event.f'],
  ['an int of −2^31 − 1', record('int'), long(-(2n ** 31n) - 1n), 'INVALID_NUMBER', 'Event.f'],
  ['a boolean of 2', record('boolean'), '02', 'INVALID_NUMBER', 'Event.f'],
  ['an enum index too high', record(enumeration), '04', 'INVALID_ENUM', 'Event.f'],
  ['a negative enum index', record(enumeration), '01', 'INVALID_ENUM', 'Event.f'],
  ['a union index too high', record(['null', 'long']), '04', 'INVALID_UNION', 'Event.f'],
  ['a negative union index', record(['null', 'long']), '01', 'INVALID_UNION', 'Event.f'],
  ['a string with a lone continuation byte', record('string'), '0280', 'INVALID_UTF8', 'Event.f'],
  ['a string with a surrogate', record('string'), '06eda080', 'INVALID_UTF8', 'Event.f'],
  ['a string in overlong form', record('string'), '04c080', 'INVALID_UTF8', 'Event.f'],
  [
    'a long string that ends in half a character',
    record('string'),
    `${long(101n)}${'61'.repeat(100)}c3`,
    'INVALID_UTF8',
    'Event.f',
  ],
  ['a map key that is no text', record(map('long')), '0202ff0200', 'INVALID_UTF8', 'Event.f'],
  ['a fault within an array', record(array('string')), '04 0261 02ff 00', 'INVALID_UTF8', 'Event.f[]'],
  ['a fault within a map', record(map('boolean')), '02 0261 07 00', 'INVALID_NUMBER', 'Event.f{}'],
];

describe('hostile bytes', () => {
  it.each(cases)('%s', (_, schema, hex, code, field) => {
    const codec = createAvroCodec(schema);
    const error = caught(() => codec.decode(Buffer.from(hex.replaceAll(' ', ''), 'hex')));
    expect(error).toBeInstanceOf(SerdeError);
    const { where, retriable } = error as SerdeError;
    expect((error as SerdeError).code).toBe(code);
    expect(where.field).toEqual(field === '' ? expect.any(String) : field);
    expect(where.position).toEqual(expect.any(Number));
    expect(retriable).toBe(false);
  });

  it('does not touch the prototype of any object', () => {
    const codec = createAvroCodec(record(map(map('string'))));
    const inner = `02 0a ${Buffer.from('admin').toString('hex')} 02 79 00`;
    const body = `02 12 ${Buffer.from('__proto__').toString('hex')} ${inner} 00`;
    expect(() => codec.decode(Buffer.from(body.replaceAll(' ', ''), 'hex'))).toThrow(SerdeError);
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
  });

  it('has its say before anything of the claimed size is allocated', () => {
    const codec = createAvroCodec(record(array('null')));
    const before = process.memoryUsage().heapUsed;
    for (let index = 0; index < 100; index++) {
      expect(() => codec.decode(Buffer.from(long(2n ** 31n), 'hex'))).toThrow(SerdeError);
    }
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(32 * 1024 * 1024);
  });
});

describe('bytes at the edge of what is sound', () => {
  const sound: readonly [string, object, string, unknown][] = [
    ['a long of −2^52', record('long'), long(-TWO_52), -(2 ** 52)],
    ['a long of 2^53 − 2', record('long'), long(TWO_53 - 2n), 2 ** 53 - 2],
    ['an int of −2^31', record('int'), long(-(2n ** 31n)), -(2 ** 31)],
    ['an integer padded with zeros', record('long'), '82808080808000', 1],
    ['an array in several blocks, one with its size', record(array('long')), '0202 0304 0406 00', [1, 2, 3]],
    ['a map whose key comes twice', record(map('long')), '04 026102 026104 00', { a: 2 }],
    [
      'a map key that is nearly __proto__',
      record(map('long')),
      `02 12${Buffer.from('__proto_.').toString('hex')}02 00`,
      { '__proto_.': 1 },
    ],
    ['bytes that are no text, beside a string', record(['string', 'bytes']), '0202ff', Buffer.from([0xff])],
    ['text of every length of character', record('string'), '14 61 c3a9 e299aa f09f8ea7', 'aé♪🎧'],
  ];

  it.each(sound)('%s', (_, schema, hex, value) => {
    const decoded = createAvroCodec(schema).decode(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
    expect(decoded).toEqual({ f: value });
  });

  it('takes records nested as deep as the limit, and arrays as long', () => {
    const deep = createAvroCodec(list, { maxDepth: 3 });
    expect(deep.decode(Buffer.from('020200', 'hex'))).toEqual({ next: { next: { next: null } } });
    expect(() => deep.decode(Buffer.from('02020200', 'hex'))).toThrow(/nested more than 3 deep/);
    const short = createAvroCodec(record(array('null')), { maxItems: 2 });
    expect(short.decode(Buffer.from('0400', 'hex'))).toEqual({ f: [null, null] });
    expect(() => short.decode(Buffer.from('0600', 'hex'))).toThrow(/more than 2 items/);
  });

  it('says where: the path of the field and the byte', () => {
    const schema = record('long', [{ name: 'tags', type: array('string') }]);
    const error = caught(() =>
      createAvroCodec(schema).decode(Buffer.from('02040261 02ff00'.replace(' ', ''), 'hex')),
    );
    expect(error).toMatchObject({ code: 'INVALID_UTF8', where: { field: 'Event.tags[]', position: 5 } });
    expect((error as Error).message).toBe('a string is no valid UTF-8 (field Event.tags[], byte 5)');
  });
});

function caught(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
