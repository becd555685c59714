import { Type } from '@sinclair/typebox';

/** Most items an answer may have; Personalize gives 500. */
const MAX_LIMIT = 100;
const MAX_RANKED = 500;

export const Id = (description: string) => Type.String({ minLength: 1, maxLength: 128, description });

export const UserParams = Type.Object({ userId: Id('As in the interactions.') });
export const ItemParams = Type.Object({ itemId: Id('As in the interactions.') });

export const LimitQuery = Type.Object({
  limit: Type.Integer({
    minimum: 1,
    maximum: MAX_LIMIT,
    default: 20,
    description: 'How many items at most.',
  }),
});

export const RankingRequest = Type.Object(
  {
    itemIds: Type.Array(Id('An item to be ranked.'), {
      minItems: 1,
      maxItems: MAX_RANKED,
      uniqueItems: true,
    }),
  },
  { additionalProperties: false },
);

export const Nullable = (description: string) => Type.Union([Type.String(), Type.Null()], { description });

/** What every item of an answer says of itself. */
export const itemDescription = {
  itemType: Nullable('SONG or EPISODE; null where the item is not in the catalogue.'),
  title: Nullable('As it is now; null where the item is not in the catalogue.'),
  artist: Nullable("Of a song: the artist's current name."),
  show: Nullable("Of an episode: its podcast's current title."),
};

export const AnswerBody = Type.Object({
  source: Type.Union([Type.Literal('personalize'), Type.Literal('trending')], {
    description: '`trending` where Personalize could not be asked.',
  }),
  degraded: Type.Boolean({ description: 'Whether this is second best.' }),
  reason: Type.Optional(Type.String({ description: 'Why it is.' })),
  recommendationId: Type.Optional(
    Type.String({ description: "Personalize's id of this answer, for the events that follow from it." }),
  ),
  items: Type.Array(
    Type.Object({
      itemId: Type.String(),
      ...itemDescription,
      score: Type.Optional(Type.Number({ description: 'Comparable within one answer only.' })),
    }),
    { description: 'The best first.' },
  ),
});

export const TrendingBody = Type.Object({
  windowStart: Type.Optional(
    Type.String({
      format: 'date-time',
      description: "By the events' own time. Absent before the first play.",
    }),
  ),
  windowEnd: Type.Optional(
    Type.String({ format: 'date-time', description: 'The first instant after the window.' }),
  ),
  items: Type.Array(
    Type.Object({
      itemId: Type.String(),
      ...itemDescription,
      plays: Type.Integer({ description: 'Within the window, so far.' }),
    }),
    { description: 'The most played first.' },
  ),
});

/** RFC 9457. */
export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    correlationId: Type.Optional(Type.String()),
    errors: Type.Optional(Type.Array(Type.Object({ field: Type.String(), reason: Type.String() }))),
  },
  { title: 'Problem' },
);
