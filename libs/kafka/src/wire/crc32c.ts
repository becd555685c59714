/**
 * CRC-32C (Castagnoli), reflected polynomial 0x82F63B78: the checksum of a record batch. `node:zlib` has CRC-32 only.
 * Eight tables let the loop take eight bytes a turn ("slicing-by-8", Kounavis & Berry 2005).
 */
const tables = ((): readonly Int32Array[] => {
  const all = Array.from({ length: 8 }, () => new Int32Array(256));
  const first = all[0] as Int32Array;
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    first[byte] = crc;
  }
  for (let byte = 0; byte < 256; byte++) {
    let crc = first[byte] as number;
    for (let table = 1; table < 8; table++) {
      crc = (first[crc & 0xff] as number) ^ (crc >>> 8);
      (all[table] as Int32Array)[byte] = crc;
    }
  }
  return all;
})();

const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];

/** @returns the checksum of `buffer[start, end)` as an unsigned 32-bit number */
export function crc32c(buffer: Uint8Array, start = 0, end = buffer.length): number {
  let crc = -1;
  let at = start;
  for (const stop = end - 7; at < stop; at += 8) {
    crc ^=
      (buffer[at] as number) |
      ((buffer[at + 1] as number) << 8) |
      ((buffer[at + 2] as number) << 16) |
      ((buffer[at + 3] as number) << 24);
    crc =
      (t7[crc & 0xff] as number) ^
      (t6[(crc >>> 8) & 0xff] as number) ^
      (t5[(crc >>> 16) & 0xff] as number) ^
      (t4[crc >>> 24] as number) ^
      (t3[buffer[at + 4] as number] as number) ^
      (t2[buffer[at + 5] as number] as number) ^
      (t1[buffer[at + 6] as number] as number) ^
      (t0[buffer[at + 7] as number] as number);
  }
  for (; at < end; at++) crc = (t0[(crc ^ (buffer[at] as number)) & 0xff] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}
