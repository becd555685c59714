import type { Serde } from '../serde.js';
import { preparing } from './preparing.js';
import { SerdeError } from './serdes.js';

/** What the right side of a foreign-key join is to do with a subscription. The numbers are on the wire. */
export const Instruction = {
  /** Forget it, answer nothing. */
  DELETE: 0,
  /** Forget it and answer that there is nothing. */
  DELETE_AND_ANSWER: 1,
  /** Keep it and answer, with nothing where there is no right value. */
  ANSWER_ALWAYS: 2,
  /** Keep it and answer if there is a right value. */
  ANSWER_IF_PRESENT: 3,
} as const;

export type Instruction = (typeof Instruction)[keyof typeof Instruction];

/** From the left side of a foreign-key join: that a row waits for the values of a right key. */
export interface Subscription {
  /** Of the row's value, or `null` for a row that was deleted: answers to another value are stale. */
  readonly hash: Buffer | null;
  readonly instruction: Instruction;
  readonly primaryKey: Buffer;
  /** Where the row is, so that the answer goes there however its topic is partitioned; absent in version 0. */
  readonly partition: number | undefined;
}

/** The answer, with the hash of the row that it is for. */
export interface SubscriptionResponse {
  readonly hash: Buffer | null;
  readonly value: unknown;
  /** Where it goes. Not written. */
  readonly partition: number | undefined;
}

const VERSION = 1;
const NO_HASH = 0x80;
const HASH_BYTES = 16;

/**
 * As Java's `SubscriptionWrapperSerde`, version 1; version 0, which ends before the partition, is read too:
 *
 *     1 bit: no hash | 7 bits: version | 1 byte: instruction | 16 bytes: hash, if any | primary key | 4 bytes: partition
 */
export const subscriptionSerde: Serde<Subscription> = {
  serialize: (_topic, { hash, instruction, primaryKey, partition }) => {
    const at = 2 + (hash?.length ?? 0);
    const data = Buffer.allocUnsafe(at + primaryKey.length + (partition === undefined ? 0 : 4));
    data[0] = (partition === undefined ? 0 : VERSION) | (hash === null ? NO_HASH : 0);
    data[1] = instruction;
    hash?.copy(data, 2);
    primaryKey.copy(data, at);
    if (partition !== undefined) data.writeInt32BE(partition, at + primaryKey.length);
    return data;
  },
  deserialize: (_topic, data) => {
    const { version, hash, end } = readHead(data, 1);
    const instruction = data[1];
    if (!isInstruction(instruction)) {
      throw new SerdeError(`a subscription's instruction is a number from 0 to 3, not ${instruction}`);
    }
    const partitionAt = version === 0 ? data.length : data.length - 4;
    if (partitionAt < end) throw new SerdeError(`a subscription of ${data.length} bytes is cut off`);
    return {
      hash,
      instruction,
      primaryKey: copy(data, end, partitionAt),
      partition: version === 0 ? undefined : data.readInt32BE(partitionAt),
    };
  },
};

/**
 * As Java's `SubscriptionResponseWrapperSerde`; an answer without a value ends with the hash:
 *
 *     1 bit: no hash | 7 bits: version | 16 bytes: hash, if any | value
 */
export function subscriptionResponseSerde(inner: Serde<unknown>): Serde<SubscriptionResponse> {
  return {
    ...preparing(inner, (data) => {
      const { end } = readHead(data, 0);
      return end < data.length ? [data.subarray(end)] : [];
    }),
    serialize: (topic, { hash, value }, headers) => {
      const body = value === null ? undefined : inner.serialize(topic, value, headers);
      const at = 1 + (hash?.length ?? 0);
      const data = Buffer.allocUnsafe(at + (body?.length ?? 0));
      data[0] = hash === null ? NO_HASH : 0;
      hash?.copy(data, 1);
      body?.copy(data, at);
      return data;
    },
    deserialize: (topic, data, headers) => {
      const { version, hash, end } = readHead(data, 0);
      if (version !== 0) throw new SerdeError(`a response of version ${version}, of which only 0 is known`);
      const value = end < data.length ? inner.deserialize(topic, data.subarray(end), headers) : null;
      return { hash, value, partition: undefined };
    },
  };
}

/** The key of a subscription in its store: `length of the foreign key, 4 bytes big-endian | foreign key | primary key`. */
export function subscriptionKey(foreignKey: Buffer, primaryKey: Buffer): Buffer {
  const data = Buffer.allocUnsafe(4 + foreignKey.length + primaryKey.length);
  data.writeInt32BE(foreignKey.length, 0);
  foreignKey.copy(data, 4);
  primaryKey.copy(data, 4 + foreignKey.length);
  return data;
}

const NO_PRIMARY_KEY = Buffer.alloc(0);

/** What the keys of all subscriptions of a foreign key begin with. */
export function subscriptionPrefix(foreignKey: Buffer): Buffer {
  return subscriptionKey(foreignKey, NO_PRIMARY_KEY);
}

/** @param between bytes between the first and the hash */
function readHead(
  data: Buffer,
  between: number,
): { readonly version: number; readonly hash: Buffer | null; readonly end: number } {
  const first = data[0] ?? 0;
  const version = first & ~NO_HASH;
  const at = 1 + between;
  const end = (first & NO_HASH) === 0 ? at + HASH_BYTES : at;
  if (version > VERSION) throw new SerdeError(`version ${version}, of which 0 and ${VERSION} are known`);
  if (data.length < end) throw new SerdeError(`${data.length} bytes, which should be ${end} at least`);
  return { version, hash: end > at ? copy(data, at, end) : null, end };
}

/** Their own bytes: a store keeps them, and a slice would keep the whole fetched batch in memory. */
function copy(data: Buffer, from: number, to: number): Buffer {
  return Buffer.from(data.subarray(from, to));
}

function isInstruction(value: number | undefined): value is Instruction {
  return value !== undefined && value <= Instruction.ANSWER_IF_PRESENT;
}
