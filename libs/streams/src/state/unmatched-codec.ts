import { writeLong } from '../serdes/serdes.js';
import type { Serde } from '../serde.js';

/*
 * Records of a stream-stream join that wait for a match, as Java has them: the key
 * (`TimestampedKeyAndJoinSideSerializer`) and the list of values (`ListSerializer` of `LeftOrRightValueSerializer`):
 *
 *     timestamp, 8 bytes | 1 for left, 0 for right | key
 *     1 | number of values, 4 bytes | for each: length, 4 bytes | 1 for left, 0 for right | value
 */

export function unmatchedKey(key: Buffer, timestamp: number, isLeft: boolean): Buffer {
  const data = Buffer.allocUnsafe(9 + key.length);
  writeLong(data, timestamp, 0);
  data[8] = isLeft ? 1 : 0;
  key.copy(data, 9);
  return data;
}

export class UnmatchedCodec {
  readonly #left: Serde<unknown>;
  readonly #right: Serde<unknown>;
  readonly #topic: string;

  /** @param topic what the serdes are told */
  constructor(left: Serde<unknown>, right: Serde<unknown>, topic: string) {
    this.#left = left;
    this.#right = right;
    this.#topic = topic;
  }

  encode(isLeft: boolean, values: readonly unknown[]): Buffer {
    const serde = isLeft ? this.#left : this.#right;
    const head = Buffer.allocUnsafe(5);
    head[0] = 1;
    head.writeInt32BE(values.length, 1);
    const parts = values.flatMap((value) => {
      const data = serde.serialize(this.#topic, value, []);
      const before = Buffer.allocUnsafe(5);
      before.writeInt32BE(data.length + 1, 0);
      before[4] = isLeft ? 1 : 0;
      return [before, data];
    });
    return Buffer.concat([head, ...parts]);
  }

  decode(data: Buffer): unknown[] {
    return unmatchedValues(data).map(({ isLeft, data: value }) =>
      (isLeft ? this.#left : this.#right).deserialize(this.#topic, value, []),
    );
  }
}

/** The values of a changelog record, still as bytes. */
export function unmatchedValues(data: Buffer): { readonly isLeft: boolean; readonly data: Buffer }[] {
  const values: { isLeft: boolean; data: Buffer }[] = [];
  let at = 5;
  for (let left = data.readInt32BE(1); left > 0; left -= 1) {
    const end = at + 4 + data.readInt32BE(at);
    values.push({ isLeft: data[at + 4] === 1, data: data.subarray(at + 5, end) });
    at = end;
  }
  return values;
}
