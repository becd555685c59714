import { readLong, writeLong } from '../serdes/serdes.js';
import type { ChangelogWriter } from './ports.js';

/** How entries are called in the changelog. */
export interface TimedLayout {
  /** Bytes behind the key. */
  readonly suffixBytes: number;
  /** Whether there may be several entries of a key and time. */
  readonly isSequenced: boolean;
  /** @param sequence tells entries of one key and time apart */
  encode(key: Buffer, time: number, start: number, sequence: number): Buffer;
  decode(data: Buffer): {
    readonly key: Buffer;
    readonly time: number;
    readonly start: number;
    readonly sequence: number;
  };
}

/** Windows and join records, as Java's `WindowKeySchema`: `key | time, 8 bytes | sequence, 4 bytes`. */
export const windowLayout: TimedLayout = {
  suffixBytes: 12,
  isSequenced: true,
  encode: (key, time, _start, sequence) => {
    const data = Buffer.allocUnsafe(key.length + 12);
    key.copy(data, 0);
    writeLong(data, time, key.length);
    data.writeInt32BE(sequence, key.length + 8);
    return data;
  },
  decode: (data) => {
    const at = lengthOfKey(data, 12);
    const time = readLong(data, at);
    return { key: data.subarray(0, at), time, start: time, sequence: data.readInt32BE(at + 8) };
  },
};

/** As {@link windowLayout}, of which there is one for each key and time: the sequence is 0. */
export const slidingLayout: TimedLayout = {
  suffixBytes: 12,
  isSequenced: false,
  encode: (key, time, start) => windowLayout.encode(key, time, start, 0),
  decode: (data) => windowLayout.decode(data),
};

/** Sessions, as Java's `SessionKeySchema`: `key | end, 8 bytes | start, 8 bytes`. They are ordered by their end. */
export const sessionLayout: TimedLayout = {
  suffixBytes: 16,
  isSequenced: false,
  encode: (key, end, start) => {
    const data = Buffer.allocUnsafe(key.length + 16);
    key.copy(data, 0);
    writeLong(data, end, key.length);
    writeLong(data, start, key.length + 8);
    return data;
  },
  decode: (data) => {
    const at = lengthOfKey(data, 16);
    return {
      key: data.subarray(0, at),
      time: readLong(data, at),
      start: readLong(data, at + 8),
      sequence: 0,
    };
  },
};

/**
 * Writes a tombstone that brings stream time to who restores. It is of an entry that never was: all began before time
 * went on without records.
 */
export function noteTime(changelog: ChangelogWriter, layout: TimedLayout, time: number): void {
  changelog.write(layout.encode(Buffer.alloc(0), time, time, 0), null, time);
}

function lengthOfKey(data: Buffer, suffix: number): number {
  const at = data.length - suffix;
  if (at < 0)
    throw new RangeError(`a changelog key of ${data.length} bytes, which should be ${suffix} at least`);
  return at;
}
