import type { Serde } from '../serde.js';
import { preparing } from './preparing.js';
import { bigintSerde, doubleSerde, integerSerde, longSerde, SerdeError, uuidSerde } from './serdes.js';

/** What the first byte says the entries are. */
const CONSTANT_SIZE = 0;
const VARIABLE_SIZE = 1;
/** In the place of an entry's size, for `null`. */
const NULL_ENTRY = -1;

/** The serdes whose entries Java writes without their sizes. Bytes. */
const FIXED_SIZES: ReadonlyMap<unknown, number> = new Map<unknown, number>([
  [integerSerde, 4],
  [longSerde, 8],
  [bigintSerde, 8],
  [doubleSerde, 8],
  [uuidSerde, 36],
]);

/**
 * A list, as Java's `ListSerializer` writes it; all numbers 4 bytes, big-endian. For entries of integers, longs, doubles and
 * UUIDs:
 *
 *     0 | number of nulls | index of each | length of the list | the entries that are not null
 *
 * and for all others, where the size of a null is −1:
 *
 *     1 | length of the list | size and bytes of each entry
 *
 * For a list with nulls, give the inner serde as `nullable(serde)`.
 */
export function listSerde<T>(inner: Serde<T>): Serde<T[]> {
  const fixedSize = FIXED_SIZES.get(inner);
  return {
    ...(inner.format === undefined ? {} : { format: `list ${inner.format}` }),
    ...preparing(inner, (data) => entriesOf(data, fixedSize).filter((entry) => entry !== null)),
    serialize: (topic, list, headers) => {
      const entries = list.map((value) =>
        value === null || value === undefined ? null : inner.serialize(topic, value, headers),
      );
      return fixedSize === undefined ? encodeVariable(entries) : encodeConstant(entries);
    },
    deserialize: (topic, data, headers) =>
      entriesOf(data, fixedSize).map((entry) =>
        entry === null ? (null as T) : inner.deserialize(topic, entry, headers),
      ),
  };
}

function int(value: number): Buffer {
  const data = Buffer.allocUnsafe(4);
  data.writeInt32BE(value, 0);
  return data;
}

function encodeConstant(entries: readonly (Buffer | null)[]): Buffer {
  const nulls = entries.flatMap((entry, index) => (entry === null ? [int(index)] : []));
  const present = entries.filter((entry) => entry !== null);
  return Buffer.concat([
    Buffer.of(CONSTANT_SIZE),
    int(nulls.length),
    ...nulls,
    int(entries.length),
    ...present,
  ]);
}

function encodeVariable(entries: readonly (Buffer | null)[]): Buffer {
  const parts = entries.flatMap((entry) => (entry === null ? [int(NULL_ENTRY)] : [int(entry.length), entry]));
  return Buffer.concat([Buffer.of(VARIABLE_SIZE), int(entries.length), ...parts]);
}

/** @throws SerdeError where the bytes are no list; before anything is made of a length that they cannot hold */
function entriesOf(data: Buffer, fixedSize: number | undefined): readonly (Buffer | null)[] {
  const reader = new Reader(data);
  const strategy = reader.byte();
  if (strategy === VARIABLE_SIZE) {
    const length = reader.count(4);
    return Array.from({ length }, () => {
      const size = reader.int();
      return size === NULL_ENTRY ? null : reader.bytes(size);
    });
  }
  if (strategy !== CONSTANT_SIZE)
    throw new SerdeError(`a list begins with a byte of 0 or 1, this with ${strategy}`);
  if (fixedSize === undefined)
    throw new SerdeError('a list of entries of one size, which its serde does not tell');
  const nulls = new Set(Array.from({ length: reader.count(4) }, () => reader.int()));
  const length = reader.int();
  if (length < nulls.size || (length - nulls.size) * fixedSize > reader.left) {
    throw new SerdeError(`a list of ${length} entries in ${reader.left} bytes`);
  }
  return Array.from({ length }, (_, index) => (nulls.has(index) ? null : reader.bytes(fixedSize)));
}

class Reader {
  readonly #data: Buffer;
  #at = 0;

  constructor(data: Buffer) {
    this.#data = data;
  }

  get left(): number {
    return this.#data.length - this.#at;
  }

  byte(): number {
    return this.bytes(1)[0] ?? 0;
  }

  int(): number {
    return this.bytes(4).readInt32BE(0);
  }

  /** A number of things of a least size each, that the rest can hold. */
  count(leastSize: number): number {
    const count = this.int();
    if (count < 0 || count * leastSize > this.left)
      throw new SerdeError(`a list says it has ${count} entries, in ${this.left} bytes`);
    return count;
  }

  bytes(length: number): Buffer {
    if (length < 0 || length > this.left)
      throw new SerdeError(`a list ends in the middle: ${length} bytes wanted, ${this.left} left`);
    this.#at += length;
    return this.#data.subarray(this.#at - length, this.#at);
  }
}
