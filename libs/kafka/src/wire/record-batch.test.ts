import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ConsumedRecord, Header, ProducerRecord } from '../port/records.js';
import { crc32c } from './crc32c.js';
import { BatchesReader, decodeBatches, offsetAfter } from './record-batch-reader.js';
import { encodeBatch, recordSize, stampBatch } from './record-batch-writer.js';
import { VarintCursor, varintSize, varlongSize, writeVarint, writeVarlong } from './varint.js';

const compressions = ['none', 'gzip', 'zstd'] as const;

function batchOf(
  records: readonly ProducerRecord[],
  compression: (typeof compressions)[number] = 'none',
): Buffer {
  const size = records.reduce((sum, record) => sum + recordSize(record), 0);
  const placed = records.map((record) => ({ record }));
  return stampBatch(encodeBatch(placed, size, 5_000, compression, false), 1n, 0, 0);
}

const bytes = fc.option(
  fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
  { nil: null },
);
const anyRecord: fc.Arbitrary<ProducerRecord> = fc.record({
  key: bytes,
  value: bytes,
  headers: fc.array(fc.tuple(fc.string({ unit: 'binary' }), bytes) as fc.Arbitrary<Header>, { maxLength: 5 }),
  timestamp: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
});

describe('a record batch', () => {
  it('is read as it was written, whatever is in it and however compressed', () => {
    fc.assert(
      fc.property(
        fc.array(anyRecord, { minLength: 1, maxLength: 20 }),
        fc.constantFrom(...compressions),
        (given, how) => {
          const expected = given.map((record, offset) => ({ ...record, offset })) as ConsumedRecord[];
          expect(decodeBatches(batchOf(given, how), 0, undefined)).toEqual(expected);
        },
      ),
    );
  });

  it('gives the records from the position on', () => {
    const given = [0, 1, 2, 3].map((number) => ({ key: null, value: Buffer.from([number]) }));
    expect(decodeBatches(batchOf(given), 2, undefined).map(({ offset }) => offset)).toEqual([2, 3]);
  });

  it('is passed over where it is cut, as the last of a fetch may be', () => {
    const whole = batchOf([{ key: null, value: Buffer.from('a') }]);
    const cut = Buffer.concat([whole, whole.subarray(0, whole.length - 1)]);
    expect(offsetAfter(cut)).toBe(1);
    expect(decodeBatches(cut, 0, undefined)).toHaveLength(1);
    expect(offsetAfter(whole.subarray(0, 40))).toBeUndefined();
  });

  it('is read in pieces, also in the middle of one and over several, each going on after the last', () => {
    const numbers = (from: number, count: number, compression: 'none' | 'gzip'): Buffer => {
      const records = Array.from({ length: count }, (_, index) => ({
        key: null,
        value: Buffer.from([index]),
      }));
      const batch = batchOf(records, compression);
      batch.writeInt32BE(from, 4); // its base offset
      return batch;
    };
    for (const compression of ['none', 'gzip'] as const) {
      const all = Buffer.concat([numbers(0, 5, compression), numbers(5, 3, compression)]);
      const size = 8; // of a record
      for (let bytes = 1; bytes <= 9 * size; bytes++) {
        const reader = new BatchesReader(all, 1, undefined);
        const found: number[] = [];
        while (!reader.done) {
          const records = reader.next(bytes);
          expect(records.length).toBeLessThanOrEqual(Math.ceil(bytes / size));
          found.push(...records.map(({ offset }) => offset));
          expect(reader.position).toBe((found.at(-1) ?? 0) + 1);
        }
        expect(found).toEqual([1, 2, 3, 4, 5, 6, 7]);
      }
    }
  });

  it('that is broken stops the reading at its place, after all that stands before it', () => {
    const one = batchOf([0, 1].map((number) => ({ key: null, value: Buffer.from([number]) })));
    const other = batchOf([2, 3].map((number) => ({ key: null, value: Buffer.from([number]) })));
    other.writeInt32BE(2, 4);
    // The last record's length, under a right checksum.
    other[other.length - 8] = 0x7e;
    other.writeUInt32BE(crc32c(other, 21), 17);
    const reader = new BatchesReader(Buffer.concat([one, other]), 0, undefined);
    expect(reader.next(1_000).map(({ offset }) => offset)).toEqual([0, 1, 2]);
    expect(reader.position).toBe(3);
    for (let turn = 0; turn < 2; turn++) {
      expect(() => reader.next(1_000)).toThrow(expect.objectContaining({ code: 'PROTOCOL' }));
    }
  });

  it('with a flipped bit is an error that names the offset, and never a wrong record', () => {
    const whole = batchOf([{ key: Buffer.from('key'), value: Buffer.from('value') }]);
    for (let at = 21; at < whole.length; at++) {
      const broken = Buffer.from(whole);
      broken[at] = (broken[at] as number) ^ 1;
      expect(() => decodeBatches(broken, 0, undefined)).toThrow(
        expect.objectContaining({
          name: 'KafkaError',
          code: 'PROTOCOL',
          message: expect.stringContaining('offset 0'),
        }),
      );
    }
  });

  it('whose lengths lie under a right checksum is an error too', () => {
    const whole = batchOf([{ key: Buffer.from('key'), value: Buffer.from('value') }]);
    for (let at = 57; at < whole.length; at++) {
      for (const byte of [0x00, 0x7f, 0x80, 0xff]) {
        const broken = Buffer.from(whole);
        broken[at] = byte;
        broken.writeUInt32BE(crc32c(broken, 21), 17);
        try {
          for (const { key, value } of decodeBatches(broken, 0, undefined)) {
            expect((key?.length ?? 0) + (value?.length ?? 0)).toBeLessThan(whole.length);
          }
        } catch (error) {
          expect(error).toMatchObject({ name: 'KafkaError', code: 'PROTOCOL' });
        }
      }
    }
  });

  it('in a compression we cannot read is an error that says which', () => {
    const whole = batchOf([{ key: null, value: Buffer.from('v') }]);
    whole.writeInt16BE(2, 21);
    whole.writeUInt32BE(crc32c(whole, 21), 17);
    expect(() => decodeBatches(whole, 0, undefined)).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED', message: expect.stringContaining('snappy') }),
    );
  });

  it('of an older format is an error', () => {
    const whole = batchOf([{ key: null, value: Buffer.from('v') }]);
    whole.writeInt8(1, 16);
    expect(() => decodeBatches(whole, 0, undefined)).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED' }),
    );
  });
});

describe('CRC-32C', () => {
  // RFC 3720, appendix B.4, and the check value of the catalogue of parametrised CRCs.
  it.each([
    ['32 bytes of zeroes', Buffer.alloc(32), 0x8a9136aa],
    ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['32 ascending bytes', Buffer.from(Array.from({ length: 32 }, (_, index) => index)), 0x46dd794e],
    ['32 descending bytes', Buffer.from(Array.from({ length: 32 }, (_, index) => 31 - index)), 0x113fdb5c],
    ['123456789', Buffer.from('123456789'), 0xe3069283],
  ])('of %s', (_name, data, expected) => {
    expect(crc32c(data)).toBe(expected);
  });

  it('is the same from any place in a buffer', () => {
    const data = Buffer.concat([Buffer.alloc(3, 7), Buffer.from('123456789'), Buffer.alloc(5, 7)]);
    expect(crc32c(data, 3, 12)).toBe(0xe3069283);
  });
});

describe('varints', () => {
  it('come back as they were written, in the size foretold', () => {
    const buffer = Buffer.alloc(20);
    fc.assert(
      fc.property(fc.integer(), (value) => {
        const end = writeVarint(buffer, value, 0);
        expect(end).toBe(varintSize(value));
        expect(new VarintCursor(buffer, 0).next()).toBe(value);
      }),
    );
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const end = writeVarlong(buffer, value, 0);
        expect(end).toBe(varlongSize(value));
        const cursor = new VarintCursor(buffer, 0);
        expect(cursor.next()).toBe(value);
        expect(cursor.position).toBe(end);
      }),
    );
  });

  it.each([
    [0, '00'],
    [-1, '01'],
    [1, '02'],
    [63, '7e'],
    [64, '8001'],
    [-2147483648, 'ffffffff0f'],
  ])('write %d as %s, as protobuf does', (value, hex) => {
    const buffer = Buffer.alloc(10);
    expect(buffer.subarray(0, writeVarint(buffer, value, 0)).toString('hex')).toBe(hex);
  });
});
