import type { User } from '@mesh/contracts';

/** What the trends know of who listens: nothing that names somebody, since it goes into topics of ours. */
export interface Listener {
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly birthYear: number | null;
}

/** In years. Who did not tell is of no group. */
export type AgeGroup = '0-17' | '18-24' | '25-34' | '35-44' | '45-54' | '55-64' | '65+';

/** The last age of each group but the last. */
const UP_TO: readonly (readonly [age: number, group: AgeGroup])[] = [
  [17, '0-17'],
  [24, '18-24'],
  [34, '25-34'],
  [44, '35-44'],
  [54, '45-54'],
  [64, '55-64'],
];

export function listenerOf({ country, birthYear }: User): Listener {
  return { country, birthYear };
}

/**
 * The age reached in the year of a time, as nobody says more than the year.
 * @param at milliseconds since the epoch
 */
export function ageGroupOf(birthYear: number, at: number): AgeGroup {
  const age = new Date(at).getUTCFullYear() - birthYear;
  return UP_TO.find(([upTo]) => age <= upTo)?.[1] ?? '65+';
}
