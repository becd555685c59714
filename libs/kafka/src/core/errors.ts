import { KafkaError } from '../port/errors.js';
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

/** Nothing came back, or not from whom it should: ask anew who leads, over a new connection. */
export class ConnectionFault extends KafkaError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super('UNAVAILABLE', message, options);
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

/** Whatever a codec or our own code threw, as a {@link KafkaError}; drivers translate what is their library's. */
export function toKafkaError(cause: unknown, where: string): KafkaError {
  if (cause instanceof KafkaError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new KafkaError('PROTOCOL', `${where}: ${message}`, { cause });
}

export function isConnectionFault(error: unknown): boolean {
  return error instanceof ConnectionFault;
}
