import { KafkaError } from '../port/errors.js';
import { brokerError } from '../wire/error-codes.js';

/** An answer with an error code, as a {@link KafkaError}. The number stays readable for those that branch on it. */
export class BrokerAnswerError extends KafkaError {
  readonly errorCode: number;

  /** @param where what was done, as `write to orders-3` */
  constructor(
    errorCode: number,
    where: string,
    options: { reason?: string | null; asked?: string; cause?: unknown } = {},
  ) {
    const { name, code, retriable } = brokerError(errorCode);
    const asked = code === 'DENIED' && options.asked !== undefined ? ` to ${options.asked}` : '';
    const reason = options.reason === undefined || options.reason === null ? '' : `: ${options.reason}`;
    super(code, `${where} was answered ${name}${asked}${reason}${advice[name] ?? ''}`, {
      retriable,
      cause: options.cause,
    });
    this.errorCode = errorCode;
  }
}

/** The broker's certificate is not to be trusted: it is we who deny. */
export class UntrustedBrokerError extends KafkaError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super('DENIED', message, options);
  }
}

/** Nothing came back, or not from whom it should: ask anew who leads, over a new connection. */
export class ConnectionFault extends KafkaError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super('UNAVAILABLE', message, options);
  }
}

function permit(acl: string, actions: string): string {
  return `; permit ${acl} by an ACL, or with MSK IAM the actions ${actions} by a policy`;
}

/** What to do about it, where the name does not say. */
const advice: Readonly<Record<string, string>> = {
  UNKNOWN_TOPIC_OR_PARTITION: '; create the topic first, topics are not created on use',
  MESSAGE_TOO_LARGE: "; the limit is the topic's max.message.bytes",
  INVALID_REPLICATION_FACTOR: '; there are fewer brokers than replicas asked for',
  INVALID_SESSION_TIMEOUT:
    "; the broker's bounds are group.min.session.timeout.ms and group.max.session.timeout.ms",
  INCONSISTENT_GROUP_PROTOCOL:
    '; the group has members of another kind, or that share partitions out differently',
  FENCED_INSTANCE_ID:
    '; another process has joined the group under this group instance id: give each instance one of its own',
  INVALID_TRANSACTION_TIMEOUT: "; it is above the broker's transaction.max.timeout.ms",
  INVALID_PRODUCER_EPOCH: '; a newer producer has this transactional id, or the transaction ran out of time',
  PRODUCER_FENCED: '; a newer producer has this transactional id',
  // The actions are those of an MSK IAM policy: https://docs.aws.amazon.com/msk/latest/developerguide/iam-access-control.html
  TOPIC_AUTHORIZATION_FAILED: permit(
    'Read, Write or Describe of the topic',
    'kafka-cluster:ReadData, WriteData or DescribeTopic',
  ),
  GROUP_AUTHORIZATION_FAILED: permit('Read of the group', 'kafka-cluster:AlterGroup and DescribeGroup'),
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: permit(
    'Write of the transactional id',
    'kafka-cluster:AlterTransactionalId and DescribeTransactionalId',
  ),
  CLUSTER_AUTHORIZATION_FAILED: permit(
    'Create, Alter or IdempotentWrite of the cluster',
    'kafka-cluster:CreateTopic, AlterCluster or WriteDataIdempotently',
  ),
};

/** Whatever a codec or our own code threw, as a {@link KafkaError}; drivers translate what is their library's. */
export function toKafkaError(cause: unknown, where: string): KafkaError {
  if (cause instanceof KafkaError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new KafkaError('PROTOCOL', `${where}: ${message}`, { cause });
}

/** What Node calls a certificate that is not to be trusted. */
const untrusted = new Set([
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** A connection that failed with this error of the network; one to a broker that is not to be trusted is denied. */
export function connectionFault(message: string, network: Error, cause: unknown = network): KafkaError {
  const { code } = network as NodeJS.ErrnoException;
  if (code === undefined || !untrusted.has(code)) return new ConnectionFault(message, { cause });
  const advice = "give the authority that signed the broker's certificate, or another host name";
  return new UntrustedBrokerError(`${message} (${code}); ${advice}`, { cause });
}

export function isConnectionFault(error: unknown): boolean {
  return error instanceof ConnectionFault;
}
