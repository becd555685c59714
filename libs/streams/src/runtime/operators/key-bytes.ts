import type { Serializer } from '../../serde.js';
import { OperatorFailure } from '../failures.js';
import type { OperatorEnvironment } from './operator.js';

/**
 * The bytes of a key, as stores want it.
 *
 * @param topic what the serde is told; absent: the topic of the record under way
 * @param unchanged whether the key is still the source record's, in this very serde: then its bytes are at hand
 */
export function keyEncoder(
  serializer: Serializer<unknown>,
  topic: string | undefined,
  { context }: OperatorEnvironment,
  unchanged: boolean,
): (key: unknown) => Buffer {
  const encode = (key: unknown): Buffer => serializer.serialize(topic ?? context.topic, key, context.headers);
  return unchanged ? (key) => context.record.key ?? encode(key) : encode;
}

type Three = (first: unknown, second: unknown, third: unknown) => unknown;

/** A user's function whose errors say in which operator they came about. */
export function guarded(node: string, fn: (...args: never[]) => unknown): Three {
  const call = fn as Three;
  return (first, second, third) => {
    try {
      return call(first, second, third);
    } catch (error) {
      throw new OperatorFailure('TRANSFORMATION', node, error);
    }
  };
}

export function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}
