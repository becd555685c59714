import type avro from 'avsc';
import { reasonOf } from '../cause.js';
import { SerdeError } from '../errors.js';
import type { SerdeLimits } from '../limits.js';
import { createChecker } from './check.js';
import { createGuard } from './guard.js';
import type { AvroType } from './schema.js';

/** Reads a body written under one schema as another. @throws SerdeError for bytes that are not that */
export type AvroReader = (body: Buffer) => unknown;

/** Writes a value behind `prefix`. @throws SerdeError `INVALID_VALUE`, `TOO_LARGE` */
export type AvroWriter = (value: unknown, prefix: Buffer) => Buffer;

/**
 * Builds guard and resolver of a pair of schemas.
 * @throws SerdeError `INCOMPATIBLE` where the pair does not resolve by Avro's rules
 * @see https://avro.apache.org/docs/1.12.0/specification/#schema-resolution
 */
export function createReader(writer: AvroType, reader: AvroType, limits: SerdeLimits): AvroReader {
  let resolver: ReturnType<AvroType['createResolver']> | undefined;
  if (writer !== reader) {
    try {
      // Names match without their namespaces, as the specification has it.
      resolver = reader.createResolver(writer, { ignoreNamespaces: true });
    } catch (cause) {
      throw new SerdeError(
        'INCOMPATIBLE',
        `the writer's schema cannot be read as the reader's: ${reasonOf(cause)}`,
        {},
        { cause },
      );
    }
  }
  const guard = createGuard(writer, reader, limits);
  return (body) => {
    guard(body, 0, body.length);
    try {
      // The guard has seen all of the body, so avsc need not, and may leave unused fields at its end unread.
      return reader.fromBuffer(body, resolver, true) as unknown;
    } catch (cause) {
      throw new SerdeError(
        'UNREADABLE',
        `the value is not readable under the reader's schema: ${reasonOf(cause)}`,
        {},
        { cause },
      );
    }
  };
}

/** Small enough to be allocated once, large enough that hardly an event needs another. */
const SCRATCH_BYTES = 64 * 1024;
let scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

export function createWriter(type: AvroType, limits: SerdeLimits): AvroWriter {
  const check = createChecker(type, limits);
  return (value, prefix) => {
    check(value);
    let end = encode(type, value, prefix.length);
    // Negative: so many bytes are missing.
    if (end < 0) {
      const needed = scratch.length - end;
      if (needed - prefix.length > limits.maxBytes) throw tooLarge(limits);
      scratch = Buffer.allocUnsafeSlow(needed);
      end = encode(type, value, prefix.length);
    }
    if (end - prefix.length > limits.maxBytes) throw tooLarge(limits);
    const written = Buffer.allocUnsafe(end);
    scratch.copy(written, prefix.length, prefix.length, end);
    prefix.copy(written);
    if (scratch.length > SCRATCH_BYTES) scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
    return written;
  };
}

function encode(type: avro.Type, value: unknown, from: number): number {
  try {
    return type.encode(value, scratch, from);
  } catch (cause) {
    throw new SerdeError(
      'INVALID_VALUE',
      `the value does not fit its schema: ${reasonOf(cause)}`,
      {},
      { cause },
    );
  }
}

function tooLarge({ maxBytes }: SerdeLimits): SerdeError {
  return new SerdeError(
    'TOO_LARGE',
    `the value takes more than ${maxBytes} bytes, the most a reader accepts`,
  );
}
