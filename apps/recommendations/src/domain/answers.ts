import type { CircuitBreaker } from './circuit-breaker.js';
import type { Catalogue, ItemDescription } from './catalogue.js';
import { CircuitOpenError } from './circuit-breaker.js';
import { RecommenderError, type Recommended, type RecommendedItem, type Recommender } from './recommender.js';
import type { TrendTable } from './trend-table.js';

/** An item of an answer, with what there is to say of it. */
export type AnsweredItem = RecommendedItem & ItemDescription;

/** A list of items and where it comes from. */
export interface Answer {
  readonly source: 'personalize' | 'trending';
  /** Whether it is second best, because the recommender could not be asked. */
  readonly degraded: boolean;
  /** Why. */
  readonly reason?: string;
  readonly recommendationId?: string;
  readonly items: readonly AnsweredItem[];
}

/** The most played items of a window. Times in milliseconds since the epoch. */
export interface Trending {
  readonly windowStart: number;
  readonly windowEnd: number;
  readonly items: readonly (ItemDescription & { readonly itemId: string; readonly plays: number })[];
}

/** Nobody has ever played an item of this id, so that nothing can be like it; or it was deleted. */
export class UnknownItemError extends Error {
  override readonly name = 'UnknownItemError';
  readonly itemId: string;

  constructor(itemId: string, why: 'never played' | 'deleted') {
    super(why === 'deleted' ? `the item ${itemId} was deleted` : `no item ${itemId} has ever been played`);
    this.itemId = itemId;
  }
}

/** Told of each answer that is second best, for logs and metrics. */
export type OnDegraded = (error: RecommenderError | CircuitOpenError) => void;

/**
 * Asks the recommender, and falls back to what is trending where it is in trouble. Items that were deleted are left out
 * of every answer, also where the recommender has not heard of it yet; items that nobody has described are answered.
 */
export class Answers {
  readonly #recommender: Recommender;
  readonly #breaker: CircuitBreaker;
  readonly #trends: TrendTable;
  readonly #catalogue: Catalogue;
  readonly #onDegraded: OnDegraded;

  constructor(
    recommender: Recommender,
    breaker: CircuitBreaker,
    { trends, catalogue }: { readonly trends: TrendTable; readonly catalogue: Catalogue },
    onDegraded: OnDegraded,
  ) {
    this.#recommender = recommender;
    this.#breaker = breaker;
    this.#trends = trends;
    this.#catalogue = catalogue;
    this.#onDegraded = onDegraded;
  }

  /** `undefined` before the first play. */
  trending(limit: number): Trending | undefined {
    const window = this.#trends.latest(limit, this.#shows);
    if (window === undefined) return undefined;
    const items = window.items.map(({ itemId, itemType, plays }) => ({
      itemId,
      ...this.#catalogue.describe(itemId),
      itemType,
      plays,
    }));
    return { windowStart: window.windowStart, windowEnd: window.windowEnd, items };
  }

  recommendations(userId: string, limit: number): Promise<Answer> {
    return this.#ask(
      () => this.#recommender.recommend(userId, limit),
      () => this.#popular(limit),
    );
  }

  /** Where degraded: the given items, the trending ones first, the others in the order given. */
  ranking(userId: string, itemIds: readonly string[]): Promise<Answer> {
    return this.#ask(
      () => this.#recommender.rank(userId, itemIds),
      () => {
        const wanted = new Set(itemIds);
        const trending = this.#popular(Number.POSITIVE_INFINITY).filter(({ itemId }) => wanted.has(itemId));
        for (const { itemId } of trending) wanted.delete(itemId);
        return [...trending, ...[...wanted].map((itemId) => ({ itemId }))];
      },
    );
  }

  /**
   * Personalize answers for any id, be it of an item or not, so whether there is such an item is found out first: in
   * the trends, and where they have not heard of it, from Personalize. While that is down, an item is believed.
   *
   * @throws UnknownItemError
   */
  async similar(itemId: string, limit: number): Promise<Answer> {
    if (!this.#shows(itemId)) throw new UnknownItemError(itemId, 'deleted');
    return this.#ask(
      async () => {
        const known = this.#trends.hasBeenPlayed(itemId) || (await this.#recommender.knows(itemId));
        if (!known) throw new UnknownItemError(itemId, 'never played');
        return this.#recommender.similar(itemId, limit);
      },
      () =>
        this.#popular(limit + 1)
          .filter((item) => item.itemId !== itemId)
          .slice(0, limit),
    );
  }

  async #ask(ask: () => Promise<Recommended>, otherwise: () => readonly RecommendedItem[]): Promise<Answer> {
    try {
      const recommended = await this.#breaker.run(ask);
      const items = this.#described(recommended.items);
      return { source: 'personalize', degraded: false, ...recommended, items };
    } catch (error) {
      if (!(error instanceof CircuitOpenError || error instanceof RecommenderError)) throw error;
      this.#onDegraded(error);
      const items = this.#described(otherwise());
      return { source: 'trending', degraded: true, reason: reasonOf(error), items };
    }
  }

  #popular(limit: number): readonly RecommendedItem[] {
    return this.#trends.popular(limit, this.#shows).map(({ itemId }) => ({ itemId }));
  }

  #described(items: readonly RecommendedItem[]): readonly AnsweredItem[] {
    return items
      .filter(({ itemId }) => this.#shows(itemId))
      .map((item) => ({ ...item, ...this.#catalogue.describe(item.itemId) }));
  }

  readonly #shows = (itemId: string): boolean => !this.#catalogue.isDeleted(itemId);
}

/** For whoever reads the answer: what is wrong, and nothing of the inside. */
function reasonOf(error: RecommenderError | CircuitOpenError): string {
  if (error instanceof CircuitOpenError)
    return 'Personalize failed repeatedly and is left alone for a moment';
  switch (error.code) {
    case 'THROTTLED':
      return 'Personalize throttles';
    case 'TIMED_OUT':
      return 'Personalize did not answer in time';
    case 'REFUSED':
      return 'Personalize refused the request';
    case 'UNAVAILABLE':
      return 'Personalize is unavailable';
  }
}
