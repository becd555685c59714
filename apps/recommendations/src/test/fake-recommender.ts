import {
  RecommenderError,
  type Recommended,
  type Recommender,
  type RecommenderErrorCode,
} from '../domain/recommender.js';

/** Recommends `pick-1`, `pick-2` … and knows what it is told; can be made to fail. */
export class FakeRecommender implements Recommender {
  failure: RecommenderErrorCode | undefined;
  readonly known = new Set<string>();
  calls = 0;

  recommend(_userId: string, limit: number): Promise<Recommended> {
    return this.#answer(() => picks(limit));
  }

  rank(_userId: string, itemIds: readonly string[]): Promise<Recommended> {
    return this.#answer(() => [...itemIds].reverse());
  }

  similar(_itemId: string, limit: number): Promise<Recommended> {
    return this.#answer(() => picks(limit));
  }

  async knows(itemId: string): Promise<boolean> {
    await this.#answer(() => []);
    return this.known.has(itemId);
  }

  async #answer(itemIds: () => readonly string[]): Promise<Recommended> {
    this.calls++;
    if (this.failure !== undefined) throw new RecommenderError(this.failure, 'made to fail');
    const items = itemIds().map((itemId, index) => ({ itemId, score: 1 / (index + 1) }));
    return { recommendationId: 'recommendation-1', items };
  }
}

function picks(limit: number): string[] {
  return Array.from({ length: Math.min(limit, 30) }, (_, index) => `pick-${index + 1}`);
}
