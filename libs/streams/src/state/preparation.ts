import type { Deserializer } from '../serde.js';
import type { StoreSpec, StoreType } from '../topology/nodes.js';
import { decodeHeld } from './held-record.js';
import { unmatchedValues } from './unmatched-codec.js';

/** What {@link Deserializer.prepare} says of the serdes' parts of a changelog record. */
export type Preparation = (key: Buffer, value: Buffer | null) => Promise<unknown> | undefined;

/**
 * Asks the serdes of a store what they need to fetch before a record of its changelog is restored: its key and value
 * may have been written under a schema that nobody here has seen yet.
 *
 * @returns `undefined` where the serdes never need anything
 */
export function preparationOf(spec: StoreSpec, changelogTopic: string): Preparation | undefined {
  const { key: keySerde, value: valueSerde, otherValue = valueSerde } = spec;
  if ([keySerde, valueSerde, otherValue].every((serde) => serde.prepare === undefined)) return undefined;
  return (key, value) => {
    const waits: Promise<void>[] = [];
    const ask = (serde: Deserializer<unknown>, data: Buffer | null): void => {
      const wait = data === null ? undefined : serde.prepare?.(changelogTopic, data);
      if (wait !== undefined) waits.push(wait);
    };
    const [before, after] = AROUND_KEY[spec.type];
    ask(keySerde, key.subarray(before, Math.max(before, key.length - after)));
    switch (spec.type) {
      case 'unmatched':
        if (value === null) break;
        for (const { isLeft, data } of unmatchedValues(value)) ask(isLeft ? valueSerde : otherValue, data);
        break;
      case 'suppress':
      case 'buffer': {
        if (value === null) break;
        const { held } = decodeHeld(value);
        for (const data of [held.value, held.priorValue, held.oldValue]) ask(valueSerde, data);
        break;
      }
      case 'key-value':
      case 'versioned':
      case 'window':
      case 'sliding':
      case 'session':
      case 'join':
        ask(valueSerde, value);
    }
    return waits.length === 0 ? undefined : Promise.all(waits);
  };
}

/** Bytes that stand before and after the serde's in a changelog key. */
const AROUND_KEY: Readonly<Record<StoreType, readonly [before: number, after: number]>> = {
  'key-value': [0, 0],
  versioned: [0, 0],
  window: [0, 12],
  sliding: [0, 12],
  session: [0, 16],
  join: [0, 12],
  unmatched: [9, 0],
  suppress: [0, 0],
  buffer: [8, 4],
};
