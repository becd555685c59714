/** What became of one request. */
export type Exchange =
  | { readonly kind: 'answer'; readonly status: number; readonly headers: Headers; readonly body: unknown }
  /** Nobody answered, or the answer was to come back later; `afterMs` where it said when. */
  | { readonly kind: 'later'; readonly reason: string; readonly afterMs?: number; readonly cause?: unknown };

/** Statuses that say nothing about the request: the same again may succeed. */
export const RETRYABLE: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Makes one request and reads its answer, as JSON where it is. Never throws for what the network or the service does.
 * Node's `fetch` keeps connections alive and uses one for each request under way.
 */
export async function exchange(url: URL, init: RequestInit): Promise<Exchange> {
  let status: number;
  let headers: Headers;
  let body: unknown;
  try {
    const response = await fetch(url, init);
    ({ status, headers } = response);
    body = parse(await response.text());
  } catch (cause) {
    return { kind: 'later', reason: `no answer from ${url.origin}: ${rootMessage(cause)}`, cause };
  }
  if (!RETRYABLE.has(status)) return { kind: 'answer', status, headers, body };
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  const reason = reasonOf(status, body);
  return { kind: 'later', reason, ...(seconds >= 0 ? { afterMs: seconds * 1_000 } : {}) };
}

/** Status and the gist of the body, for a message. */
export function reasonOf(status: number, body: unknown): string {
  const detail = field(body, 'detail') ?? field(body, 'title') ?? field(body, 'message') ?? body ?? '';
  return `${status} ${typeof detail === 'string' ? detail : JSON.stringify(detail).slice(0, 200)}`.trimEnd();
}

/** A field of what may be an object. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** Full jitter below a doubling bound, so that those who wait do not all come back at the same instant. Milliseconds. */
export function backoffMs(attempt: number): number {
  return Math.random() * Math.min(2_000, 25 * 2 ** attempt);
}

function parse(content: string): unknown {
  try {
    return JSON.parse(content) as unknown;
  } catch {
    // Nothing, or a proxy's page: of use in a message only.
    return content.slice(0, 200);
  }
}

/** `fetch failed` says nothing; its cause does. */
function rootMessage(error: unknown): string {
  let root = error;
  while (root instanceof Error && root.cause instanceof Error) root = root.cause;
  return root instanceof Error ? root.message || root.name : String(root);
}
