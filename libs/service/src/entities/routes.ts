import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ProblemError, type FieldProblem } from '../http/problem.js';
import type { EntityDefinition } from './definition.js';
import {
  createHeaders,
  entityAnswer,
  idParams,
  problemAnswers,
  removeHeaders,
  replaceHeaders,
} from './openapi.js';
import { changeContext, etag, expectedVersion, putCondition } from './preconditions.js';
import { EntityRequests } from './requests.js';
import type { EntityStore, Stored } from './store.js';

export interface EntityRoutesOptions {
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number;
  /** Bytes a body may have. Default 64 KiB: entities are small. */
  readonly bodyLimitBytes?: number;
}

const BODY_LIMIT_BYTES = 65_536;

type ById = { Params: { id: string } };

/**
 * Registers the routes of one kind of entity: `POST /v1/<plural>`, and `GET`, `PUT` and `DELETE` of
 * `/v1/<plural>/:id`. The ETag of an answer is the entity's version; a change names the one it is made to in `If-Match`.
 *
 * Bodies are checked here and not by the routes' schemas, which only describe them, so that a reason is one that a
 * caller understands.
 */
export function addEntityRoutes<T extends object>(
  http: FastifyInstance,
  definition: EntityDefinition<T>,
  store: EntityStore<T>,
  options: EntityRoutesOptions = {},
): void {
  const { name, plural, idField, schema } = definition;
  const { now = Date.now, bodyLimitBytes: bodyLimit = BODY_LIMIT_BYTES } = options;
  const requests = new EntityRequests(definition);
  const tags = [plural];
  const params = idParams(idField, schema);
  const validatorCompiler = () => () => true;
  const path = `/v1/${plural}`;
  const common = { bodyLimit, validatorCompiler };
  const pathOf = (entity: T): string => `${path}/${encodeURIComponent(String(entity[idField]))}`;

  http.post(
    path,
    {
      ...common,
      schema: {
        tags,
        summary: `Create a ${name}`,
        headers: createHeaders,
        body: requests.creating,
        response: {
          201: entityAnswer(
            'Created, at version 1 or above that of an earlier one of this id.',
            schema,
            true,
          ),
          ...problemAnswers(400, 409, 413, 415, 422, 503),
        },
      },
    },
    async (request, reply) => {
      const entity = requests.created(request.body, now());
      const outcome = await store.create(entity, changeContext(request));
      switch (outcome.outcome) {
        case 'stored':
          return created(reply, outcome);
        case 'exists':
          throw versionProblem(409, `there is a ${name} of this ${idField} already`, outcome.version);
        case 'refused':
          throw relationProblem(outcome.problem);
        case 'key-reused':
          throw keyReused();
      }
    },
  );

  http.get<ById>(
    `${path}/:id`,
    {
      ...common,
      schema: {
        tags,
        summary: `Read a ${name}`,
        params,
        response: { 200: entityAnswer('As it is now.', schema), ...problemAnswers(400, 404, 503) },
      },
    },
    async (request, reply) => {
      const id = requests.id(request.params.id);
      const stored = await store.get(id);
      if (stored === undefined) throw missing(id);
      return answered(reply, 200, stored);
    },
  );

  http.put<ById>(
    `${path}/:id`,
    {
      ...common,
      schema: {
        tags,
        summary: `Replace a ${name}, or create it under this id`,
        params,
        headers: replaceHeaders,
        body: requests.replacing,
        response: {
          200: entityAnswer('Replaced.', schema),
          201: entityAnswer('Created.', schema, true),
          ...problemAnswers(400, 404, 409, 412, 413, 415, 422, 428, 503),
        },
      },
    },
    async (request, reply) => {
      const id = requests.id(request.params.id);
      const condition = putCondition(request.headers);
      return condition.create ? create(id, request, reply) : replace(id, condition.version, request, reply);
    },
  );

  http.delete<ById>(
    `${path}/:id`,
    {
      ...common,
      schema: {
        tags,
        summary: `Delete a ${name}`,
        params,
        headers: removeHeaders,
        response: {
          204: { description: 'Deleted.', type: 'null' },
          ...problemAnswers(400, 404, 409, 412, 422, 428, 503),
        },
      },
    },
    async (request, reply) => {
      const id = requests.id(request.params.id);
      const version = expectedVersion(request.headers);
      const outcome = await store.remove(id, version, changeContext(request));
      switch (outcome.outcome) {
        case 'removed':
          return reply.code(204).send();
        case 'missing':
          throw missing(id);
        case 'conflict':
          throw conflict(id, version, outcome.version);
        case 'refused':
          throw relationProblem(outcome.problem);
        case 'key-reused':
          throw keyReused();
      }
    },
  );

  async function create(id: string, request: FastifyRequest, reply: FastifyReply) {
    const entity = requests.created(request.body, now(), id);
    const outcome = await store.create(entity, changeContext(request));
    switch (outcome.outcome) {
      case 'stored':
        return created(reply, outcome);
      case 'exists':
        throw versionProblem(412, `there is a ${name} ${id} already`, outcome.version);
      case 'refused':
        throw relationProblem(outcome.problem);
      case 'key-reused':
        throw keyReused();
    }
  }

  async function replace(id: string, expected: number, request: FastifyRequest, reply: FastifyReply) {
    const entity = requests.replaced(request.body, now(), id);
    const outcome = await store.replace(id, expected, entity, changeContext(request));
    switch (outcome.outcome) {
      case 'stored':
        return answered(reply, 200, outcome);
      case 'missing':
        throw missing(id);
      case 'conflict':
        throw conflict(id, expected, outcome.version);
      case 'refused':
        throw relationProblem(outcome.problem);
      case 'key-reused':
        throw keyReused();
    }
  }

  function created(reply: FastifyReply, stored: Stored<T>): FastifyReply {
    return answered(reply.header('location', pathOf(stored.entity)), 201, stored);
  }

  function answered(reply: FastifyReply, status: 200 | 201, { entity, version }: Stored<T>): FastifyReply {
    return reply.code(status).header('etag', etag(version)).send(entity);
  }

  function missing(id: string): ProblemError {
    return new ProblemError(404, `there is no ${name} ${id}`);
  }

  function conflict(id: string, expected: number, found: number): ProblemError {
    return versionProblem(
      412,
      `${name} ${id} is not at version ${etag(expected)} any more`,
      found,
      'If-Match',
    );
  }

  function versionProblem(status: number, what: string, version: number, field: string = idField) {
    return new ProblemError(status, `${what}; its version is ${etag(version)}`, {
      errors: [{ field, reason: `is at version ${etag(version)}` }],
      headers: { etag: etag(version) },
    });
  }
}

function relationProblem({ field, reason }: FieldProblem): ProblemError {
  return new ProblemError(409, `${field} ${reason}`, { errors: [{ field, reason }] });
}

function keyReused(): ProblemError {
  const reason = 'was used for another request; a new request needs a new key';
  return new ProblemError(422, `Idempotency-Key ${reason}`, {
    errors: [{ field: 'Idempotency-Key', reason }],
  });
}
