import { StreamsError } from '../errors.js';
import type { Graph } from '../topology/graph.js';

/** That the serde of what a function made is needed, and where. */
export function serdeMissing(where: string, what: 'key' | 'value'): StreamsError {
  return new StreamsError(
    'SERDE_MISSING',
    `${where}: a function made the ${what}s, so their serde is not known: give { ${what}: serde }`,
  );
}

/** @throws StreamsError `INVALID_TOPOLOGY` where the value is no integer of at least `least`, said of `what` */
export function integer(what: string, value: number, least: number): number {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new StreamsError('INVALID_TOPOLOGY', `${what} is ${value}, not an integer of at least ${least}`);
  }
  return value;
}

/** @throws StreamsError `INVALID_TOPOLOGY` where the value is no integer of at least 1, said of `what` */
export function positive(what: string, value: number): number {
  return integer(what, value, 1);
}

/** @throws StreamsError `INVALID_TOPOLOGY` where two that are brought together are not of one builder, said of `what` */
export function sameBuilder(what: string, one: Graph, other: Graph): void {
  if (one === other) return;
  throw new StreamsError('INVALID_TOPOLOGY', `${what} are from different builders`);
}
