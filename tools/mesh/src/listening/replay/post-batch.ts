import { exchange, field, reasonOf, RETRYABLE } from '../../http/exchange.js';
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

/** Sends events to `POST /v1/interactions/batch` once. Never throws for what the network or the service does. */
export async function postBatch(
  url: string,
  events: readonly ListeningEvent[],
  signal: AbortSignal,
): Promise<BatchAnswer> {
  const answer = await exchange(new URL('/v1/interactions/batch', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ events }),
    signal,
  });
  if (answer.kind === 'later') return answer;
  const { status, body } = answer;
  if (status === 200 || status === 207) return readOutcomes(status, body, events.length);
  return { kind: status === 413 ? 'too-large' : 'refused', reason: reasonOf(status, body) };
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

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
