import { calibrated } from './calibrate.js';
import { CoPlay, type CoPlayRowEntry } from './co-play.js';
import { UserHistory, type UserHistoryEntry } from './user-history.js';
import { eventWeight } from './weights.js';

/** One interaction, as the model takes it. */
export interface Interaction {
  readonly user: string;
  readonly item: string;
  readonly type: string;
  /** Milliseconds since the epoch; not after it was received. */
  readonly atMs: number;
}

/** A scored item; without a score where it is recommended for its popularity only, or to explore it. */
export interface Recommended {
  readonly item: string;
  readonly score?: number;
  readonly reason?: 'Popular item' | 'Exploration';
}

/** What a request asks of the model besides the user. */
export interface Asked {
  /** How a solution weighs event types, on top of the model's own weights. */
  readonly factor?: (type: string) => number;
  /** The kinds of items that recommendations hold in the shares the user likes them in. */
  readonly kindOf?: (item: string) => string;
}

export type ModelEntry =
  | { readonly items: readonly string[]; readonly landmarkMs?: number; readonly latestMs: number }
  | { readonly row: CoPlayRowEntry }
  | { readonly user: string; readonly history: UserHistoryEntry };

/** Newest items of a user that decide what comes next, and the rank at which an item counts half of the newest. */
const profileItems = 60;
const halfRank = 12;
const leastRecency = 0.03;
/** How much being liked by everyone counts against an item: the β of RP3β. */
const popularityDamping = 0.4;

/**
 * A recommender over co-occurrence: what users with like tastes play, decayed by time. It scores by a random walk of
 * three steps, user → item → user → item, damped by popularity (RP3β: Paudel, Christoffel, Newell, Bernstein,
 * "Updatable, Accurate, Diverse, and Scalable Recommendations for Interactive Applications", ACM TiiS 2016): each item
 * of the profile hands out one vote whatever its popularity, so that the lesser liked kind of item is heard too.
 * Every event is in the next answer. The same events in the same order give the same answers.
 */
export class Recommender {
  readonly #numbers = new Map<string, number>();
  readonly #items: string[] = [];
  readonly #users = new Map<string, UserHistory>();
  readonly #coPlay = new CoPlay();

  get items(): readonly string[] {
    return this.#items;
  }

  get users(): ReadonlyMap<string, UserHistory> {
    return this.#users;
  }

  knows(item: string): boolean {
    return this.#numbers.has(item);
  }

  /** Makes an item recommendable before anyone interacted with it. */
  introduce(item: string): number {
    let number = this.#numbers.get(item);
    if (number === undefined) {
      number = this.#items.push(item) - 1;
      this.#numbers.set(item, number);
    }
    return number;
  }

  record({ user, item, type, atMs }: Interaction): void {
    const number = this.introduce(item);
    let history = this.#users.get(user);
    if (!history) this.#users.set(user, (history = new UserHistory()));
    const weight = eventWeight(type);
    history.record(type, number, atMs);
    if (weight < 0) history.unlike(number);
    this.#coPlay.record(number, history.liked, weight, atMs);
    if (weight > 0) history.like(number);
  }

  /** Items a user interacted with by one of the event types, in lower case; `*` is any. */
  interactedWith(user: string, types: ReadonlySet<string>): Set<string> {
    const items = this.#users.get(user)?.itemsWith(types) ?? [];
    return new Set([...items].map((item) => this.#items[item] ?? ''));
  }

  /** All items, best for this user first: by taste, then by popularity, then those nobody knows yet. */
  *forUser(user: string, asked: Asked = {}): Generator<Recommended, void, undefined> {
    const profile = this.#profile(user, asked);
    const scores = this.#scores(profile);
    const ranked = [...this.#ranked([...scores].filter(([, score]) => score > 0))];
    const { kindOf } = asked;
    if (kindOf) {
      const shares = new Map<string, number>();
      for (const [item, affinity] of profile) {
        const kind = kindOf(this.#items[item] ?? '');
        if (affinity > 0) shares.set(kind, (shares.get(kind) ?? 0) + affinity);
      }
      let place = 0;
      // Scores stay in descending order, as callers expect them: they belong to the places.
      for (const { item } of calibrated(ranked, ({ item }) => kindOf(item), shares)) {
        const score = ranked[place++]?.score;
        yield { item, ...(score !== undefined && { score }) };
      }
    } else yield* ranked;
    yield* this.#byPopularity((item) => scores.get(item) === undefined);
    // What the user turned away from is the last resort.
    yield* this.#byPopularity((item) => (scores.get(item) ?? 1) <= 0);
  }

  /** Items liked by those who like this one, nearest first; the popular ones for an item nobody knows. */
  *similarTo(item: string): Generator<Recommended, void, undefined> {
    const number = this.#numbers.get(item);
    const near = new Map<number, number>();
    for (const [other, weight] of (number !== undefined && this.#coPlay.neighbours(number)) || []) {
      if (weight > 0) near.set(other, weight / this.#damping(other));
    }
    yield* this.#ranked([...near]);
    yield* this.#byPopularity((other) => other !== number && !near.has(other));
  }

  /** Items by popularity, with it as score. */
  *popular(): Generator<Recommended, void, undefined> {
    const all = this.#items.map((_, item): [number, number] => [item, this.#coPlay.popularity(item)]);
    yield* this.#ranked(all);
  }

  /** The given items in the user's order; unknown ones stay last, in the order they came. */
  rank(user: string, items: readonly string[], asked: Asked = {}): Recommended[] {
    const scores = this.#scores(this.#profile(user, asked));
    const known = items.filter((item) => this.#numbers.has(item));
    const popularity = known.map((item) => this.#coPlay.popularity(this.#numbers.get(item) ?? 0));
    const most = Math.max(Number.MIN_VALUE, ...popularity);
    const scored = known.map((item, i): [number, number] => {
      const number = this.#numbers.get(item) ?? 0;
      // Popularity only orders what taste leaves equal.
      return [number, (scores.get(number) ?? 0) + (1e-6 * (popularity[i] ?? 0)) / most];
    });
    return [
      ...this.#ranked(scored),
      ...items.filter((item) => !this.#numbers.has(item)).map((item): Recommended => ({ item, score: 0 })),
    ];
  }

  *snapshot(): Generator<ModelEntry, void, undefined> {
    const { landmarkMs, latestMs } = this.#coPlay.times;
    yield { items: this.#items, latestMs, ...(landmarkMs !== undefined && { landmarkMs }) };
    for (const row of this.#coPlay.snapshot(this.#items.length)) yield { row };
    for (const [user, history] of this.#users) yield { user, history: history.snapshot() };
  }

  restore(entry: ModelEntry): void {
    if ('items' in entry) {
      for (const item of entry.items) this.introduce(item);
      this.#coPlay.restoreTimes({ landmarkMs: entry.landmarkMs, latestMs: entry.latestMs });
    } else if ('row' in entry) this.#coPlay.restore(entry.row);
    else this.#users.set(entry.user, UserHistory.restored(entry.history));
  }

  /** Scores of everything a profile leads to, and of what the user dislikes. */
  #scores(profile: ReadonlyMap<number, number>): Map<number, number> {
    const scores = new Map<number, number>();
    for (const [item, affinity] of profile) {
      const mass = this.#coPlay.mass(item);
      if (mass <= 0) continue;
      for (const [other, weight] of this.#coPlay.neighbours(item) ?? []) {
        scores.set(other, (scores.get(other) ?? 0) + (affinity * weight) / mass);
      }
    }
    for (const [item, score] of scores) scores.set(item, score / this.#damping(item));
    for (const [item, affinity] of profile) if (affinity < 0) scores.set(item, affinity);
    return scores;
  }

  /** What the user lately liked (above 0) and disliked (below), the newest counting most. */
  #profile(user: string, { factor = () => 1 }: Asked): Map<number, number> {
    const profile = new Map<number, { newest: number; weight: number }>();
    for (const [type, items] of this.#users.get(user)?.byType ?? []) {
      const weight = eventWeight(type) * factor(type);
      if (weight === 0) continue;
      for (const [item, atMs] of items) {
        const entry = profile.get(item);
        if (!entry) profile.set(item, { newest: atMs, weight });
        else {
          entry.newest = Math.max(entry.newest, atMs);
          entry.weight += weight;
        }
      }
    }
    const newest = [...profile].sort(([a, x], [b, y]) => y.newest - x.newest || b - a).slice(0, profileItems);
    return new Map(
      newest.map(([item, { weight }], rank) => [
        item,
        weight * Math.max(leastRecency, 0.5 ** (rank / halfRank)),
      ]),
    );
  }

  #damping(item: number): number {
    return (1 + this.#coPlay.currentMass(item)) ** popularityDamping;
  }

  /** Best first, with scores that add up to 1. */
  *#ranked(scored: [number, number][]): Generator<Recommended, void, undefined> {
    const total = scored.reduce((sum, [, score]) => sum + Math.max(0, score), 0) || 1;
    scored.sort(([a, x], [b, y]) => y - x || this.#compare(a, b));
    for (const [item, score] of scored) yield { item: this.#items[item] ?? '', score: score / total };
  }

  *#byPopularity(wanted: (item: number) => boolean): Generator<Recommended, void, undefined> {
    const rest: [number, number][] = [];
    for (let item = 0; item < this.#items.length; item++) {
      if (wanted(item)) rest.push([item, this.#coPlay.popularity(item)]);
    }
    rest.sort(([a, x], [b, y]) => y - x || this.#compare(a, b));
    for (const [item, popularity] of rest) {
      yield { item: this.#items[item] ?? '', reason: popularity > 0 ? 'Popular item' : 'Exploration' };
    }
  }

  #compare(a: number, b: number): number {
    const [x, y] = [this.#items[a] ?? '', this.#items[b] ?? ''];
    return x < y ? -1 : Number(x > y);
  }
}
