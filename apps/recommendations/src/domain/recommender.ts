/** An item as a recommender lists it. */
export interface RecommendedItem {
  readonly itemId: string;
  /** How sure the recommender is, where it tells; only comparable within one answer. */
  readonly score?: number;
}

/** What a recommender answers, the best first. */
export interface Recommended {
  readonly items: readonly RecommendedItem[];
  /** To be sent along with the events that follow from showing these items, where the recommender gives one. */
  readonly recommendationId?: string;
}

/** Who works out what a user may like. Every method throws {@link RecommenderError} and nothing else. */
export interface Recommender {
  /** Also answers for a user it has never heard of. */
  recommend(userId: string, limit: number): Promise<Recommended>;
  /** The given items, reordered for the user. */
  rank(userId: string, itemIds: readonly string[]): Promise<Recommended>;
  /** Also answers for an item it has never heard of, with what is popular. */
  similar(itemId: string, limit: number): Promise<Recommended>;
  /** Whether it has anything to go by for the item: somebody has played it. */
  knows(itemId: string): Promise<boolean>;
}

/**
 * - `UNAVAILABLE`: no answer, or one that says it failed.
 * - `TIMED_OUT`: no answer in time.
 * - `THROTTLED`: more requests than it takes.
 * - `REFUSED`: it does not take this request; the configuration is most likely wrong.
 */
export type RecommenderErrorCode = 'UNAVAILABLE' | 'TIMED_OUT' | 'THROTTLED' | 'REFUSED';

export class RecommenderError extends Error {
  override readonly name = 'RecommenderError';
  readonly code: RecommenderErrorCode;

  constructor(code: RecommenderErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
