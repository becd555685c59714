import type { Aggregation } from '../topology/nodes.js';

export const counting: Aggregation = {
  reads: { key: false, value: false },
  initial: () => 0,
  add: (_key, _value, count) => (count as number) + 1,
  skipNullValues: false,
};
