import { defaultLimits } from '../limits.js';
import type { SerdeLimits } from '../limits.js';
import { createReader, createWriter } from './codec.js';
import { fromAvroJson, toAvroJson } from './json.js';
import { parseSchema } from './schema.js';

/** Values of one schema as Avro binary, guarded, and in Avro's JSON encoding; without frame or registry. */
export interface AvroCodec {
  /** @throws SerdeError `INVALID_VALUE`, `TOO_LARGE` */
  encode(value: unknown): Buffer;
  /** @throws SerdeError for bytes that are no value of the schema */
  decode(body: Buffer): unknown;
  toJson(value: unknown): unknown;
  /** @throws SerdeError `INVALID_VALUE` */
  fromJson(json: unknown): unknown;
}

const NO_PREFIX = Buffer.alloc(0);

/** @throws SerdeError `BAD_SCHEMA` */
export function createAvroCodec(schema: string | object, limits: Partial<SerdeLimits> = {}): AvroCodec {
  const bounds = { ...defaultLimits, ...limits };
  const type = parseSchema(schema);
  const write = createWriter(type, bounds);
  return {
    encode: (value) => write(value, NO_PREFIX),
    decode: createReader(type, type, bounds),
    toJson: (value) => toAvroJson(type, value),
    fromJson: (json) => fromAvroJson(type, json, bounds.maxDepth),
  };
}
