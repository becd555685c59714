/*
 * LMDB takes no empty key. A key that is empty, or begins with a zero, gets a zero in front: the order stays.
 */

const ZERO = Buffer.alloc(1);

export function toLmdbKey(key: Buffer): Buffer {
  return key.length === 0 || key[0] === 0 ? Buffer.concat([ZERO, key]) : key;
}

export function fromLmdbKey(key: Buffer): Buffer {
  return key[0] === 0 ? key.subarray(1) : key;
}
