import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ProblemError } from '../http/problem.js';
import type { ChangeContext, Idempotency } from './store.js';

export const IDEMPOTENCY_HEADER = 'idempotency-key';
const KEY = /^[\x21-\x7e]{1,128}$/;
const VERSION = /^"([1-9]\d{0,14})"$/;

/** The entity tag of a version: `"3"`. */
export function etag(version: number): string {
  return `"${version}"`;
}

/** What a PUT is to do. */
export type PutCondition = { readonly create: true } | { readonly create: false; readonly version: number };

/** @throws ProblemError 428 without a condition, 400 for one that is none */
export function putCondition(headers: IncomingHttpHeaders): PutCondition {
  const noneMatch = headers['if-none-match'];
  if (noneMatch === undefined) return { create: false, version: expectedVersion(headers) };
  if (noneMatch !== '*' || headers['if-match'] !== undefined) {
    throw badHeader('If-None-Match', 'must be *, which creates, and not be sent together with If-Match');
  }
  return { create: true };
}

/** The version that `If-Match` names. @throws ProblemError 428 where it is absent, 400 where it names none */
export function expectedVersion(headers: IncomingHttpHeaders): number {
  const given = headers['if-match'];
  if (given === undefined) {
    throw new ProblemError(428, 'If-Match is required: the ETag of the version that this request changes', {
      errors: [{ field: 'If-Match', reason: 'is required' }],
    });
  }
  const version = VERSION.exec(given)?.[1];
  if (version === undefined) throw badHeader('If-Match', 'must be one ETag as this service gives it, as "3"');
  return Number(version);
}

/** Who changes an entity, and under which idempotency key. @throws ProblemError 400 for a key that is none */
export function changeContext(request: {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}): ChangeContext {
  const idempotency = idempotencyOf(request);
  return { correlationId: request.id, ...(idempotency === undefined ? {} : { idempotency }) };
}

function idempotencyOf(request: Parameters<typeof changeContext>[0]): Idempotency | undefined {
  const key = request.headers[IDEMPOTENCY_HEADER];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !KEY.test(key)) {
    throw badHeader('Idempotency-Key', 'must be 1 to 128 visible ASCII characters without blanks');
  }
  const { method, url, headers, body } = request;
  const asked = [method, url, headers['if-match'] ?? null, headers['if-none-match'] ?? null, body ?? null];
  return { key, fingerprint: createHash('sha256').update(JSON.stringify(asked)).digest('hex') };
}

function badHeader(field: string, reason: string): ProblemError {
  return new ProblemError(400, `${field} ${reason}`, { errors: [{ field, reason }] });
}
