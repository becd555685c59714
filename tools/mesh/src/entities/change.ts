import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs, exchange, reasonOf } from '../http/exchange.js';
import { stableUuid } from '../listening/stable-uuid.js';
import type { Entity, EntityOwner } from './entity.js';

export interface ChangeOptions {
  /** Where an owner's API is; asked again before each attempt. */
  readonly urlOf: (owner: EntityOwner) => string;
  /** How long one change is tried in all. Milliseconds, default two minutes. */
  readonly retryDeadlineMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * - `MESH_CHANGE_REFUSED`: the API answered what no retry changes; the message says what.
 * - `MESH_CHANGE_GAVE_UP`: no answer within the deadline.
 */
export type ChangeErrorCode = 'MESH_CHANGE_REFUSED' | 'MESH_CHANGE_GAVE_UP';

export class ChangeError extends Error {
  override readonly name = 'ChangeError';
  readonly code: ChangeErrorCode;

  constructor(code: ChangeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Creates an entity under its id. @returns false where it was there already */
export async function createEntity(entity: Entity, options: ChangeOptions): Promise<boolean> {
  const { status } = await change('PUT', entity, { 'if-none-match': '*' }, options, [200, 201, 412]);
  return status !== 412;
}

/** Replaces version `version` of an entity. @returns its new version */
export async function replaceEntity(
  entity: Entity,
  version: number,
  options: ChangeOptions,
): Promise<number> {
  const { headers } = await change('PUT', entity, { 'if-match': `"${version}"` }, options, [200]);
  return Number(headers.get('etag')?.replaceAll('"', ''));
}

/** Deletes version `version` of an entity. */
export async function deleteEntity(entity: Entity, version: number, options: ChangeOptions): Promise<void> {
  await change('DELETE', entity, { 'if-match': `"${version}"` }, options, [204]);
}

/**
 * Tries until the API answers, with the same idempotency key: a change whose answer was lost is answered again and not
 * made again.
 */
async function change(
  method: 'PUT' | 'DELETE',
  entity: Entity,
  precondition: Readonly<Record<string, string>>,
  { urlOf, retryDeadlineMs = 120_000, signal }: ChangeOptions,
  expected: readonly number[],
): Promise<{ status: number; headers: Headers }> {
  const path = `/v1/${entity.plural}/${encodeURIComponent(entity.id)}`;
  const body = method === 'DELETE' ? undefined : JSON.stringify(entity.body);
  const key = stableUuid(method, path, JSON.stringify(precondition), body ?? '');
  const headers = {
    'idempotency-key': key,
    ...precondition,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const deadline = performance.now() + retryDeadlineMs;
  for (let attempt = 0; ; attempt += 1) {
    const timeout = AbortSignal.timeout(30_000);
    const answer = await exchange(new URL(path, urlOf(entity.owner)), {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    });
    if (answer.kind === 'answer') {
      if (expected.includes(answer.status)) return answer;
      const reason = reasonOf(answer.status, answer.body);
      throw new ChangeError('MESH_CHANGE_REFUSED', `${entity.owner} refused ${method} ${path}: ${reason}`);
    }
    signal?.throwIfAborted();
    if (performance.now() > deadline) {
      throw new ChangeError(
        'MESH_CHANGE_GAVE_UP',
        `gave up ${method} ${path} after ${retryDeadlineMs} ms: ${answer.reason}; start ${entity.owner} and try again`,
        { cause: answer.cause },
      );
    }
    await sleep((answer.afterMs ?? 0) + backoffMs(attempt), undefined, signal && { signal });
  }
}
