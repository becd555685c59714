import { readLong, writeLong } from '../serdes/serdes.js';

/*
 * The key of a window store's changelog record, as Java's WindowKeySchema writes it:
 *
 *     key bytes | window start, 8 bytes big-endian, milliseconds | sequence number, 4 bytes big-endian
 *
 * The sequence number tells duplicates of one key and window apart, which only stream-stream joins keep; else 0.
 */
const SUFFIX = 12;

export function encodeWindowKey(key: Buffer, start: number): Buffer {
  const data = Buffer.allocUnsafe(key.length + SUFFIX);
  key.copy(data, 0);
  writeLong(data, start, key.length);
  data.writeInt32BE(0, key.length + 8);
  return data;
}

/** @throws RangeError where the bytes are too few to be such a key */
export function decodeWindowKey(data: Buffer): { readonly key: Buffer; readonly start: number } {
  const at = data.length - SUFFIX;
  if (at < 0)
    throw new RangeError(`a window store's changelog key takes 12 bytes at least, these are ${data.length}`);
  return { key: data.subarray(0, at), start: readLong(data, at) };
}
