import {
  GetPersonalizedRankingCommand,
  GetRecommendationsCommand,
  PersonalizeRuntimeClient,
  type PersonalizeRuntimeClientConfig,
  type PredictedItem,
} from '@aws-sdk/client-personalize-runtime';
import {
  RecommenderError,
  type Recommended,
  type RecommendedItem,
  type Recommender,
} from '../domain/recommender.js';

export interface PersonalizeOptions {
  /** Trained for user personalisation. */
  readonly campaignArn: string;
  /** Trained for personalised ranking. */
  readonly rankingCampaignArn: string;
  /** Trained for similar items. */
  readonly similarItemsCampaignArn: string;
  /** Applied to recommendations: leaves out what was deleted, and what the user has just skipped. */
  readonly filterArn?: string | undefined;
  /** Applied to similar items: leaves out what was deleted. */
  readonly similarItemsFilterArn?: string | undefined;
  /** For one answer, the SDK's own second attempt included. Milliseconds. */
  readonly timeoutMs: number;
  /** Region, endpoint and credentials come from the environment where absent. */
  readonly client?: PersonalizeRuntimeClientConfig;
}

/** Nobody is called so: stands for a user without a history. */
const NEWCOMER = 'nobody';

/** The recommender that is Amazon Personalize. */
export class PersonalizeRecommender implements Recommender {
  readonly #client: PersonalizeRuntimeClient;
  readonly #options: PersonalizeOptions;

  constructor(options: PersonalizeOptions) {
    this.#options = options;
    // One retry: a lost connection is worth one, and trending is the better answer to anything longer.
    this.#client = new PersonalizeRuntimeClient({ maxAttempts: 2, ...options.client });
  }

  recommend(userId: string, limit: number): Promise<Recommended> {
    const { campaignArn, filterArn } = this.#options;
    return this.#ask(async (abortSignal) => {
      const command = new GetRecommendationsCommand({ campaignArn, userId, numResults: limit, filterArn });
      const { itemList, recommendationId } = await this.#client.send(command, { abortSignal });
      return recommended(itemList, recommendationId);
    });
  }

  rank(userId: string, itemIds: readonly string[]): Promise<Recommended> {
    const { rankingCampaignArn: campaignArn } = this.#options;
    return this.#ask(async (abortSignal) => {
      const command = new GetPersonalizedRankingCommand({ campaignArn, userId, inputList: [...itemIds] });
      const { personalizedRanking, recommendationId } = await this.#client.send(command, { abortSignal });
      return recommended(personalizedRanking, recommendationId);
    });
  }

  similar(itemId: string, limit: number): Promise<Recommended> {
    const { similarItemsCampaignArn: campaignArn, similarItemsFilterArn: filterArn } = this.#options;
    return this.#ask(async (abortSignal) => {
      const command = new GetRecommendationsCommand({ campaignArn, itemId, numResults: limit, filterArn });
      const { itemList, recommendationId } = await this.#client.send(command, { abortSignal });
      return recommended(itemList, recommendationId);
    });
  }

  /** A ranking appends what it does not know to the end of the list, with no score above 0. */
  async knows(itemId: string): Promise<boolean> {
    const { items } = await this.rank(NEWCOMER, [itemId]);
    return items.some(({ score }) => score !== undefined && score > 0);
  }

  close(): void {
    this.#client.destroy();
  }

  async #ask(ask: (signal: AbortSignal) => Promise<Recommended>): Promise<Recommended> {
    const signal = AbortSignal.timeout(this.#options.timeoutMs);
    try {
      return await ask(signal);
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      throw new RecommenderError(codeOf(error, signal.aborted), `Personalize: ${error.message}`, { cause });
    }
  }
}

function codeOf(error: Error, timedOut: boolean): 'TIMED_OUT' | 'THROTTLED' | 'REFUSED' | 'UNAVAILABLE' {
  // Not by its name: to the SDK a connection that was cut is a TimeoutError, too.
  if (timedOut) return 'TIMED_OUT';
  const { $metadata, $fault } = error as { $metadata?: { httpStatusCode?: number }; $fault?: string };
  if (/Throttl|TooManyRequests|LimitExceeded/.test(error.name) || $metadata?.httpStatusCode === 429) {
    return 'THROTTLED';
  }
  return $fault === 'client' ? 'REFUSED' : 'UNAVAILABLE';
}

function recommended(list: readonly PredictedItem[] = [], recommendationId: string | undefined): Recommended {
  const items = list.flatMap(({ itemId, score }): RecommendedItem[] =>
    itemId === undefined ? [] : [score === undefined ? { itemId } : { itemId, score }],
  );
  return recommendationId === undefined ? { items } : { items, recommendationId };
}
