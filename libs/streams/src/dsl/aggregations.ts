import type { Aggregation } from '../topology/nodes.js';
import { readsKeyValue } from '../topology/reads.js';

export const counting: Aggregation = {
  reads: { key: false, value: false },
  initial: () => 0,
  add: (_key, _value, count) => (count as number) + 1,
  skipNullValues: false,
};

/** The first value is the aggregate; each further one is combined with it. */
export function reducing(reducer: (aggregate: never, value: never) => unknown): Aggregation {
  const reduce = reducer as (aggregate: unknown, value: unknown) => unknown;
  return {
    reads: { key: false, value: true },
    initial: () => undefined,
    add: (_key, value, aggregate) => (aggregate === undefined ? value : reduce(aggregate, value)),
    skipNullValues: false,
  };
}

export function aggregating(
  initial: () => unknown,
  aggregator: (key: never, value: never, aggregate: never) => unknown,
): Aggregation {
  return {
    reads: readsKeyValue(aggregator),
    initial,
    add: aggregator as Aggregation['add'],
    skipNullValues: false,
  };
}
