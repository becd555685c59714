import { Windowed } from '../record.js';
import type { Serde } from '../serde.js';
import { preparing } from './preparing.js';
import { readLong, SerdeError, writeLong } from './serdes.js';

/**
 * The key of a windowed table in a topic, as Java's `TimeWindowedSerializer` writes it:
 *
 *     key bytes | start, 8 bytes big-endian, milliseconds
 *
 * The end is not written: `sizeMs` gives it back.
 */
export function timeWindowedSerde<K>(inner: Serde<K>, sizeMs: number): Serde<Windowed<K>> {
  return {
    ...formatOf(inner, 'time-windowed'),
    ...preparing(inner, (data) => [data.subarray(0, Math.max(0, data.length - 8))]),
    serialize: (topic, value, headers) => {
      const key = inner.serialize(topic, value.key, headers);
      const data = Buffer.allocUnsafe(key.length + 8);
      key.copy(data, 0);
      writeLong(data, value.start, key.length);
      return data;
    },
    deserialize: (topic, data, headers) => {
      const at = data.length - 8;
      if (at < 0) throw new SerdeError(`a windowed key takes at least 8 bytes, these are ${data.length}`);
      const start = readLong(data, at);
      return new Windowed(inner.deserialize(topic, data.subarray(0, at), headers), start, start + sizeMs);
    },
  };
}

/**
 * The key of a session in a topic, as Java's `SessionWindowedSerializer` writes it:
 *
 *     key bytes | end, 8 bytes big-endian, milliseconds | start, 8 bytes
 */
export function sessionWindowedSerde<K>(inner: Serde<K>): Serde<Windowed<K>> {
  return {
    ...formatOf(inner, 'session-windowed'),
    ...preparing(inner, (data) => [data.subarray(0, Math.max(0, data.length - 16))]),
    serialize: (topic, value, headers) => {
      const key = inner.serialize(topic, value.key, headers);
      const data = Buffer.allocUnsafe(key.length + 16);
      key.copy(data, 0);
      writeLong(data, value.end, key.length);
      writeLong(data, value.start, key.length + 8);
      return data;
    },
    deserialize: (topic, data, headers) => {
      const at = data.length - 16;
      if (at < 0) throw new SerdeError(`a session's key takes at least 16 bytes, these are ${data.length}`);
      const key = inner.deserialize(topic, data.subarray(0, at), headers);
      return new Windowed(key, readLong(data, at + 8), readLong(data, at));
    },
  };
}

function formatOf<K>({ format }: Serde<K>, what: string): { readonly format?: string } {
  return format === undefined ? {} : { format: `${what} ${format}` };
}
