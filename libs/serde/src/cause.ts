interface ErrorLike {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
}

/** What an error says; also of one made in another realm, as Node's own are within a test's sandbox. */
export function reasonOf(cause: unknown): string {
  if (typeof cause !== 'object' || cause === null) return String(cause);
  const { name, message, code } = cause as ErrorLike;
  // Node's error for a connection refused at each of several addresses has only a code.
  for (const text of [message, code, name]) if (typeof text === 'string' && text !== '') return text;
  return 'an error that says nothing';
}

/** `true` for an error whose `name` (the AWS SDK) or `code` (Node) is this. */
export function isNamed(cause: unknown, name: string): boolean {
  if (typeof cause !== 'object' || cause === null) return false;
  const error = cause as ErrorLike;
  return error.name === name || error.code === name;
}
