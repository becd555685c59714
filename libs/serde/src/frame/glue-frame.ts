import { deflateSync, inflateSync } from 'node:zlib';
import { isNamed, reasonOf } from '../cause.js';
import { SerdeError } from '../errors.js';
import { describeFirstByte, type Compression, type Framing } from './framing.js';

/** The parts of a frame; `body` is as it lies in the frame, compressed or not. */
export interface GlueFrame {
  /** Of the writer's schema: a UUID in lower case. */
  readonly versionId: string;
  readonly compression: Compression;
  readonly body: Buffer;
}

/** Bytes before the body. */
export const HEADER_LENGTH = 18;
const HEADER_VERSION = 3;
const NO_COMPRESSION = 0;
const ZLIB = 5;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * The frame of the AWS Glue Schema Registry's serializers:
 *
 *     byte 0      03         version of the header
 *     byte 1      00 | 05    the body is as it is | a zlib stream (RFC 1950)
 *     byte 2..17             id of the writer's schema version: a UUID, big-endian
 *     byte 18..              the body: Avro binary, without schema or length
 *
 * @see https://github.com/awslabs/aws-glue-schema-registry
 *   common/src/main/java/com/amazonaws/services/schemaregistry/utils/AWSSchemaRegistryConstants.java
 * @throws SerdeError `BAD_SCHEMA` where `versionId` is no UUID
 */
export function glueHeader(versionId: string, compression: Compression): Buffer {
  if (!UUID.test(versionId)) {
    throw new SerdeError('BAD_SCHEMA', `the version id ${JSON.stringify(versionId)} is no UUID`);
  }
  const header = Buffer.allocUnsafeSlow(HEADER_LENGTH);
  header[0] = HEADER_VERSION;
  header[1] = compression === 'zlib' ? ZLIB : NO_COMPRESSION;
  header.write(versionId.replaceAll('-', ''), 2, 'hex');
  return header;
}

/** Puts a body, not yet compressed, behind a header made by {@link glueHeader}. */
export function writeGlueFrame(header: Buffer, body: Buffer): Buffer {
  return Buffer.concat([header, header[1] === ZLIB ? deflateSync(body) : body]);
}

/** Checks the two bytes before the id. @throws SerdeError `FRAME_TRUNCATED`, `FRAME_FORMAT` */
export function checkGlueHeader(frame: Buffer): void {
  if (frame.length < HEADER_LENGTH) {
    throw new SerdeError(
      'FRAME_TRUNCATED',
      `a frame needs ${HEADER_LENGTH} bytes of header, these are ${frame.length} bytes in all`,
    );
  }
  if (frame[0] !== HEADER_VERSION) {
    throw new SerdeError('FRAME_FORMAT', `no Glue frame: ${describeFirstByte(frame)}`);
  }
  if (frame[1] !== NO_COMPRESSION && frame[1] !== ZLIB) {
    throw new SerdeError(
      'FRAME_FORMAT',
      `the compression byte is ${hex(frame[1])}, known are 00 (none) and 05 (zlib)`,
    );
  }
}

/** Takes a frame apart, without inflating. @throws SerdeError `FRAME_TRUNCATED`, `FRAME_FORMAT` */
export function readGlueFrame(frame: Buffer): GlueFrame {
  checkGlueHeader(frame);
  return {
    versionId: glueVersionId(frame),
    compression: frame[1] === ZLIB ? 'zlib' : 'none',
    body: frame.subarray(HEADER_LENGTH),
  };
}

/** The id in a header that {@link checkGlueHeader} found to be sound. */
export function glueVersionId(frame: Buffer): string {
  const digits = frame.toString('hex', 2, HEADER_LENGTH);
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20),
  ].join('-');
}

/**
 * The Avro body of a frame whose header is sound. Inflating stops at `maxBytes`, so that a few kilobytes of zeros
 * cannot fill the memory.
 * @throws SerdeError `TOO_LARGE`, `INFLATE_FAILED`, `TRAILING_BYTES`
 */
export function glueBody(frame: Buffer, maxBytes: number): Buffer {
  const packed = frame.subarray(HEADER_LENGTH);
  const body = frame[1] === ZLIB ? inflate(packed, maxBytes) : packed;
  if (body.length > maxBytes) throw tooLarge(maxBytes);
  return body;
}

function inflate(packed: Buffer, maxBytes: number): Buffer {
  let result: { buffer: Buffer; engine: { bytesWritten: number } };
  try {
    // With `info` the answer has another shape, which the type declarations do not know.
    const options = { maxOutputLength: Math.max(1, maxBytes), info: true };
    result = inflateSync(packed, options) as unknown as typeof result;
  } catch (cause) {
    if (isNamed(cause, 'ERR_BUFFER_TOO_LARGE')) throw tooLarge(maxBytes);
    throw new SerdeError(
      'INFLATE_FAILED',
      `the compressed body is no whole zlib stream: ${reasonOf(cause)}`,
      {},
      { cause },
    );
  }
  if (result.engine.bytesWritten < packed.length) {
    const extra = packed.length - result.engine.bytesWritten;
    throw new SerdeError('TRAILING_BYTES', `${extra} bytes follow the compressed body`);
  }
  return result.buffer;
}

function tooLarge(maxBytes: number): SerdeError {
  return new SerdeError(
    'TOO_LARGE',
    `the body is larger than ${maxBytes} bytes, the most this reader accepts`,
  );
}

function hex(byte: number | undefined): string {
  return (byte ?? 0).toString(16).padStart(2, '0');
}

/** See {@link glueHeader} for the layout. */
export const glueFraming: Framing = {
  name: 'glue',
  headerLength: HEADER_LENGTH,
  header: glueHeader,
  check: checkGlueHeader,
  versionId: glueVersionId,
  key: (frame) => frame.toString('latin1', 2, HEADER_LENGTH),
  compression: (frame) => (frame[1] === ZLIB ? 'zlib' : 'none'),
  body: glueBody,
  write: writeGlueFrame,
};
