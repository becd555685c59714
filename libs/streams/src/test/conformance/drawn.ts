import { nullable, stringSerde, type KStream, type Partitioning } from '../../index.js';

export const strings = { key: stringSerde, value: nullable(stringSerde) };

export type Strings = KStream<string, string | null>;
/** What a node makes: its keys may be others than its topic's. */
export type Output = KStream<string, string | null, Partitioning>;

export function joined(left: string | null, right: string | null): string {
  return `${left}|${right}`;
}

/** `count`, or `concat`, which shows order and repetition. */
export function add(agg: 'count' | 'concat' | undefined, value: string | null, aggregate: string): string {
  return (agg ?? 'count') === 'count' ? String(Number(aggregate) + 1) : `${aggregate}[${value}]`;
}

export function merge(agg: 'count' | 'concat' | undefined, one: string, other: string): string {
  return (agg ?? 'count') === 'count' ? String(Number(one) + Number(other)) : one + other;
}
