/**
 * Quotas and timing of the local Personalize. The defaults are AWS's
 * (https://docs.aws.amazon.com/personalize/latest/dg/limits.html), except that everything becomes active in moments
 * and that training needs no data.
 */
export interface PersonalizeSettings {
  /** How long a resource is PENDING, and then IN_PROGRESS. */
  readonly transitionMs: number;
  readonly maxSchemas: number;
  readonly maxDatasetGroups: number;
  readonly maxCampaigns: number;
  readonly maxFilters: number;
  /** PutEvents requests a second. */
  readonly putEventsPerSecond: number;
  /** PutItems requests a second; PutUsers has as many of its own. */
  readonly putRecordsPerSecond: number;
  /** GetRecommendations and GetPersonalizedRanking requests a second, each campaign. */
  readonly requestsPerSecondPerCampaign: number;
  /**
   * "Minimum number of unique item interactions required to create a solution version": 1,000 in AWS, 0 here, so that
   * an empty mesh can be provisioned and then fed.
   */
  readonly minInteractionsToTrain: number;
  /** How many event ids are remembered at least, to recognise a repeated event; twice as many at most. */
  readonly rememberedEventIds: number;
}

export const defaultSettings: PersonalizeSettings = {
  transitionMs: 100,
  maxSchemas: 500,
  maxDatasetGroups: 500,
  maxCampaigns: 5,
  maxFilters: 10,
  putEventsPerSecond: 1_000,
  putRecordsPerSecond: 10,
  requestsPerSecondPerCampaign: 500,
  minInteractionsToTrain: 0,
  rememberedEventIds: 4_000_000,
};
