import { Type, type TObject, type TSchema } from '@sinclair/typebox';
import { ProblemSchema } from '../http/problem-schema.js';

const ETAG = { ETag: { type: 'string', description: 'The version answered, as `"3"`.' } };

const problems: Readonly<Record<number, string>> = {
  400: 'Not acceptable as it is; names field and reason.',
  404: 'There is none of this id.',
  409: 'There is one of this id already, or it would break a relation to another entity; names the field.',
  412: 'It has changed since, or is there already; ETag says which version it has now.',
  413: 'The body is too large.',
  415: 'Only application/json is taken.',
  422: 'The idempotency key was used for another request.',
  428: 'If-Match is missing.',
  503: 'The database does not answer. Whether a change was made is not known: send the same again after Retry-After seconds, best under an Idempotency-Key.',
};

/** The problems of a route, for its `response`. */
export function problemAnswers(...statuses: readonly number[]): Record<number, object> {
  return Object.fromEntries(
    statuses.map((status) => [status, { description: problems[status], ...ProblemSchema }]),
  );
}

/** An answer that carries the entity, with its version as ETag. */
export function entityAnswer(description: string, schema: TObject, withLocation = false): object {
  const location = { Location: { type: 'string', description: 'Its path.' } };
  return { description, headers: withLocation ? { ...ETAG, ...location } : ETAG, ...schema };
}

const IdempotencyKey = Type.Optional(
  Type.String({
    description:
      'Names this request: sent again under the same key after its change was made, it is answered as the first time and changes nothing. Only changes that were made are remembered: what was refused is checked anew.',
  }),
);
const IfMatch = Type.String({ description: 'The ETag of the version that is changed, as `"3"`.' });
const IfNoneMatch = Type.Optional(Type.String({ description: '`*` creates, where there is none yet.' }));

export const createHeaders = Type.Object({ 'Idempotency-Key': IdempotencyKey });
export const replaceHeaders = Type.Object({
  'If-Match': Type.Optional(IfMatch),
  'If-None-Match': IfNoneMatch,
  'Idempotency-Key': IdempotencyKey,
});
export const removeHeaders = Type.Object({ 'If-Match': IfMatch, 'Idempotency-Key': IdempotencyKey });

export function idParams(idField: string, schema: TObject): TObject {
  const field: TSchema = schema.properties[idField] ?? Type.String();
  return Type.Object({ id: field });
}
