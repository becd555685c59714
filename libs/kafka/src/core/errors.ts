import { KafkaError } from '../port/errors.js';
import { WireError } from '../wire/reader.js';
import { brokerError } from '../wire/error-codes.js';

/** An answer with an error code, as a {@link KafkaError}. The number stays readable for those that branch on it. */
export class BrokerAnswerError extends KafkaError {
  readonly errorCode: number;

  /** @param where what was done, as `write to orders-3` */
  constructor(errorCode: number, where: string, options: { reason?: string | null; cause?: unknown } = {}) {
    const { name, code, retriable } = brokerError(errorCode);
    const reason = options.reason === undefined || options.reason === null ? '' : `: ${options.reason}`;
    super(code, `${where} was answered ${name}${reason}${advice[name] ?? ''}`, {
      retriable,
      cause: options.cause,
    });
    this.errorCode = errorCode;
  }
}

/** What to do about it, where the name does not say. */
const advice: Readonly<Record<string, string>> = {
  UNKNOWN_TOPIC_OR_PARTITION: '; create the topic first, topics are not created on use',
  MESSAGE_TOO_LARGE: "; the limit is the topic's max.message.bytes",
  INVALID_REPLICATION_FACTOR: '; there are fewer brokers than replicas asked for',
  INVALID_TRANSACTION_TIMEOUT: "; it is above the broker's transaction.max.timeout.ms",
  INVALID_PRODUCER_EPOCH: '; a newer producer has this transactional id, or the transaction ran out of time',
  PRODUCER_FENCED: '; a newer producer has this transactional id',
};

interface KafkajsError extends Error {
  readonly type?: string;
  readonly code?: number | string;
}

/** Whatever kafkajs, the network or a codec threw, as a {@link KafkaError}. */
export function toKafkaError(cause: unknown, where: string): KafkaError {
  if (cause instanceof KafkaError) return cause;
  const error = cause as KafkajsError;
  if (cause instanceof WireError) return new KafkaError('PROTOCOL', `${where}: ${error.message}`, { cause });
  switch (error.name) {
    case 'KafkaJSProtocolError':
    case 'KafkaJSMemberIdRequired':
    case 'KafkaJSCreateTopicError':
      return typeof error.code === 'number' && error.code !== -99
        ? new BrokerAnswerError(error.code, where, { cause })
        : new KafkaError('PROTOCOL', `${where}: ${error.message}`, { cause });
    case 'KafkaJSSASLAuthenticationError':
      return new KafkaError('DENIED', `${where}: ${error.message}`, { cause });
    case 'KafkaJSConnectionError':
    case 'KafkaJSConnectionClosedError':
    case 'KafkaJSRequestTimeoutError':
    case 'KafkaJSLockTimeout':
    case 'KafkaJSTimeout':
      return new KafkaError('UNAVAILABLE', `${where}: ${error.message}`, { cause });
    case 'KafkaJSServerDoesNotSupportApiKey':
      return new KafkaError('UNSUPPORTED', `${where}: ${error.message}`, { cause });
    default:
      return new KafkaError('PROTOCOL', `${where}: ${error.message}`, { cause });
  }
}

/** Nothing came back, or not from whom it should: ask anew who leads, over a new connection. */
export function isConnectionFault(error: unknown): boolean {
  const { cause } = error as KafkaError;
  const name = cause instanceof Error ? cause.name : '';
  return (
    name === 'KafkaJSConnectionError' ||
    name === 'KafkaJSConnectionClosedError' ||
    name === 'KafkaJSRequestTimeoutError' ||
    name === 'KafkaJSLockTimeout'
  );
}
