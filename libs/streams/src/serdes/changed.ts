import type { Header } from '@mesh/kafka';
import type { Serde } from '../serde.js';
import { preparing } from './preparing.js';
import { SerdeError } from './serdes.js';
import { readVarint, varintLength, writeVarint } from './varint.js';

/** A change of a key's value, on its way through a topic to where the key's group is. `null` is no value. */
export class Change {
  readonly newValue: unknown;
  readonly oldValue: unknown;

  constructor(newValue: unknown, oldValue: unknown) {
    this.newValue = newValue;
    this.oldValue = oldValue;
  }
}

/** What the last byte says the bytes before it are. */
const OLD = 0;
const NEW = 1;
const BOTH = 2;
/** From here on the same three, with a byte before the last that says whether the change is the key's latest. */
const WITH_LATEST = 3;

/**
 * The change of a re-grouped table in its repartition topic, as Java's `ChangedSerializer` writes it:
 *
 *     old value | 0
 *     new value | 1
 *     length of the new value, zigzag varint | new value | old value | 2
 */
export function changedSerde(inner: Serde<unknown>): Serde<Change> {
  return {
    ...preparing(inner, (data) => partsOf(data).filter((part) => part !== null)),
    serialize: (topic, change, headers) => {
      const encode = (value: unknown): Buffer | undefined =>
        value === null ? undefined : inner.serialize(topic, value, headers);
      const before = encode(change.oldValue);
      const after = encode(change.newValue);
      if (after !== undefined && before !== undefined) {
        const head = varintLength(after.length);
        const data = Buffer.allocUnsafe(head + after.length + before.length + 1);
        writeVarint(data, after.length, 0);
        after.copy(data, head);
        before.copy(data, head + after.length);
        data[data.length - 1] = BOTH;
        return data;
      }
      const only = after ?? before;
      if (only === undefined)
        throw new SerdeError('a change has an old value or a new one, this has neither');
      const data = Buffer.allocUnsafe(only.length + 1);
      only.copy(data, 0);
      data[only.length] = after === undefined ? OLD : NEW;
      return data;
    },
    deserialize: (topic, data, headers) => decodeChange(inner, topic, data, headers),
  };
}

function decodeChange(
  inner: Serde<unknown>,
  topic: string,
  data: Buffer,
  headers: readonly Header[],
): Change {
  const decode = (part: Buffer | null): unknown =>
    part === null ? null : inner.deserialize(topic, part, headers);
  const [newValue, oldValue] = partsOf(data);
  return new Change(decode(newValue), decode(oldValue));
}

function partsOf(data: Buffer): readonly [newValue: Buffer | null, oldValue: Buffer | null] {
  const flag = data[data.length - 1] ?? -1;
  const body = data.subarray(0, data.length - (flag >= WITH_LATEST ? 2 : 1));
  switch (flag % WITH_LATEST) {
    case OLD:
      return [null, body];
    case NEW:
      return [body, null];
    case BOTH: {
      const { value: length, end } = readVarint(body, 0);
      return [body.subarray(end, end + length), body.subarray(end + length)];
    }
    default:
      throw new SerdeError(`a change ends with a byte from 0 to 5, this with ${flag}`);
  }
}
