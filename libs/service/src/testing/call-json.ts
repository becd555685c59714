/** An answer of an HTTP API that speaks JSON. */
export interface JsonAnswer {
  readonly status: number;
  readonly etag: string | null;
  readonly retryAfter: string | null;
  /** `undefined` where there is none. */
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

/** Sends a request as a client would. @throws where no answer came, or one that is no JSON */
export async function callJson(
  url: string,
  method: string,
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<JsonAnswer> {
  const response = await fetch(url + path, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    etag: response.headers.get('etag'),
    retryAfter: response.headers.get('retry-after'),
    body: text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>),
  };
}
