import { number } from './catalogue.js';
import { Random } from './random.js';
import { COUNTRIES, FIRST_NAMES, GENRES, LAST_NAMES, TOPICS, type Genre, type Topic } from './words.js';

export interface Listener {
  /** `user-0001`. */
  readonly userId: string;
  readonly name: string;
  /** ISO 3166 two-letter code. */
  readonly country: string;
  readonly plan: 'free' | 'premium';
  /** Milliseconds since the epoch. */
  readonly signedUpAt: number;
  readonly tastes: Tastes;
}

/** What a user likes, which the log is made from and a recommender has to find out. */
export interface Tastes {
  /** One to three genres with weights that add up to 1; empty for those who never choose songs. */
  readonly genres: ReadonlyMap<Genre, number>;
  /** One or two topics with weights that add up to 1; empty for those who never choose podcasts. */
  readonly topics: ReadonlyMap<Topic, number>;
  /** The share of podcast episodes in what is played: 0, 1, or between for those who like both. */
  readonly episodeShare: number;
  /** How often something outside the tastes is tried: 0.08–0.2. */
  readonly curiosity: number;
  /** Mean number of sessions a day: 0.4–2.4. */
  readonly sessionsPerDay: number;
}

export interface ListenerOptions {
  /** Default `music-mesh`. */
  readonly seed?: string;
  /** Default 500. */
  readonly users?: number;
}

const DAY_MS = 86_400_000;
const NEWEST = Date.UTC(2025, 0, 1);

/**
 * Users with tastes: four in ten like songs only, one in ten podcasts only, half of them both; the same for the same
 * options.
 * @throws RangeError where the number of users is no whole number above 0
 */
export function generateListeners(options: ListenerOptions = {}): readonly Listener[] {
  const count = options.users ?? 500;
  if (!Number.isSafeInteger(count) || count < 1)
    throw new RangeError('users must be a whole number, at least 1');
  const random = new Random(`${options.seed ?? 'music-mesh'}/users`);
  return Array.from({ length: count }, (_, index) => ({
    userId: `user-${number(index)}`,
    name: `${random.pick(FIRST_NAMES)} ${random.pick(LAST_NAMES)}`,
    country: random.pick(COUNTRIES),
    plan: random.chance(0.4) ? 'premium' : 'free',
    signedUpAt: NEWEST - random.integer(0, 3 * 365) * DAY_MS,
    tastes: generateTastes(random),
  }));
}

function generateTastes(random: Random): Tastes {
  const kind = random.next();
  const episodeShare = kind < 0.4 ? 0 : kind < 0.5 ? 1 : random.integer(20, 60) / 100;
  return {
    genres: episodeShare === 1 ? new Map() : mixture(random, GENRES, random.integer(1, 3)),
    topics: episodeShare === 0 ? new Map() : mixture(random, TOPICS, random.integer(1, 2)),
    episodeShare,
    curiosity: random.integer(8, 20) / 100,
    sessionsPerDay: random.integer(4, 24) / 10,
  };
}

/** So many different values, each with a share of 1. */
function mixture<T>(random: Random, values: readonly T[], size: number): ReadonlyMap<T, number> {
  const chosen = new Map<T, number>();
  while (chosen.size < size) chosen.set(random.pick(values), random.integer(2, 10));
  let sum = 0;
  for (const weight of chosen.values()) sum += weight;
  for (const [value, weight] of chosen) chosen.set(value, weight / sum);
  return chosen;
}
