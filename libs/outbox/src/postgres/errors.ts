import { OutboxError } from '../errors.js';

/** Connections refused, cut or not made in time, by their codes in Node. */
const SYSTEM = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
/**
 * States of the server, not of the statement: shutdown, recovery, sessions exhausted, a session ended for idling, a
 * standby that takes no writes yet, no space or memory left, a disk that fails; and conflicts between transactions,
 * which a repetition resolves.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const STATES = new Set([
  '57P01',
  '57P02',
  '57P03',
  '57P05',
  '25P03',
  '53100',
  '53200',
  '53300',
  '58030',
  '25006',
  '40001',
  '40P01',
  '57014',
]);
/** node-postgres has no codes for what it finds out itself. */
const MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|Query read timeout)/;

/** Whether the same call may succeed later. */
export function isUnavailable(error: unknown): boolean {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code === 'string' && (SYSTEM.has(code) || STATES.has(code) || code.startsWith('08')))
    return true;
  if (error instanceof AggregateError) return error.errors.every(isUnavailable);
  return typeof message === 'string' && MESSAGES.test(message);
}

/** What node-postgres threw, as an error that says whether trying again makes sense. */
export function databaseError(error: unknown, what: string): OutboxError {
  if (error instanceof OutboxError) return error;
  const code = isUnavailable(error) ? 'UNAVAILABLE' : 'DATABASE';
  const reason = error instanceof Error ? error.message || error.name : String(error);
  return new OutboxError(code, `${what}: ${reason}`, { cause: error });
}
