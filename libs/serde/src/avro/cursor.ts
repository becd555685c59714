import { isUtf8 } from 'node:buffer';
import { SerdeError } from '../errors.js';
import type { SerdeErrorCode } from '../errors.js';

/** A place in an Avro body, and what has been met on the way there. One is used for all bodies in turn. */
export class Cursor {
  buffer: Buffer = Buffer.alloc(0);
  /** Where the body begins in {@link buffer}, for positions in messages. */
  start = 0;
  position = 0;
  end = 0;
  /** Records entered and not left. */
  depth = 0;
  /** Array items and map entries so far. */
  items = 0;

  reset(buffer: Buffer, start: number, end: number): void {
    this.buffer = buffer;
    this.start = start;
    this.position = start;
    this.end = end;
    this.depth = 0;
    this.items = 0;
  }

  fail(code: SerdeErrorCode, field: string, what: string, position = this.position): never {
    throw new SerdeError(code, what, { field, position: position - this.start });
  }

  /** Goes on by `length` bytes. */
  skip(length: number, field: string): void {
    if (length > this.end - this.position) {
      this.fail('TRUNCATED', field, `the body ends ${length - (this.end - this.position)} bytes too early`);
    }
    this.position += length;
  }

  /**
   * Reads an int or long: 7 bits a byte, the lowest first, zig-zag. Exact within ±2^52; beyond, only its sign and
   * that it is large can be relied on, which is enough for lengths, counts and indices.
   */
  long(field: string): number {
    const { buffer } = this;
    let { position } = this;
    const available = this.end - position;
    let low = 0;
    let shift = 0;
    let byte: number;
    do {
      if (position >= this.end) this.#truncatedNumber(field, available);
      byte = buffer[position++] as number;
      low |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte >= 0x80 && shift < 28);
    if (byte < 0x80) {
      this.position = position;
      return (low >>> 1) ^ -(low & 1);
    }
    let high = 0;
    let factor = 1;
    do {
      if (position >= this.end) this.#truncatedNumber(field, available);
      byte = buffer[position++] as number;
      high += (byte & 0x7f) * factor;
      factor *= 128;
      shift += 7;
      // The tenth byte has room for one bit of the 64.
      if (shift === 70 && byte > 1) this.fail('INVALID_NUMBER', field, 'an integer has more than 64 bits');
    } while (byte >= 0x80);
    this.position = position;
    this.high = high;
    this.low = low;
    const unsigned = high * 0x10000000 + low;
    return low & 1 ? -(unsigned + 1) / 2 : unsigned / 2;
  }

  /** The bits above the lowest 28 of the long last read, and those 28; set only where it took five bytes or more. */
  high = 0;
  low = 0;

  #truncatedNumber(field: string, available: number): never {
    this.fail(
      'TRUNCATED',
      field,
      `the body ends within an integer, after ${available} of its bytes`,
      this.end,
    );
  }

  /** Reads a length, and checks that so many bytes are there. */
  length(field: string): number {
    const at = this.position;
    const length = this.long(field);
    if (length < 0) this.fail('INVALID_LENGTH', field, `a length is negative: ${length}`, at);
    if (length > this.end - this.position) {
      this.fail(
        'TRUNCATED',
        field,
        `a length of ${length} with only ${this.end - this.position} bytes left`,
        at,
      );
    }
    return length;
  }

  /** Checks and passes the next `length` bytes of text. */
  utf8(length: number, field: string): void {
    const { buffer } = this;
    const from = this.position;
    const to = from + length;
    this.position = to;
    // A short loop beats the call; most ids and names are short and ASCII.
    if (length <= 48) {
      let at = from;
      while (at < to && (buffer[at] as number) < 0x80) at++;
      if (at === to) return;
    }
    if (!isUtf8(buffer.subarray(from, to)))
      this.fail('INVALID_UTF8', field, 'a string is no valid UTF-8', from);
  }
}
