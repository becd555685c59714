import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { KafkaError } from '../port/errors.js';

export type Compression = 'none' | 'gzip' | 'zstd';

/** The low three bits of a record batch's attributes. */
const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/** A record batch is at most some MiB on the broker; one that inflates to more is not from a sound producer. */
const MAX_INFLATED_BYTES = 256 * 1024 * 1024;

export function codecBits(compression: Compression): number {
  return codecs.indexOf(compression);
}

export function compress(compression: Compression, body: Buffer): Buffer {
  switch (compression) {
    case 'none':
      return body;
    case 'gzip':
      return gzipSync(body);
    case 'zstd':
      return zstdCompressSync(body);
  }
}

/** @throws KafkaError UNSUPPORTED for snappy and lz4, PROTOCOL for bytes that do not inflate */
export function decompress(attributes: number, body: Buffer): Buffer {
  const codec = codecs[attributes & 0x07];
  try {
    switch (codec) {
      case 'none':
        return body;
      case 'gzip':
        return gunzipSync(body, { maxOutputLength: MAX_INFLATED_BYTES });
      case 'zstd':
        return zstdDecompressSync(body, { maxOutputLength: MAX_INFLATED_BYTES });
      case 'snappy':
      case 'lz4':
      case undefined:
        break;
    }
  } catch (cause) {
    throw new KafkaError('PROTOCOL', `a ${codec} record batch of ${body.length} bytes does not inflate`, {
      cause,
    });
  }
  throw new KafkaError(
    'UNSUPPORTED',
    `records compressed with ${codec ?? `codec ${attributes & 7}`} cannot be read: let their producer use gzip, zstd or none`,
  );
}
