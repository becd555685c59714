import { SchemaRegistry as ConfluentClient } from '@kafkajs/confluent-schema-registry';
import { isNamed, reasonOf } from '../cause.js';
import { SerdeError, type SerdeErrorWhere } from '../errors.js';

/** How a registry that speaks the protocol of Confluent's is reached. */
export interface ConfluentConnection {
  /** Of the registry, as `http://localhost:8081`. */
  readonly url: string;
  /** For HTTP basic authentication. */
  readonly auth?: { readonly username: string; readonly password: string };
  /** The subject that a contract's versions are kept under. Default: the name of the schema itself. */
  readonly subjectOf?: (schemaName: string) => string;
  /** How long one call may take, its retries included. Milliseconds, default 10,000. */
  readonly callTimeoutMs?: number;
}

/** What the adapters below need of {@link ConfluentConnection}, with everything filled in. */
export interface Confluent {
  readonly client: ConfluentClient;
  readonly url: string;
  readonly subjectOf: (schemaName: string) => string;
  readonly callTimeoutMs: number;
}

export function connectConfluent(connection: ConfluentConnection): Confluent {
  const { url, auth } = connection;
  return {
    client: new ConfluentClient({
      host: url.replace(/\/+$/, ''),
      clientId: 'mesh',
      retry: { retries: 2 },
      ...(auth === undefined ? {} : { auth }),
    }),
    url,
    subjectOf: connection.subjectOf ?? ((schemaName) => schemaName),
    callTimeoutMs: connection.callTimeoutMs ?? 10_000,
  };
}

/** @throws what `call` does, and `REGISTRY_UNAVAILABLE` where it takes too long: the client would wait for ever */
export async function inTime<T>({ callTimeoutMs, url }: Confluent, call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new SerdeError(
          'REGISTRY_UNAVAILABLE',
          `the schema registry at ${url} did not answer within ${callTimeoutMs} ms`,
        ),
      );
    }, callTimeoutMs);
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Sorts what the client throws: answers that are errors carry the HTTP status, and "no answer" passes for a 400. What
 * carries none did not come from the registry: the schema itself is at fault.
 */
export function faultOf(error: unknown): 'not found' | 'conflict' | 'schema' | 'outage' {
  const { status } = error as { readonly status?: unknown };
  if (status === 404) return 'not found';
  if (status === 409) return 'conflict';
  // A look-up by definition loses its status, but only where it was 404.
  if (isNamed(error, 'ConfluentSchemaRegistryError')) return 'not found';
  return status === undefined || status === 422 ? 'schema' : 'outage';
}

/** Anything but an answer to the question. */
export function outage(cause: unknown, { url }: Confluent, where: SerdeErrorWhere): SerdeError {
  if (cause instanceof SerdeError) return cause.at(where);
  return new SerdeError(
    'REGISTRY_UNAVAILABLE',
    `the schema registry at ${url} gave no answer: ${reasonOf(cause)}`,
    where,
    { cause },
  );
}
