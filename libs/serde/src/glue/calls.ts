import { setTimeout as sleep } from 'node:timers/promises';
import { GetSchemaVersionCommand } from '@aws-sdk/client-glue';
import type { GetSchemaVersionCommandOutput } from '@aws-sdk/client-glue';
import { isNamed, reasonOf } from '../cause.js';
import { SerdeError } from '../errors.js';
import type { SerdeErrorWhere } from '../errors.js';
import type { Glue } from './client.js';

const FIRST_POLL_MS = 50;
const LONGEST_POLL_MS = 1_000;

/**
 * Only Glue's plain answer that something does not exist is told apart by its callers. All else (no connection, a
 * time-out, throttling, a fault of Glue, denied access, expired credentials) is an outage: no record is at fault, and
 * to dead-letter a topic because of a policy would lose it.
 */
export function outage(error: unknown, glue: Glue, operation: string, where: SerdeErrorWhere): SerdeError {
  if (error instanceof SerdeError) return error;
  return new SerdeError(
    'REGISTRY_UNAVAILABLE',
    `Glue's ${operation} for registry ${glue.registryName} failed: ${reasonOf(error)}`,
    where,
    { cause: error },
  );
}

/** Bounds a call in time, its retries included. */
export function timeLimit(glue: Glue): { readonly abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(glue.callTimeoutMs) };
}

/**
 * The version once the registry has made up its mind about it: AVAILABLE, FAILURE or DELETING.
 * @throws SerdeError `VERSION_NOT_FOUND`, `VERSION_PENDING`, `REGISTRY_UNAVAILABLE`
 */
export async function settledVersion(
  glue: Glue,
  versionId: string,
  where: SerdeErrorWhere,
): Promise<GetSchemaVersionCommandOutput> {
  const deadline = performance.now() + glue.pendingTimeoutMs;
  for (let pause = FIRST_POLL_MS; ; pause = Math.min(pause * 2, LONGEST_POLL_MS)) {
    const version = await getVersion(glue, versionId, where);
    if (version.Status !== 'PENDING') return version;
    if (performance.now() + pause > deadline) {
      throw new SerdeError(
        'VERSION_PENDING',
        `the registry has not decided on the version within ${glue.pendingTimeoutMs} ms`,
        where,
      );
    }
    await sleep(pause);
  }
}

async function getVersion(
  glue: Glue,
  versionId: string,
  where: SerdeErrorWhere,
): Promise<GetSchemaVersionCommandOutput> {
  try {
    return await glue.client.send(
      new GetSchemaVersionCommand({ SchemaVersionId: versionId }),
      timeLimit(glue),
    );
  } catch (error) {
    if (isNamed(error, 'EntityNotFoundException')) {
      throw new SerdeError('VERSION_NOT_FOUND', 'the registry has no schema version of this id', where, {
        cause: error,
      });
    }
    throw outage(error, glue, 'GetSchemaVersion', where);
  }
}
