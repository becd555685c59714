import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

/** Carries a correlation id from caller to caller, over HTTP. In Kafka it is `ce_correlationid`. */
export const CORRELATION_HEADER = 'x-correlation-id';

const current = new AsyncLocalStorage<string>();

/** The correlation id of the work under way; every log line written meanwhile carries it. */
export function correlationId(): string | undefined {
  return current.getStore();
}

/** Runs `work`, and all that it starts, under this correlation id. */
export function withCorrelationId<T>(id: string, work: () => T): T {
  return current.run(id, work);
}

// What a caller sends ends up in logs, headers and Kafka: nothing that could break out of those.
const ACCEPTABLE = /^[\w.:/=+-]{1,128}$/;

/** The caller's id where it is a usable one, else a new one. */
export function correlationIdFrom(header: string | readonly string[] | undefined): string {
  const given = typeof header === 'string' ? header : header?.[0];
  return given !== undefined && ACCEPTABLE.test(given) ? given : randomUUID();
}
