import type { Deserializer } from '../serde.js';

/**
 * The `prepare` of a serde whose bytes contain those of another: what the other needs for its parts. Nothing, where
 * it has none. What is wrong with the bytes around them is left for `deserialize` to say.
 */
export function preparing(
  inner: Deserializer<unknown>,
  partsOf: (data: Buffer) => readonly Buffer[],
): Pick<Deserializer<unknown>, 'prepare'> {
  if (inner.prepare === undefined) return {};
  return {
    prepare: (topic, data) => {
      const waits = readable(partsOf, data).flatMap((part) => inner.prepare?.(topic, part) ?? []);
      return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined);
    },
  };
}

function readable(partsOf: (data: Buffer) => readonly Buffer[], data: Buffer): readonly Buffer[] {
  try {
    return partsOf(data);
  } catch (error) {
    if (error instanceof Error) return [];
    throw error;
  }
}
