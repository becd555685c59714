import type { IncomingMessage } from 'node:http';
import type { WireAnswer } from './bindings.js';
import { ModelledError } from './types.js';

/** What the other server needs to know a call: whom it is for, what it is, who asks from where. */
const passed = ['authorization', 'content-type', 'x-amz-target', 'x-amz-date', 'x-amz-security-token'];

/**
 * Has a call of the JSON protocol answered by another server, byte for byte.
 *
 * @throws ModelledError `ServiceUnavailable` where it cannot be reached
 */
export async function passOn(
  url: string,
  request: IncomingMessage,
  body: Buffer,
): Promise<WireAnswer & { readonly code?: string }> {
  const headers: Record<string, string> = {};
  for (const name of passed) {
    const value = request.headers[name];
    if (typeof value === 'string') headers[name] = value;
  }
  let response: Response;
  let answer: Buffer;
  try {
    response = await fetch(url, { method: request.method ?? 'POST', headers, body: new Uint8Array(body) });
    answer = Buffer.from(await response.arrayBuffer());
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ModelledError('ServiceUnavailable', `${url} cannot be reached: ${reason}`);
  }
  const type = response.headers.get('x-amzn-errortype');
  return {
    status: response.status,
    headers: type === null ? {} : { 'x-amzn-errortype': type },
    body: answer,
    ...(response.ok ? {} : { code: errorCode(answer) }),
  };
}

/** The error's code, for the statistics. */
function errorCode(answer: Buffer): string {
  return /"__type": ?"(?:[^"#]*#)?([^"]+)"/.exec(answer.toString('utf8'))?.[1] ?? 'UnknownError';
}
