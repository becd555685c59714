import { shortLatin1 } from '../serdes/short-text.js';

/** A key as a string of its bytes (Latin-1), by which maps find it; such strings are in the bytes' order. */
export function keyId(key: Buffer): string {
  return shortLatin1(key) ?? key.toString('latin1');
}
