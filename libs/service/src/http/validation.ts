import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import type { FastifySchemaCompiler } from 'fastify';

type RouteSchema = Parameters<typeof Ajv.prototype.compile>[0];

/**
 * Checks requests: a body is taken as it is (a number is no text, an unknown field is no field); path and query,
 * which can only be text, are converted. The first fault of a request is reported, since collecting all of them
 * lets a large bad body cost more than a good one.
 */
export function requestValidator(): FastifySchemaCompiler<RouteSchema> {
  const strict = withFormats(
    new Ajv({ coerceTypes: false, removeAdditional: false, useDefaults: true, strict: false }),
  );
  const converting = withFormats(new Ajv({ coerceTypes: 'array', useDefaults: true, strict: false }));
  return ({ schema, httpPart }): ValidateFunction =>
    (httpPart === 'body' ? strict : converting).compile(schema);
}

function withFormats(ajv: Ajv): Ajv {
  (formats as unknown as (ajv: Ajv) => void)(ajv);
  return ajv;
}
