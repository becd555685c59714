import { ProblemError } from '@mesh/service';
import type { Static } from '@sinclair/typebox';
import type { FastifyInstance } from 'fastify';
import type { Insights } from '../domain/insights.js';
import { StoresUnavailableError, type Span } from '../domain/trend-stores.js';
import {
  ArtistParams,
  AudienceBody,
  ChartBody,
  GenreParams,
  ItemPlaysBody,
  ItemSkipsBody,
  SessionsBody,
} from './insight-schemas.js';
import { ItemParams, LimitQuery, Problem, UserParams } from './schemas.js';

const tags = ['insights'];
const problems = {
  400: { description: 'Names what is wrong with the request.', ...Problem },
  503: { description: 'Whoever has the counts does not answer at the moment; try again.', ...Problem },
};
const RETRY_AFTER = { 'retry-after': '1' };

/** What the application `trends` has counted. Without it there is no answer, and the error says that a retry may help. */
export function addInsightRoutes(http: FastifyInstance, insights: Insights): void {
  http.get<{ Params: Static<typeof GenreParams>; Querystring: Static<typeof LimitQuery> }>(
    '/v1/genres/:genre/chart',
    {
      schema: {
        tags,
        summary: 'The most played songs of a genre in the newest window',
        params: GenreParams,
        querystring: LimitQuery,
        response: { 200: { description: 'The songs.', ...ChartBody }, ...problems },
      },
    },
    async ({ params: { genre }, query }): Promise<Static<typeof ChartBody>> => {
      const chart = await available(insights.chart(genre, query.limit));
      return chart === undefined
        ? { genre, items: [] }
        : { genre, ...windowOf(chart), items: [...chart.items] };
    },
  );

  http.get<{ Params: Static<typeof ItemParams>; Querystring: Static<typeof LimitQuery> }>(
    '/v1/items/:itemId/plays',
    {
      schema: {
        tags,
        summary: 'How often an item was played in each of its last windows, which overlap',
        params: ItemParams,
        querystring: LimitQuery,
        response: { 200: { description: 'The windows with plays.', ...ItemPlaysBody }, ...problems },
      },
    },
    async ({ params: { itemId }, query }): Promise<Static<typeof ItemPlaysBody>> => {
      const { itemType, windows } = await available(insights.plays(itemId, query.limit));
      return {
        itemId,
        itemType,
        windows: windows.map((window) => ({ ...windowOf(window), plays: window.plays })),
      };
    },
  );

  http.get<{ Params: Static<typeof ItemParams> }>(
    '/v1/items/:itemId/skips',
    {
      schema: {
        tags,
        summary: 'How often an item was started, and skipped',
        params: ItemParams,
        response: { 200: { description: 'Since the item is there.', ...ItemSkipsBody }, ...problems },
      },
    },
    async ({ params: { itemId } }): Promise<Static<typeof ItemSkipsBody>> => {
      return { itemId, ...(await available(insights.skips(itemId))) };
    },
  );

  http.get<{ Params: Static<typeof UserParams>; Querystring: Static<typeof LimitQuery> }>(
    '/v1/users/:userId/sessions',
    {
      schema: {
        tags,
        summary: 'When a user listened, and to how much',
        params: UserParams,
        querystring: LimitQuery,
        response: { 200: { description: 'The last sessions.', ...SessionsBody }, ...problems },
      },
    },
    async ({ params: { userId }, query }): Promise<Static<typeof SessionsBody>> => {
      const sessions = await available(insights.sessions(userId, query.limit));
      return {
        userId,
        sessions: sessions.map(({ start, end, plays, skips, finishes }) => {
          return { start: instant(start), end: instant(end), plays, skips, finishes };
        }),
      };
    },
  );

  http.get<{ Params: Static<typeof ArtistParams> }>(
    '/v1/artists/:artistId/audience',
    {
      schema: {
        tags,
        summary: "Who plays an artist's songs in the newest window",
        params: ArtistParams,
        response: { 200: { description: 'The listeners.', ...AudienceBody }, ...problems },
      },
    },
    async ({ params: { artistId } }): Promise<Static<typeof AudienceBody>> => {
      const audience = await available(insights.audience(artistId));
      if (audience === undefined) return { artistId, plays: 0, countries: [], ageGroups: {} };
      const { artistName, artistCountry, plays, countries, ageGroups } = audience;
      return {
        artistId,
        artistName,
        artistCountry,
        ...windowOf(audience),
        plays,
        countries: [...countries],
        ageGroups: { ...ageGroups },
      };
    },
  );
}

async function available<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof StoresUnavailableError)) throw error;
    const detail = 'Whoever has these counts does not answer at the moment; try again.';
    throw new ProblemError(503, detail, { cause: error, headers: RETRY_AFTER });
  }
}

function windowOf({ start, end }: Span): { readonly windowStart: string; readonly windowEnd: string } {
  return { windowStart: instant(start), windowEnd: instant(end) };
}

function instant(time: number): string {
  return new Date(time).toISOString();
}
