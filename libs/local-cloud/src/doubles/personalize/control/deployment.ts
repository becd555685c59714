import type { Resource } from './resources.js';

export type RecipeKind = 'user-personalization' | 'ranking' | 'similar-items' | 'popularity';

/** The recipes the double has, by ARN (https://docs.aws.amazon.com/personalize/latest/dg/working-with-predefined-recipes.html). */
export const recipes: ReadonlyMap<string, RecipeKind> = new Map<string, RecipeKind>([
  ['arn:aws:personalize:::recipe/aws-user-personalization-v2', 'user-personalization'],
  ['arn:aws:personalize:::recipe/aws-personalized-ranking-v2', 'ranking'],
  ['arn:aws:personalize:::recipe/aws-similar-items', 'similar-items'],
  ['arn:aws:personalize:::recipe/aws-popularity-count', 'popularity'],
]);

/** What a campaign serves and how. */
export interface Deployment {
  readonly solutionVersionArn: string;
  readonly minProvisionedTPS?: number;
  readonly campaignConfig?: {
    readonly enableMetadataWithRecommendations?: boolean;
    readonly syncWithLatestSolutionVersion?: boolean;
  };
  /** Of an update: milliseconds since the epoch. */
  readonly since?: number;
}

/**
 * What a campaign serves now. "You can still get recommendations from a campaign while an update is in progress. The
 * campaign will use the previous solution version and campaign configuration"
 * (https://docs.aws.amazon.com/personalize/latest/dg/API_UpdateCampaign.html).
 */
export function activeDeployment(
  { members }: Resource,
  now: number,
  transitionMs: number,
): { readonly deployment: Deployment; readonly pending: boolean; readonly latest?: Deployment } {
  const before = members as unknown as Deployment;
  const latest = members['update'] as Deployment | undefined;
  if (!latest) return { deployment: before, pending: false };
  const pending = now < (latest.since ?? 0) + 2 * transitionMs;
  return { deployment: pending ? before : latest, pending, latest };
}
