import { Type } from '@sinclair/typebox';
import { InteractionRequest } from '../domain/interaction-request.js';

/** Events a batch may have. */
export const MAX_BATCH = 500;

const FieldFault = Type.Object({
  field: Type.String({ description: 'Which field; empty where the event as a whole is meant.' }),
  reason: Type.String({ description: 'What is wrong with it, and what is allowed.' }),
});

/** RFC 9457, with what is wrong in which field. */
export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    correlationId: Type.Optional(Type.String()),
    errors: Type.Optional(Type.Array(FieldFault)),
  },
  { title: 'Problem' },
);

export const Accepted = Type.Object({
  eventId: Type.String({ description: "The client's id in lower case, or the one made here." }),
});

export const BatchRequest = Type.Object(
  { events: Type.Array(InteractionRequest, { minItems: 1, maxItems: MAX_BATCH }) },
  { additionalProperties: false },
);

export const BatchAnswer = Type.Object({
  accepted: Type.Integer({ description: 'How many of the events are in Kafka.' }),
  results: Type.Array(
    Type.Object({
      index: Type.Integer({ description: 'Position in the request, from 0.' }),
      status: Type.Integer({
        description:
          '202: in Kafka. 400: never to be accepted as it is. 413: larger than the topic takes. ' +
          '503: not known to be written, send it again under this eventId.',
      }),
      eventId: Type.Optional(
        Type.String({ description: 'Of accepted events, and of those to be sent again.' }),
      ),
      error: Type.Optional(FieldFault),
    }),
    { description: 'One for each event, in their order.' },
  ),
});
