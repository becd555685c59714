import { interactionEventTypes, interactionItemTypes } from '@mesh/contracts';
import { type Static, type TLiteral, Type } from '@sinclair/typebox';

/** Longest id, below the 256 characters that Personalize takes. */
const MAX_ID_LENGTH = 128;
/** Players that confuse seconds with milliseconds end up in January 1970, and here. */
export const EARLIEST_OCCURRED_AT = Date.UTC(2000, 0, 1);
/** How far a player's clock may run ahead. Milliseconds. */
export const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** What each field must be: shown in the OpenAPI description, and the reason given where it is not. */
export const RULES = {
  eventId: 'a UUID',
  eventType: `one of ${interactionEventTypes.join(', ')}`,
  occurredAt: 'a whole number of milliseconds since the epoch',
  userId: `1 to ${MAX_ID_LENGTH} visible ASCII characters without blanks`,
  sessionId: `1 to ${MAX_ID_LENGTH} visible ASCII characters without blanks`,
  itemId: `1 to ${MAX_ID_LENGTH} visible ASCII characters without blanks`,
  itemType: `one of ${interactionItemTypes.join(', ')}`,
  positionMs: 'a whole number of milliseconds, 0 or more, or null',
  durationMs: 'a whole number of milliseconds, 0 or more, or null',
} as const;

type Field = keyof typeof RULES;

const described = (field: Field, meaning: string) => ({ description: `${meaning} Must be ${RULES[field]}.` });
const id = (field: Field, meaning: string) =>
  Type.String({ pattern: `^[\\x21-\\x7e]{1,${MAX_ID_LENGTH}}$`, ...described(field, meaning) });
const oneOf = <T extends string>(values: readonly T[], field: Field, meaning: string) =>
  Type.Union(
    values.map((value): TLiteral<T> => Type.Literal(value)),
    described(field, meaning),
  );
const milliseconds = (field: Field, meaning: string) =>
  Type.Optional(
    Type.Union(
      [Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }), Type.Null()],
      described(field, meaning),
    ),
  );

/** An interaction as clients send it. */
export const InteractionRequest = Type.Object(
  {
    eventId: Type.Optional(
      Type.String({
        pattern: '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$',
        ...described(
          'eventId',
          'Identifies the event for ever: sent again under the same id, it has its effect once. Made here where absent, ' +
            'but then a repeated request is a second event.',
        ),
      }),
    ),
    eventType: oneOf(interactionEventTypes, 'eventType', 'What the user did.'),
    occurredAt: Type.Integer({
      maximum: Number.MAX_SAFE_INTEGER,
      ...described(
        'occurredAt',
        'When, by the clock of the player; not before the year 2000, and at most five minutes in the future.',
      ),
    }),
    userId: id('userId', 'Who did it.'),
    sessionId: id('sessionId', 'One sitting of listening of one user.'),
    itemId: id('itemId', 'What it was done with.'),
    itemType: oneOf(interactionItemTypes, 'itemType', 'The kind of item.'),
    positionMs: milliseconds('positionMs', 'How far into the item the user was.'),
    durationMs: milliseconds('durationMs', 'How long the item is.'),
  },
  { title: 'Interaction', additionalProperties: false },
);
export type InteractionRequest = Static<typeof InteractionRequest>;
