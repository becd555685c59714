/** Zig-zag varints of records: small numbers of either sign take few bytes (protobuf's `sint32` and `sint64`). */

export function varintSize(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  if (zigzag < 0x80) return 1;
  if (zigzag < 0x4000) return 2;
  if (zigzag < 0x20_0000) return 3;
  return zigzag < 0x1000_0000 ? 4 : 5;
}

/** @returns the next position */
export function writeVarint(buffer: Buffer, value: number, position: number): number {
  let at = position;
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  while (rest > 0x7f) {
    buffer[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  buffer[at++] = rest;
  return at;
}

const INT32_MIN = -0x8000_0000;
const INT32_MAX = 0x7fff_ffff;

/** For safe integers. */
export function varlongSize(value: number): number {
  if (value >= INT32_MIN && value <= INT32_MAX) return varintSize(value);
  let size = 0;
  for (let rest = zigzag64(value); rest > 0n; rest >>= 7n) size++;
  return size;
}

/** @returns the next position */
export function writeVarlong(buffer: Buffer, value: number, position: number): number {
  if (value >= INT32_MIN && value <= INT32_MAX) return writeVarint(buffer, value, position);
  let at = position;
  let rest = zigzag64(value);
  while (rest > 0x7fn) {
    buffer[at++] = Number(rest & 0x7fn) | 0x80;
    rest >>= 7n;
  }
  buffer[at++] = Number(rest);
  return at;
}

function zigzag64(value: number): bigint {
  const long = BigInt(value);
  return BigInt.asUintN(64, (long << 1n) ^ (long >> 63n));
}

/** Reads varints one after the other; a class with one field is what the engine makes fastest. */
export class VarintCursor {
  readonly buffer: Buffer;
  position: number;

  constructor(buffer: Buffer, position: number) {
    this.buffer = buffer;
    this.position = position;
  }

  /** Also reads varlongs whose value is a safe integer. @throws RangeError past the end of the buffer */
  next(): number {
    const { buffer } = this;
    const first = buffer[this.position++];
    if (first === undefined) throw new RangeError('a varint past the end');
    if (first < 0x80) return (first >>> 1) ^ -(first & 1);
    const second = buffer[this.position++];
    if (second === undefined) throw new RangeError('a varint past the end');
    if (second < 0x80) {
      const zigzag = (first & 0x7f) | (second << 7);
      return (zigzag >>> 1) ^ -(zigzag & 1);
    }
    return this.long((first & 0x7f) | ((second & 0x7f) << 7));
  }

  private long(low: number): number {
    let value = low;
    let scale = 0x4000;
    for (let count = 2; count < 10; count++) {
      const byte = this.buffer[this.position++];
      if (byte === undefined) throw new RangeError('a varint past the end');
      // Plain arithmetic up to 2^53; only values above it, which no offset or timestamp has, need more.
      if (count > 6 && (byte & 0x7f) > 0) return this.huge(count);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      scale *= 0x80;
    }
    throw new RangeError('a varint longer than 10 bytes');
  }

  /** Reads the whole number again, as a BigInt. */
  private huge(count: number): number {
    let at = this.position - 1 - count;
    let zigzag = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.buffer[at++];
      if (byte === undefined) throw new RangeError('a varint past the end');
      zigzag |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.position = at;
        return Number(BigInt.asIntN(64, (zigzag >> 1n) ^ -(zigzag & 1n)));
      }
    }
    throw new RangeError('a varint longer than 10 bytes');
  }
}
