import type { KafkaJSProtocolError } from 'kafkajs';
import { KafkaError } from '../../port/errors.js';
import { BrokerAnswerError, connectionFault, toKafkaError } from '../../core/errors.js';

/** What kafkajs' connections throw, as a {@link KafkaError}. */
export function fromKafkajs(cause: unknown, where: string): KafkaError {
  if (cause instanceof KafkaError || !(cause instanceof Error)) return toKafkaError(cause, where);
  const message = `${where}: ${cause.message}`;
  switch (cause.name) {
    case 'KafkaJSProtocolError':
      return new BrokerAnswerError((cause as KafkaJSProtocolError).code, where, { cause });
    case 'KafkaJSSASLAuthenticationError':
      return new KafkaError('DENIED', message, { cause });
    case 'KafkaJSConnectionError':
    case 'KafkaJSConnectionClosedError':
    case 'KafkaJSRequestTimeoutError':
    case 'KafkaJSLockTimeout':
      return connectionFault(message, cause);
    case 'KafkaJSServerDoesNotSupportApiKey':
      return new KafkaError('UNSUPPORTED', message, { cause });
    default:
      return toKafkaError(cause, where);
  }
}
