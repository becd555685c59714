/** The bytes are not what the protocol says: the answer was cut or is of another version. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

/** Reads the primitives of Kafka's protocol; the counterpart of `Writer`. Buffers it returns are views. */
export class Reader {
  private readonly buffer: Buffer;
  private position: number;

  constructor(buffer: Buffer, position = 0) {
    this.buffer = buffer;
    this.position = position;
  }

  get remaining(): number {
    return this.buffer.length - this.position;
  }

  int8(): number {
    this.need(1);
    return this.buffer.readInt8(this.position++);
  }

  boolean(): boolean {
    return this.int8() !== 0;
  }

  int16(): number {
    this.need(2);
    this.position += 2;
    return this.buffer.readInt16BE(this.position - 2);
  }

  int32(): number {
    this.need(4);
    this.position += 4;
    return this.buffer.readInt32BE(this.position - 4);
  }

  int64(): number {
    this.need(8);
    this.position += 8;
    return readInt64(this.buffer, this.position - 8);
  }

  bigInt64(): bigint {
    this.need(8);
    this.position += 8;
    return this.buffer.readBigInt64BE(this.position - 8);
  }

  string(): string {
    return this.nullableString() ?? '';
  }

  nullableString(): string | null {
    const size = this.int16();
    return size < 0 ? null : this.text(size);
  }

  nullableBytes(): Buffer | null {
    const size = this.int32();
    return size < 0 ? null : this.raw(size);
  }

  raw(size: number): Buffer {
    this.need(size);
    this.position += size;
    return this.buffer.subarray(this.position - size, this.position);
  }

  array<T>(read: () => T): T[] {
    return this.items(this.int32(), read);
  }

  unsignedVarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      this.need(1);
      const byte = this.buffer[this.position++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new WireError(`a varint at byte ${this.position} is longer than 5 bytes`);
  }

  compactString(): string {
    return this.compactNullableString() ?? '';
  }

  compactNullableString(): string | null {
    const size = this.unsignedVarint() - 1;
    return size < 0 ? null : this.text(size);
  }

  compactArray<T>(read: () => T): T[] {
    return this.items(this.unsignedVarint() - 1, read);
  }

  /** Skips tagged fields: we know of none that we need. */
  tags(): void {
    for (let count = this.unsignedVarint(); count > 0; count--) {
      this.unsignedVarint();
      this.raw(this.unsignedVarint());
    }
  }

  private items<T>(count: number, read: () => T): T[] {
    // Every item takes a byte or more: a larger count is a broken answer, and must not become a huge allocation.
    if (count > this.remaining) throw new WireError(`an array of ${count} items in ${this.remaining} bytes`);
    const result: T[] = [];
    for (let index = 0; index < count; index++) result.push(read());
    return result;
  }

  private text(size: number): string {
    this.need(size);
    this.position += size;
    return this.buffer.toString('utf8', this.position - size, this.position);
  }

  private need(size: number): void {
    if (size > this.remaining) {
      throw new WireError(`${size} bytes are needed at byte ${this.position}, ${this.remaining} are left`);
    }
  }
}

/** Exact up to 2^53 − 1. */
export function readInt64(buffer: Buffer, position: number): number {
  return buffer.readInt32BE(position) * 0x1_0000_0000 + buffer.readUInt32BE(position + 4);
}
