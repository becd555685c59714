import { ProblemError } from '@mesh/service';
import type { Static } from '@sinclair/typebox';
import type { FastifyInstance } from 'fastify';
import { UnknownItemError, type Answers } from '../domain/answers.js';
import {
  AnswerBody,
  ItemParams,
  LimitQuery,
  Problem,
  RankingRequest,
  TrendingBody,
  UserParams,
} from './schemas.js';

const tags = ['recommendations'];
const badRequest = { description: 'Names what is wrong with the request.', ...Problem };

/** The read API. It goes on answering while Personalize does not, and says so in the answer. */
export function addRoutes(http: FastifyInstance, answers: Answers): void {
  http.get<{ Params: Static<typeof UserParams>; Querystring: Static<typeof LimitQuery> }>(
    '/v1/users/:userId/recommendations',
    {
      schema: {
        tags,
        summary: 'What the user may want to hear next',
        description:
          'Songs and episodes in one list, without what the user has just skipped. A user nobody has heard of gets ' +
          'what Personalize has for newcomers.',
        params: UserParams,
        querystring: LimitQuery,
        response: { 200: { description: 'The items.', ...AnswerBody }, 400: badRequest },
      },
    },
    ({ params, query }) => answers.recommendations(params.userId, query.limit),
  );

  http.post<{ Params: Static<typeof UserParams>; Body: Static<typeof RankingRequest> }>(
    '/v1/users/:userId/ranking',
    {
      schema: {
        tags,
        summary: 'The given items in the order the user may like them',
        params: UserParams,
        body: RankingRequest,
        response: {
          200: { description: 'The same items, without those that were deleted.', ...AnswerBody },
          400: badRequest,
        },
      },
    },
    ({ params, body }) => answers.ranking(params.userId, body.itemIds),
  );

  http.get<{ Params: Static<typeof ItemParams>; Querystring: Static<typeof LimitQuery> }>(
    '/v1/items/:itemId/similar',
    {
      schema: {
        tags,
        summary: 'What else those play who play this',
        params: ItemParams,
        querystring: LimitQuery,
        response: {
          200: { description: 'The items.', ...AnswerBody },
          400: badRequest,
          404: { description: 'Nobody has ever played such an item, or it was deleted.', ...Problem },
        },
      },
    },
    async ({ params, query }) => {
      try {
        return await answers.similar(params.itemId, query.limit);
      } catch (error) {
        if (!(error instanceof UnknownItemError)) throw error;
        const errors = [{ field: 'itemId', reason: 'is not known' }];
        throw new ProblemError(404, error.message, { errors, cause: error });
      }
    },
  );

  http.get<{ Querystring: Static<typeof LimitQuery> }>(
    '/v1/trending',
    {
      schema: {
        tags,
        summary: 'The most played items of the newest window',
        querystring: LimitQuery,
        response: { 200: { description: 'The items.', ...TrendingBody }, 400: badRequest },
      },
    },
    async ({ query }): Promise<Static<typeof TrendingBody>> => {
      const window = answers.trending(query.limit);
      if (window === undefined) return { items: [] };
      return {
        windowStart: new Date(window.windowStart).toISOString(),
        windowEnd: new Date(window.windowEnd).toISOString(),
        items: [...window.items],
      };
    },
  );
}
