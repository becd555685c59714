import { ProblemError, type FieldProblem } from '@mesh/service';
import type { Static } from '@sinclair/typebox';
import type { FastifyInstance } from 'fastify';
import type { Outcome, TakeInteractions } from '../domain/take.js';
import { InteractionRequest } from '../domain/interaction-request.js';
import { Accepted, BatchAnswer, BatchRequest, MAX_BATCH, Problem } from './schemas.js';

/** One event is a few hundred bytes; ids and all else at their longest, below two thousand. */
const EVENT_LIMIT_BYTES = 16_384;
const RETRY_AFTER = { 'retry-after': '1' };

/**
 * The write API. Every answer that says "accepted" is given after Kafka's acknowledgement.
 *
 * Bodies are checked event by event in the domain and not by the route's schema, which only describes them: a batch
 * with one bad event is a good request.
 */
export function addRoutes(http: FastifyInstance, take: TakeInteractions): void {
  const tags = ['interactions'];
  const faults = {
    400: { description: 'Not acceptable as it is; names field and reason.', ...Problem },
    413: { description: 'The body is too large.', ...Problem },
    415: { description: 'Only application/json is taken.', ...Problem },
    503: {
      description: 'Kafka does not acknowledge; send the same again after Retry-After seconds.',
      ...Problem,
    },
  };
  const validatorCompiler = () => () => true;

  http.post(
    '/v1/interactions',
    {
      bodyLimit: EVENT_LIMIT_BYTES,
      validatorCompiler,
      schema: {
        tags,
        summary: 'Take one interaction',
        body: InteractionRequest,
        response: { 202: { description: 'In Kafka.', ...Accepted }, ...faults },
      },
    },
    async (request, reply) => {
      const [outcome] = await take([request.body], request.id);
      if (outcome === undefined) throw new Error('no outcome for the event');
      if (outcome.status === 202) return reply.code(202).send({ eventId: outcome.eventId });
      throw problem(outcome);
    },
  );

  http.post(
    '/v1/interactions/batch',
    {
      validatorCompiler,
      schema: {
        tags,
        summary: `Take 1 to ${MAX_BATCH} interactions`,
        description:
          'Each event is accepted or not on its own: 200 where all were accepted, 207 where some were not, with one ' +
          'result an event. Events of one user are kept in the order of the batch. Where Kafka does not answer and ' +
          'nothing was accepted, the answer as a whole is 503.',
        body: BatchRequest,
        response: {
          200: { description: 'All are in Kafka.', ...BatchAnswer },
          207: { description: 'Some are in Kafka; the results say which.', ...BatchAnswer },
          ...faults,
        },
      },
    },
    async (request, reply) => {
      const outcomes = await take(eventsOf(request.body), request.id);
      const accepted = outcomes.filter(({ status }) => status === 202).length;
      const unavailable = outcomes.find((outcome) => outcome.status === 503);
      if (accepted === 0 && unavailable !== undefined) throw problem(unavailable);
      const answer: Static<typeof BatchAnswer> = {
        accepted,
        results: outcomes.map((outcome, index) => ({ index, ...outcome })),
      };
      return reply.code(accepted === outcomes.length ? 200 : 207).send(answer);
    },
  );
}

function eventsOf(body: unknown): readonly unknown[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw refused({ field: '', reason: 'must be an object with the field events' });
  }
  const { events, ...others } = body as { readonly events?: unknown };
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw refused({ field: unknown.slice(0, 64), reason: 'is not a known field' });
  if (events === undefined) throw refused({ field: 'events', reason: 'is required' });
  if (!Array.isArray(events)) throw refused({ field: 'events', reason: 'must be an array' });
  if (events.length < 1 || events.length > MAX_BATCH) {
    throw refused({ field: 'events', reason: `must have 1 to ${MAX_BATCH} elements, not ${events.length}` });
  }
  return events;
}

function refused(fault: FieldProblem): ProblemError {
  return new ProblemError(400, `${fault.field || 'body'} ${fault.reason}`, { errors: [fault] });
}

function problem(outcome: Exclude<Outcome, { status: 202 }>): ProblemError {
  const { status, error } = outcome;
  const detail = `${error.field || 'the event'} ${error.reason}`;
  if (status === 503) return new ProblemError(503, detail, { headers: RETRY_AFTER });
  return new ProblemError(status, detail, { errors: [error] });
}
