import { types } from 'node:util';
import { AuthenticationError, NetworkError, ProtocolError, findErrorBy } from '@platformatic/kafka';
import { BrokerAnswerError, connectionFault, toKafkaError } from '../../core/errors.js';
import { KafkaError } from '../../port/errors.js';

/** What the client's connections throw, as a {@link KafkaError}. */
export function fromPlatformatic(cause: unknown, where: string): KafkaError {
  if (cause instanceof KafkaError || !(cause instanceof Error)) return toKafkaError(cause, where);
  // A failed authentication comes as the cause of a network error.
  for (let inner: unknown = cause; inner instanceof Error; inner = inner.cause) {
    if (inner instanceof KafkaError) return inner;
    const answer = findErrorBy(inner, 'code', ProtocolError.code);
    if (answer instanceof ProtocolError) {
      const { apiCode, serverErrorMessage } = answer as unknown as ProtocolAnswer;
      return new BrokerAnswerError(apiCode, where, { reason: serverErrorMessage ?? null, cause });
    }
    if (inner instanceof AuthenticationError && !(inner.cause instanceof Error)) {
      return new KafkaError('DENIED', `${where}: ${inner.message}`, { cause });
    }
  }
  const network = findErrorBy(cause, 'code', NetworkError.code);
  if (network !== null) {
    const inner = innermost(cause);
    return connectionFault(`${where}: ${inner.message}`, inner, cause);
  }
  return toKafkaError(cause, where);
}

interface ProtocolAnswer {
  readonly apiCode: number;
  readonly serverErrorMessage?: string | null;
}

/** The outer ones say only that the connection failed. */
function innermost(error: Error): Error {
  return types.isNativeError(error.cause) ? innermost(error.cause) : error;
}
