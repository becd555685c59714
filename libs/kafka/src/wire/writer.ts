/**
 * Writes the primitives of Kafka's protocol (https://kafka.apache.org/protocol#protocol_types), big-endian, into a
 * buffer that grows. `compact…` and {@link Writer.tags} are those of flexible versions (KIP-482).
 */
export class Writer {
  private buffer: Buffer;
  private position = 0;

  constructor(size = 1024) {
    this.buffer = Buffer.allocUnsafe(size);
  }

  get length(): number {
    return this.position;
  }

  /** What was written; a view, valid until the next write. */
  bytes(): Buffer {
    return this.buffer.subarray(0, this.position);
  }

  /** Makes room for `size` more bytes and returns where they go: for encoders that write into the buffer themselves. */
  reserve(size: number): { buffer: Buffer; position: number } {
    this.ensure(size);
    const position = this.position;
    this.position += size;
    return { buffer: this.buffer, position };
  }

  int8(value: number): this {
    this.ensure(1);
    this.buffer.writeInt8(value, this.position);
    this.position += 1;
    return this;
  }

  boolean(value: boolean): this {
    return this.int8(value ? 1 : 0);
  }

  int16(value: number): this {
    this.ensure(2);
    this.position = this.buffer.writeInt16BE(value, this.position);
    return this;
  }

  int32(value: number): this {
    this.ensure(4);
    this.position = this.buffer.writeInt32BE(value, this.position);
    return this;
  }

  uint32(value: number): this {
    this.ensure(4);
    this.position = this.buffer.writeUInt32BE(value, this.position);
    return this;
  }

  int64(value: number): this {
    this.ensure(8);
    this.position = writeInt64(this.buffer, value, this.position);
    return this;
  }

  bigInt64(value: bigint): this {
    this.ensure(8);
    this.position = this.buffer.writeBigInt64BE(value, this.position);
    return this;
  }

  string(value: string | null): this {
    if (value === null) return this.int16(-1);
    const size = Buffer.byteLength(value);
    this.int16(size).ensure(size);
    this.position += this.buffer.write(value, this.position);
    return this;
  }

  bytesField(value: Buffer | null): this {
    if (value === null) return this.int32(-1);
    return this.int32(value.length).raw(value);
  }

  raw(value: Buffer): this {
    this.ensure(value.length);
    value.copy(this.buffer, this.position);
    this.position += value.length;
    return this;
  }

  array<T>(items: readonly T[] | null, write: (item: T) => void): this {
    if (items === null) return this.int32(-1);
    this.int32(items.length);
    for (const item of items) write(item);
    return this;
  }

  unsignedVarint(value: number): this {
    this.ensure(5);
    let rest = value;
    while (rest > 0x7f) {
      this.buffer[this.position++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.buffer[this.position++] = rest;
    return this;
  }

  compactString(value: string | null): this {
    if (value === null) return this.unsignedVarint(0);
    const size = Buffer.byteLength(value);
    this.unsignedVarint(size + 1).ensure(size);
    this.position += this.buffer.write(value, this.position);
    return this;
  }

  compactArray<T>(items: readonly T[] | null, write: (item: T) => void): this {
    if (items === null) return this.unsignedVarint(0);
    this.unsignedVarint(items.length + 1);
    for (const item of items) write(item);
    return this;
  }

  /** No tagged fields. */
  tags(): this {
    return this.unsignedVarint(0);
  }

  private ensure(size: number): void {
    const needed = this.position + size;
    if (needed <= this.buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(grown, 0, 0, this.position);
    this.buffer = grown;
  }
}

/** Two 32-bit writes: several times as fast as a BigInt, and exact for safe integers. @returns the next position */
export function writeInt64(buffer: Buffer, value: number, position: number): number {
  const high = Math.floor(value / 0x1_0000_0000);
  buffer.writeInt32BE(high, position);
  return buffer.writeUInt32BE(value - high * 0x1_0000_0000, position + 4);
}
