import type { Serde } from '../serde.js';
import { shortAscii } from './short-text.js';

/** A serde refused these bytes, or this value. */
export class SerdeError extends Error {
  override readonly name = 'SerdeError';
}

function requireLength(what: string, data: Buffer, bytes: number): void {
  if (data.length !== bytes) throw new SerdeError(`${what} takes ${bytes} bytes, these are ${data.length}`);
}

/** UTF-8, as Java's `StringSerializer`; bytes that are no UTF-8 become U+FFFD. */
export const stringSerde: Serde<string> = {
  format: 'string',
  serialize: (_topic, value) => Buffer.from(value, 'utf8'),
  deserialize: (_topic, data) => shortAscii(data) ?? data.toString(),
};

/** The bytes themselves. */
export const bytesSerde: Serde<Buffer> = {
  format: 'bytes',
  serialize: (_topic, value) => value,
  deserialize: (_topic, data) => data,
};

/** 4 bytes, big-endian two's complement, as Java's `IntegerSerializer`. */
export const integerSerde: Serde<number> = {
  format: 'integer',
  serialize: (_topic, value) => {
    if ((value | 0) !== value) throw new SerdeError(`${value} is no 32-bit integer`);
    const data = Buffer.allocUnsafe(4);
    data.writeInt32BE(value, 0);
    return data;
  },
  deserialize: (_topic, data) => {
    requireLength('an integer', data, 4);
    return data.readInt32BE(0);
  },
};

/**
 * 8 bytes, big-endian two's complement, as Java's `LongSerializer`, for the integers a `number` holds exactly.
 * Others are refused: see {@link bigintSerde}.
 */
export const longSerde: Serde<number> = {
  format: 'long',
  serialize: (_topic, value) => {
    if (!Number.isSafeInteger(value)) throw new SerdeError(`${value} is no integer within ±(2^53 − 1)`);
    const data = Buffer.allocUnsafe(8);
    writeLong(data, value, 0);
    return data;
  },
  deserialize: (_topic, data) => {
    requireLength('a long', data, 8);
    const value = readLong(data, 0);
    if (!Number.isSafeInteger(value))
      throw new SerdeError(`a long beyond ±(2^53 − 1): read it with bigintSerde`);
    return value;
  },
};

/** 8 bytes, big-endian two's complement: every Java `long`. */
export const bigintSerde: Serde<bigint> = {
  format: 'long',
  serialize: (_topic, value) => {
    const data = Buffer.allocUnsafe(8);
    data.writeBigInt64BE(value, 0);
    return data;
  },
  deserialize: (_topic, data) => {
    requireLength('a long', data, 8);
    return data.readBigInt64BE(0);
  },
};

/** 8 bytes, IEEE 754 big-endian, as Java's `DoubleSerializer`. */
export const doubleSerde: Serde<number> = {
  format: 'double',
  serialize: (_topic, value) => {
    const data = Buffer.allocUnsafe(8);
    data.writeDoubleBE(value, 0);
    return data;
  },
  deserialize: (_topic, data) => {
    requireLength('a double', data, 8);
    return data.readDoubleBE(0);
  },
};

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A UUID in its text form, 36 bytes of ASCII, as Java's `UUIDSerializer`. Upper case is written in lower. */
export const uuidSerde: Serde<string> = {
  format: 'uuid',
  serialize: (_topic, value) => Buffer.from(uuidOf(value), 'latin1'),
  deserialize: (_topic, data) => uuidOf(data.toString('latin1')),
};

function uuidOf(text: string): string {
  const lower = text.toLowerCase();
  if (!UUID.test(lower)) throw new SerdeError(`${JSON.stringify(text.slice(0, 50))} is no UUID`);
  return lower;
}

/** JSON in UTF-8. The type is the caller's word: nothing checks that the text is a `T`. */
export function jsonSerde<T>(): Serde<T> {
  return {
    format: 'json',
    serialize: (_topic, value) => {
      // undefined, functions and symbols have no JSON; the type of stringify does not say so.
      const text = JSON.stringify(value) as string | undefined;
      if (text === undefined) throw new SerdeError(`a ${typeof value} has no JSON form`);
      return Buffer.from(text, 'utf8');
    },
    deserialize: (_topic, data) => JSON.parse(data.toString('utf8')) as T,
  };
}

/** Says only what its bytes would be: for a topology that is described and never run. */
export function formatOnlySerde<T>(format: string): Serde<T> {
  const refuse = (): never => {
    throw new SerdeError(`a serde that only says its format, ${format}, reads and writes nothing`);
  };
  return { format, serialize: refuse, deserialize: refuse };
}

/**
 * The same bytes, for a topic that holds nulls: `null` keys and values never reach a serde and stay `null`, and with
 * this one the types say so.
 */
export function nullable<T>(serde: Serde<T>): Serde<T | null> {
  return serde;
}

/** Twice as fast as through a BigInt; the value must be a safe integer. */
export function writeLong(data: Buffer, value: number, at: number): void {
  const high = Math.floor(value / 0x1_0000_0000);
  data.writeInt32BE(high, at);
  data.writeUInt32BE(value - high * 0x1_0000_0000, at + 4);
}

/** Rounded beyond ±(2^53 − 1). */
export function readLong(data: Buffer, at: number): number {
  return data.readInt32BE(at) * 0x1_0000_0000 + data.readUInt32BE(at + 4);
}
