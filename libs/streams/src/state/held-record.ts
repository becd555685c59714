import type { Header } from '@mesh/kafka';
import { readLong, writeLong } from '../serdes/serdes.js';

/** A record or change that waits, with what it will need when it goes on. */
export interface HeldRecord {
  readonly timestamp: number;
  readonly offset: number;
  readonly topic: string;
  readonly partition: number;
  readonly headers: readonly Header[];
  readonly value: Buffer | null;
  readonly oldValue: Buffer | null;
  /** The value that what comes after knows: from before the first change that waits. */
  readonly priorValue: Buffer | null;
}

/** Says which of Java's layouts a suppression's changelog has: what comes without it is taken for the first. */
export const SUPPRESSED_HEADERS: readonly Header[] = [['v', Buffer.from([3])]];

const ABSENT = -1;
const SAME_AS_PRIOR = -2;

/**
 * As Java's `BufferValue`; lengths and numbers big-endian, −1 for what is absent, −2 for an old value that is the prior:
 *
 *     timestamp 8 | offset 8 | topic 4+n | partition 4 | headers 4 × (name 4+n | value 4+n)
 *       | prior 4+n | old 4+n | new 4+n | time by which it is ordered 8
 */
export function encodeHeld(held: HeldRecord, time: number): Buffer {
  const parts: Buffer[] = [];
  const long = (value: number): void => {
    const data = Buffer.allocUnsafe(8);
    writeLong(data, value, 0);
    parts.push(data);
  };
  const int = (value: number): void => {
    const data = Buffer.allocUnsafe(4);
    data.writeInt32BE(value, 0);
    parts.push(data);
  };
  const bytes = (data: Buffer | null): void => {
    int(data?.length ?? ABSENT);
    if (data !== null) parts.push(data);
  };
  long(held.timestamp);
  long(held.offset);
  bytes(Buffer.from(held.topic, 'utf8'));
  int(held.partition);
  int(held.headers.length);
  for (const [name, value] of held.headers) {
    bytes(Buffer.from(name, 'utf8'));
    bytes(value);
  }
  bytes(held.priorValue);
  const same = held.oldValue !== null && held.priorValue !== null && held.oldValue.equals(held.priorValue);
  if (same) int(SAME_AS_PRIOR);
  else bytes(held.oldValue);
  bytes(held.value);
  long(time);
  return Buffer.concat(parts);
}

/** The time by which a record that waits is ordered. */
export function timeOfHeld(data: Buffer): number {
  return readLong(data, data.length - 8);
}

/** The time of the record that waits, without reading the rest. */
export function timestampOfHeld(data: Buffer): number {
  return readLong(data, 0);
}

/** @throws RangeError where the bytes end too soon */
export function decodeHeld(data: Buffer): { readonly held: HeldRecord; readonly time: number } {
  let at = 0;
  const long = (): number => {
    at += 8;
    return readLong(data, at - 8);
  };
  const int = (): number => {
    at += 4;
    return data.readInt32BE(at - 4);
  };
  const ofLength = (length: number): Buffer | null => {
    if (length === ABSENT) return null;
    at += length;
    return Buffer.from(data.subarray(at - length, at));
  };
  const bytes = (): Buffer | null => ofLength(int());
  const text = (): string => bytes()?.toString('utf8') ?? '';
  const timestamp = long();
  const offset = long();
  const topic = text();
  const partition = int();
  const headers: Header[] = [];
  for (let left = int(); left > 0; left -= 1) headers.push([text(), bytes()]);
  const priorValue = bytes();
  const oldLength = int();
  const oldValue = oldLength === SAME_AS_PRIOR ? priorValue : ofLength(oldLength);
  const value = bytes();
  return {
    held: { timestamp, offset, topic, partition, headers, priorValue, oldValue, value },
    time: long(),
  };
}

/**
 * What a record that waits counts for in a bound of bytes, as Java's buffers count: the time it is ordered by, its key,
 * its values and the metadata of the record it came with.
 */
export function sizeOfHeld(key: Buffer, held: HeldRecord): number {
  const { priorValue, oldValue, value, topic, headers } = held;
  const same = priorValue !== null && oldValue !== null && priorValue.equals(oldValue);
  let size = 8 + key.length + 8 + 8 + topic.length + 4;
  size += priorValue?.length ?? 0;
  if (!same) size += oldValue?.length ?? 0;
  size += value?.length ?? 0;
  for (const [name, data] of headers) size += name.length + (data?.length ?? 0);
  return size;
}
