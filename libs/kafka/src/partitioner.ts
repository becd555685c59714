const M = 0x5bd1e995;

/** MurmurHash2, 32 bit, with the seed of Java's `org.apache.kafka.common.utils.Utils.murmur2`. Signed. */
export function murmur2(data: Uint8Array): number {
  const { length } = data;
  let hash = 0x9747b28c ^ length;
  let at = 0;
  for (const end = length - 3; at < end; at += 4) {
    let word =
      (data[at] as number) |
      ((data[at + 1] as number) << 8) |
      ((data[at + 2] as number) << 16) |
      ((data[at + 3] as number) << 24);
    word = Math.imul(word, M);
    word = Math.imul(word ^ (word >>> 24), M);
    hash = Math.imul(hash, M) ^ word;
  }
  const rest = length - at;
  if (rest === 3) hash ^= (data[at + 2] as number) << 16;
  if (rest >= 2) hash ^= (data[at + 1] as number) << 8;
  if (rest >= 1) hash = Math.imul(hash ^ (data[at] as number), M);
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return hash ^ (hash >>> 15);
}

/** The partition Java's default partitioner gives a record with this key. */
export function partitionFor(key: Uint8Array, partitionCount: number): number {
  return (murmur2(key) & 0x7fffffff) % partitionCount;
}
