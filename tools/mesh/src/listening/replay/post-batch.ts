import type { ListeningEvent } from '../event.js';

/** What became of one event of a batch. */
export type EventOutcome =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'rejected'; readonly field: string; readonly reason: string }
  | { readonly kind: 'retry'; readonly reason: string };

/** What became of a batch. */
export type BatchAnswer =
  /** One outcome an event, in order. */
  | { readonly kind: 'outcomes'; readonly outcomes: readonly EventOutcome[] }
  /** Nobody answered, or the answer was to come back later; `afterMs` where it said when. */
  | { readonly kind: 'later'; readonly reason: string; readonly afterMs?: number; readonly cause?: unknown }
  | { readonly kind: 'too-large'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** Statuses that say nothing about the events: sending the same again may succeed. */
const RETRYABLE = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Sends events to `POST /v1/interactions/batch` once. Never throws for what the network or the service does. Node's
 * `fetch` keeps connections alive and uses one for each request under way.
 */
export async function postBatch(
  url: string,
  events: readonly ListeningEvent[],
  signal: AbortSignal,
): Promise<BatchAnswer> {
  let status: number;
  let headers: Headers;
  let body: unknown;
  try {
    const response = await fetch(new URL('/v1/interactions/batch', url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ events }),
      signal,
    });
    ({ status, headers } = response);
    body = parse(await response.text());
  } catch (cause) {
    return { kind: 'later', reason: `no answer from ${url}: ${rootMessage(cause)}`, cause };
  }
  if (status === 200 || status === 207) return readOutcomes(status, body, events.length);
  const reason = `${status} ${describe(body)}`.trimEnd();
  if (status === 413) return { kind: 'too-large', reason };
  if (!RETRYABLE.has(status)) return { kind: 'refused', reason };
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return { kind: 'later', reason, ...(seconds >= 0 ? { afterMs: seconds * 1_000 } : {}) };
}

function readOutcomes(status: number, body: unknown, expected: number): BatchAnswer {
  const results = field(body, 'results');
  if (!Array.isArray(results) || results.length !== expected) {
    return { kind: 'refused', reason: `${status} without a result for each of ${expected} events` };
  }
  const outcomes = results.map((result: unknown): EventOutcome => {
    const code = Number(field(result, 'status'));
    if (code >= 200 && code < 300) return { kind: 'accepted' };
    const error = field(result, 'error');
    const reason = text(field(error, 'reason')) ?? `status ${code}`;
    if (RETRYABLE.has(code)) return { kind: 'retry', reason };
    return { kind: 'rejected', field: text(field(error, 'field')) ?? '', reason };
  });
  return { kind: 'outcomes', outcomes };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function parse(content: string): unknown {
  try {
    return JSON.parse(content) as unknown;
  } catch {
    // Nothing, or a proxy's page: of use in a message only.
    return content.slice(0, 200);
  }
}

function describe(body: unknown): string {
  const detail = field(body, 'detail') ?? field(body, 'title') ?? field(body, 'message') ?? body ?? '';
  return typeof detail === 'string' ? detail : JSON.stringify(detail).slice(0, 200);
}

/** `fetch failed` says nothing; its cause does. */
function rootMessage(error: unknown): string {
  let root = error;
  while (root instanceof Error && root.cause instanceof Error) root = root.cause;
  return root instanceof Error ? root.message || root.name : String(root);
}
