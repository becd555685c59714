import { randomUUID } from 'node:crypto';
import type { Call, Operation } from '../framework/types.js';
import { TokenBucket } from '../limits/token-bucket.js';
import type { ControlPlane } from './control/control-plane.js';
import { activeDeployment, recipes, type Deployment, type RecipeKind } from './control/deployment.js';
import type { Resource } from './control/resources.js';
import type { GroupData } from './data/group-data.js';
import { invalidInput, notFound, throttled } from './errors.js';
import { itemFilter, type ItemFilter } from './filter/evaluate.js';
import { parseFilter, type Expression } from './filter/parse.js';
import type { Asked, Recommended } from './model/recommender.js';

interface RequestBase {
  readonly campaignArn?: string;
  readonly userId?: string;
  readonly filterArn?: string;
  readonly filterValues?: Readonly<Record<string, string>>;
  readonly metadataColumns?: Readonly<Record<string, readonly string[]>>;
}

interface RecommendationsRequest extends RequestBase {
  readonly itemId?: string;
  readonly numResults?: number;
  readonly recommenderArn?: string;
  readonly promotions?: readonly unknown[];
}

interface RankingRequest extends RequestBase {
  readonly campaignArn: string;
  readonly inputList: readonly string[];
  readonly userId: string;
}

/** What a request is answered from. */
interface Served {
  readonly campaign: Resource;
  readonly deployment: Deployment;
  readonly kind: RecipeKind;
  readonly group: string;
  readonly data: GroupData;
  readonly asked: Asked;
}

const defaultResults = 25;
const mostResults = 500;
const mostResultsWithMetadata = 50;
/** The column whose categories recommendations mix in the user's shares, where the Items schema has it. */
const kindColumn = 'ITEM_TYPE';

/**
 * GetRecommendations and GetPersonalizedRanking
 * (https://docs.aws.amazon.com/personalize/latest/dg/API_Operations_Amazon_Personalize_Runtime.html). Every event put
 * before counts, whichever version a campaign serves: AWS waits for a training with items it has not seen, and with
 * aws-similar-items and aws-popularity-count always. Contextual metadata is accepted and not used.
 */
export function runtimeOperations(plane: ControlPlane): Readonly<Record<string, Operation>> {
  const buckets = new Map<string, TokenBucket>();
  const serve = (operation: string, campaignArn: string | undefined, call: Call) => {
    const served = servedBy(plane, campaignArn, call.now());
    const perSecond = plane.settings.requestsPerSecondPerCampaign;
    const bucket = buckets.get(served.campaign.arn) ?? new TokenBucket(perSecond, call.now());
    buckets.set(served.campaign.arn, bucket);
    if (!bucket.take(1, call.now())) throw throttled(operation, perSecond);
    return served;
  };
  return {
    GetRecommendations(input: RecommendationsRequest, call) {
      const { numResults, userId, itemId } = input;
      if (input.recommenderArn !== undefined)
        throw invalidInput('the local Personalize has campaigns, and no recommenders');
      if (input.promotions?.length) throw invalidInput('the local Personalize has no promotions');
      const served = serve('GetRecommendations', input.campaignArn, call);
      const columns = metadataColumns(served, input);
      const most = columns.length > 0 ? mostResultsWithMetadata : mostResults;
      if ((numResults ?? 0) > most)
        throw invalidInput(`numResults must be at most ${most}, not ${numResults}`);
      const passes = filterOf(plane, served, input, itemId, call.now());
      const items = take(candidates(served, userId, itemId), numResults || defaultResults, passes);
      return {
        itemList: items.map((item) => predicted(served, item, columns)),
        recommendationId: recommendationId(),
      };
    },
    GetPersonalizedRanking(input: RankingRequest, call) {
      const served = serve('GetPersonalizedRanking', input.campaignArn, call);
      if (served.kind !== 'ranking')
        throw invalidInput(`${input.campaignArn} serves no ranking recipe: ask GetRecommendations`);
      const columns = metadataColumns(served, input);
      const most = columns.length > 0 ? mostResultsWithMetadata : mostResults;
      const { inputList, userId } = input;
      if (inputList.length < 1 || inputList.length > most)
        throw invalidInput(`inputList must have 1 to ${most} items, not ${inputList.length}`);
      const passes = filterOf(plane, served, input, undefined, call.now());
      const ranked = served.data.model
        .rank(userId, [...new Set(inputList)], served.asked)
        .filter(({ item }) => passes(item));
      return {
        personalizedRanking: ranked.map((item) => predicted(served, item, columns)),
        recommendationId: recommendationId(),
      };
    },
  };
}

const recommendationId = () => `RID-${randomUUID()}`;

function servedBy(plane: ControlPlane, campaignArn: string | undefined, now: number): Served {
  if (campaignArn === undefined) throw invalidInput('a campaignArn is needed');
  const { resources } = plane;
  const campaign = resources.get('campaign', campaignArn, now);
  const status = resources.status(campaign, now);
  if (status !== 'ACTIVE') throw invalidInput(`${campaignArn} is in status ${status}: it must be ACTIVE`);
  const { deployment } = activeDeployment(campaign, now, resources.transitionMs);
  const solutionArn = deployment.solutionVersionArn.slice(0, deployment.solutionVersionArn.lastIndexOf('/'));
  const { members } = resources.get('solution', solutionArn, now);
  const kind = recipes.get(members['recipeArn'] as string);
  if (kind === undefined) throw notFound(String(members['recipeArn']));
  const group = members['datasetGroupArn'] as string;
  const data = plane.data.group(group);
  const asked = { factor: typeFactor(members), kindOf: kindOf(data) };
  return { campaign, deployment, kind, group, data, asked };
}

/** `eventType` trains on one type only; `eventsConfig` weighs types (CreateSolution). */
function typeFactor(solution: Readonly<Record<string, unknown>>): (type: string) => number {
  const only = (solution['eventType'] as string | undefined)?.toLowerCase();
  const { eventsConfig } = (solution['solutionConfig'] ?? {}) as {
    eventsConfig?: { eventParametersList?: readonly { eventType?: string; weight?: number }[] };
  };
  const weights = new Map(
    (eventsConfig?.eventParametersList ?? []).map(({ eventType, weight }) => [
      eventType?.toLowerCase(),
      weight ?? 1,
    ]),
  );
  return (type) => (only !== undefined && type !== only ? 0 : (weights.get(type) ?? 1));
}

const kindOf = (data: GroupData) => (item: string) =>
  String(data.properties('item', item)?.[kindColumn] ?? '');

function candidates(
  served: Served,
  userId: string | undefined,
  itemId: string | undefined,
): Iterable<Recommended> {
  const { model } = served.data;
  switch (served.kind) {
    case 'user-personalization':
      if (userId === undefined)
        throw invalidInput('a userId is required for a recipe of type USER_PERSONALIZATION');
      return model.forUser(userId, served.asked);
    case 'similar-items':
      if (itemId === undefined)
        throw invalidInput('an itemId is required for a recipe of type RELATED_ITEMS');
      return model.similarTo(itemId);
    case 'popularity':
      return model.popular();
    case 'ranking':
      throw invalidInput(`${served.campaign.arn} serves a ranking recipe: ask GetPersonalizedRanking`);
  }
}

function filterOf(
  plane: ControlPlane,
  served: Served,
  input: RequestBase,
  itemId: string | undefined,
  now: number,
): ItemFilter {
  const { filterArn, filterValues = {}, userId } = input;
  if (filterArn === undefined) return () => true;
  const { resources } = plane;
  const filter = resources.get('filter', filterArn, now);
  if (filter.parent !== served.group)
    throw invalidInput(`${filterArn} belongs to another dataset group than the campaign`);
  const status = resources.status(filter, now);
  if (status !== 'ACTIVE') throw invalidInput(`${filterArn} is in status ${status}: it must be ACTIVE`);
  const { data } = served;
  return itemFilter(expressionsOf(filter), {
    filterValues,
    itemField: (item, field) => (field === 'ITEM_ID' ? item : data.properties('item', item)?.[field]),
    userField: (field) => (userId === undefined ? undefined : data.properties('user', userId)?.[field]),
    currentItem: served.kind === 'similar-items' ? itemId : undefined,
    interactedWith: (types) => (userId === undefined ? new Set() : data.model.interactedWith(userId, types)),
  });
}

const parsedFilters = new WeakMap<object, readonly Expression[]>();

function expressionsOf({ members }: Resource): readonly Expression[] {
  let expressions = parsedFilters.get(members);
  if (!expressions)
    parsedFilters.set(members, (expressions = parseFilter(members['filterExpression'] as string)));
  return expressions;
}

function metadataColumns(
  { deployment, campaign }: Served,
  { metadataColumns }: RequestBase,
): readonly string[] {
  const columns = metadataColumns?.['ITEMS'] ?? [];
  if (metadataColumns && Object.keys(metadataColumns).some((dataset) => dataset !== 'ITEMS')) {
    throw invalidInput('metadataColumns has the key ITEMS only');
  }
  if (columns.length > 10) throw invalidInput('metadataColumns: at most 10 columns');
  if (columns.length > 0 && !deployment.campaignConfig?.enableMetadataWithRecommendations) {
    throw invalidInput(`${campaign.arn} has no metadata with recommendations enabled`);
  }
  return columns;
}

function predicted(
  { data }: Served,
  { item, score, reason }: Recommended,
  columns: readonly string[],
): object {
  const properties = data.properties('item', item);
  const metadata = columns.flatMap((column): [string, string][] => {
    const value = properties?.[column];
    return value === null || value === undefined ? [] : [[column, String(value)]];
  });
  return {
    itemId: item,
    ...(score !== undefined && { score }),
    ...(reason && { reason: [reason] }),
    ...(columns.length > 0 && { metadata: Object.fromEntries(metadata) }),
  };
}

function take(items: Iterable<Recommended>, count: number, passes: ItemFilter): Recommended[] {
  const taken: Recommended[] = [];
  for (const one of items) {
    if (!passes(one.item)) continue;
    taken.push(one);
    if (taken.length === count) break;
  }
  return taken;
}
