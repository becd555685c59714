import { createHash } from 'node:crypto';

/** The namespace of every name-based UUID made here; itself a random (version 4) UUID. */
const NAMESPACE = Buffer.from('5f0c1d6a9b0e4c7e8a3d2f6b7c915e04', 'hex');

/**
 * The UUID of a name: version 5 (RFC 9562, section 5.5: the first 16 bytes of SHA-1 of namespace and name). The parts
 * are joined by U+001F, so that `('ab', 'c')` and `('a', 'bc')` differ.
 */
export function stableUuid(...parts: readonly (string | number)[]): string {
  const digest = createHash('sha1').update(NAMESPACE).update(parts.join('\u001f'), 'utf8').digest();
  digest.writeUInt8((digest.readUInt8(6) & 0x0f) | 0x50, 6);
  digest.writeUInt8((digest.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = digest.toString('hex', 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
