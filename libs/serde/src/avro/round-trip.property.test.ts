import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { schemas, valuesOf } from '../test/arbitraries.js';
import { createAvroCodec } from './avro-codec.js';
import { parseSchema } from './schema.js';

const cases = schemas().chain((schema) =>
  valuesOf(parseSchema(schema)).map((value) => ({ schema, value, codec: createAvroCodec(schema) })),
);

describe('any value of any schema', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(cases, ({ value, codec }) => {
        expect(codec.decode(codec.encode(value))).toEqual(value);
      }),
      { numRuns: 1_000 },
    );
  });

  it('survives the JSON encoding too', () => {
    fc.assert(
      fc.property(cases, ({ value, codec }) => {
        const json: unknown = JSON.parse(JSON.stringify(codec.toJson(value)));
        expect(codec.encode(codec.fromJson(json))).toEqual(codec.encode(value));
      }),
      { numRuns: 1_000 },
    );
  });
});
