import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SerdeError } from '../errors.js';
import { schemas, valuesOf } from '../test/arbitraries.js';
import { createAvroCodec } from './avro-codec.js';
import { parseSchema } from './schema.js';

/** Reads whatever there is, and demands a typed error or a value that can be written and read again. */
function probe(schema: object, body: Buffer): void {
  // A text that is no UUID is read as it is, but not written; here that would only be in the way.
  const codec = createAvroCodec(JSON.stringify(schema).replaceAll(',"logicalType":"uuid"', ''));
  const heapBefore = process.memoryUsage().heapUsed;
  let value: unknown;
  try {
    value = codec.decode(body);
  } catch (error) {
    expect(error).toBeInstanceOf(SerdeError);
    return;
  } finally {
    // A few dozen bytes may not claim megabytes.
    expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(64 * 1024 * 1024);
  }
  expect(codec.decode(codec.encode(value))).toEqual(value);
}

describe('bytes that were not written under the schema', () => {
  it('give a typed error or a sound value', () => {
    fc.assert(
      fc.property(schemas(), fc.uint8Array({ maxLength: 60 }), (schema, bytes) =>
        probe(schema, Buffer.from(bytes)),
      ),
      { numRuns: 1_000 },
    );
  });

  it('give a typed error or a sound value where they were, but for a few', () => {
    const mutations = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 3,
    });
    const cases = schemas().chain((schema) =>
      fc.tuple(fc.constant(schema), valuesOf(parseSchema(schema)), mutations, fc.nat()),
    );
    fc.assert(
      fc.property(cases, ([schema, value, changes, cut]) => {
        const body = createAvroCodec(schema).encode(value);
        for (const [at, byte] of changes) if (body.length > 0) body[at % body.length] = byte;
        probe(schema, body);
        probe(schema, body.subarray(0, cut % (body.length + 1)));
      }),
      { numRuns: 1_000 },
    );
  });

  it('never pass truncated or with something behind', () => {
    const cases = schemas().chain((schema) => fc.tuple(fc.constant(schema), valuesOf(parseSchema(schema))));
    fc.assert(
      fc.property(cases, fc.uint8Array({ minLength: 1, maxLength: 4 }), ([schema, value], extra) => {
        const codec = createAvroCodec(schema);
        const body = codec.encode(value);
        expect(() => codec.decode(Buffer.concat([body, extra]))).toThrow(SerdeError);
        if (body.length > 0) expect(() => codec.decode(body.subarray(0, -1))).toThrow(SerdeError);
      }),
      { numRuns: 1_000 },
    );
  });
});
