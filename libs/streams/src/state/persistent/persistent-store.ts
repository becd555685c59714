import { readLong, writeLong } from '../../serdes/serdes.js';
import type { Serde } from '../../serde.js';
import type { StoreType } from '../../topology/nodes.js';
import type { OrderedBytes } from '../ordered-bytes.js';
import type { StateStore, Stored } from '../ports.js';

/** A store whose entries are in tables of bytes, written by its task's commit. */
export interface PersistentStore extends StateStore {
  readonly type: StoreType;
  /** The latest time of an entry, where that is another than stream time; else −1. */
  readonly latest: number;
  /** Forgets everything. */
  clear(): void;
}

/** What a store is opened on. */
export interface Persisted {
  /** @param suffix tells the tables of one store apart */
  table(suffix: string): OrderedBytes;
  /** As of the last commit. */
  readonly streamTime: number;
  readonly latest: number;
}

const EMPTY = Buffer.alloc(0);
/** The value of entries that are all key. */
export const NOTHING = EMPTY;

/** An entry's value on disk, as Java's `ValueAndTimestampSerializer`: `timestamp, 8 bytes | value`. */
export function encodeStored(data: Buffer, timestamp: number): Buffer {
  const encoded = Buffer.allocUnsafe(8 + data.length);
  writeLong(encoded, timestamp, 0);
  data.copy(encoded, 8);
  return encoded;
}

export function decodeStored<V>(encoded: Buffer, serde: Serde<V>, topic: string): Stored<V> {
  return { value: serde.deserialize(topic, encoded.subarray(8), []), timestamp: readLong(encoded, 0) };
}

/** Times order entries on disk, where no time lies before 0 and none beyond what a number holds exactly. */
export function longKey(time: number): Buffer {
  const data = Buffer.allocUnsafe(8);
  writeLong(data, Math.min(Math.max(0, time), Number.MAX_SAFE_INTEGER), 0);
  return data;
}

export function withTime(time: number, key: Buffer): Buffer {
  const data = Buffer.allocUnsafe(8 + key.length);
  writeLong(data, time, 0);
  key.copy(data, 8);
  return data;
}
