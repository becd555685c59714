import type { KafkaErrorCode } from '../port/errors.js';

/** What the broker's error codes (https://kafka.apache.org/protocol#protocol_error_codes) mean to a caller of the port. */
export interface BrokerError {
  readonly name: string;
  readonly code: KafkaErrorCode;
  /** Asking again, maybe another broker, may help. */
  readonly retriable: boolean;
}

const known = new Map<number, BrokerError>(
  (
    [
      [-1, 'UNKNOWN_SERVER_ERROR', 'PROTOCOL', false],
      [1, 'OFFSET_OUT_OF_RANGE', 'OFFSET_OUT_OF_RANGE', false],
      [2, 'CORRUPT_MESSAGE', 'PROTOCOL', true],
      [3, 'UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_TOPIC', false],
      [5, 'LEADER_NOT_AVAILABLE', 'UNAVAILABLE', true],
      [6, 'NOT_LEADER_OR_FOLLOWER', 'UNAVAILABLE', true],
      [7, 'REQUEST_TIMED_OUT', 'UNAVAILABLE', true],
      [8, 'BROKER_NOT_AVAILABLE', 'UNAVAILABLE', true],
      [9, 'REPLICA_NOT_AVAILABLE', 'UNAVAILABLE', true],
      [10, 'MESSAGE_TOO_LARGE', 'TOO_LARGE', false],
      [13, 'NETWORK_EXCEPTION', 'UNAVAILABLE', true],
      [14, 'COORDINATOR_LOAD_IN_PROGRESS', 'UNAVAILABLE', true],
      [15, 'COORDINATOR_NOT_AVAILABLE', 'UNAVAILABLE', true],
      [16, 'NOT_COORDINATOR', 'UNAVAILABLE', true],
      [17, 'INVALID_TOPIC_EXCEPTION', 'UNKNOWN_TOPIC', false],
      [18, 'RECORD_LIST_TOO_LARGE', 'TOO_LARGE', false],
      [19, 'NOT_ENOUGH_REPLICAS', 'NOT_ENOUGH_REPLICAS', true],
      [20, 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'NOT_ENOUGH_REPLICAS', true],
      [22, 'ILLEGAL_GENERATION', 'REBALANCED', false],
      [23, 'INCONSISTENT_GROUP_PROTOCOL', 'PROTOCOL', false],
      [24, 'INVALID_GROUP_ID', 'PROTOCOL', false],
      [25, 'UNKNOWN_MEMBER_ID', 'REBALANCED', false],
      [26, 'INVALID_SESSION_TIMEOUT', 'PROTOCOL', false],
      [27, 'REBALANCE_IN_PROGRESS', 'REBALANCED', false],
      [29, 'TOPIC_AUTHORIZATION_FAILED', 'DENIED', false],
      [30, 'GROUP_AUTHORIZATION_FAILED', 'DENIED', false],
      [31, 'CLUSTER_AUTHORIZATION_FAILED', 'DENIED', false],
      [32, 'INVALID_TIMESTAMP', 'REFUSED', false],
      [33, 'UNSUPPORTED_SASL_MECHANISM', 'DENIED', false],
      [34, 'ILLEGAL_SASL_STATE', 'PROTOCOL', false],
      [36, 'TOPIC_ALREADY_EXISTS', 'PROTOCOL', false],
      [37, 'INVALID_PARTITIONS', 'PROTOCOL', false],
      [38, 'INVALID_REPLICATION_FACTOR', 'PROTOCOL', false],
      [40, 'INVALID_CONFIG', 'PROTOCOL', false],
      [41, 'NOT_CONTROLLER', 'UNAVAILABLE', true],
      [44, 'POLICY_VIOLATION', 'PROTOCOL', false],
      [45, 'OUT_OF_ORDER_SEQUENCE_NUMBER', 'PROTOCOL', false],
      [46, 'DUPLICATE_SEQUENCE_NUMBER', 'PROTOCOL', false],
      [47, 'INVALID_PRODUCER_EPOCH', 'FENCED', false],
      [48, 'INVALID_TXN_STATE', 'PROTOCOL', false],
      [49, 'INVALID_PRODUCER_ID_MAPPING', 'FENCED', false],
      [50, 'INVALID_TRANSACTION_TIMEOUT', 'PROTOCOL', false],
      [51, 'CONCURRENT_TRANSACTIONS', 'UNAVAILABLE', true],
      [53, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'DENIED', false],
      [55, 'OPERATION_NOT_ATTEMPTED', 'PROTOCOL', false],
      [56, 'KAFKA_STORAGE_ERROR', 'UNAVAILABLE', true],
      [58, 'SASL_AUTHENTICATION_FAILED', 'DENIED', false],
      [59, 'UNKNOWN_PRODUCER_ID', 'PROTOCOL', false],
      [68, 'NON_EMPTY_GROUP', 'PROTOCOL', false],
      [69, 'GROUP_ID_NOT_FOUND', 'PROTOCOL', false],
      [72, 'LISTENER_NOT_FOUND', 'UNAVAILABLE', true],
      [74, 'FENCED_LEADER_EPOCH', 'UNAVAILABLE', true],
      [75, 'UNKNOWN_LEADER_EPOCH', 'UNAVAILABLE', true],
      [78, 'OFFSET_NOT_AVAILABLE', 'UNAVAILABLE', true],
      [79, 'MEMBER_ID_REQUIRED', 'PROTOCOL', false],
      [81, 'GROUP_MAX_SIZE_REACHED', 'PROTOCOL', false],
      [82, 'FENCED_INSTANCE_ID', 'FENCED_INSTANCE', false],
      [87, 'INVALID_RECORD', 'REFUSED', false],
      [88, 'UNSTABLE_OFFSET_COMMIT', 'UNAVAILABLE', true],
      [89, 'THROTTLING_QUOTA_EXCEEDED', 'UNAVAILABLE', true],
      [90, 'PRODUCER_FENCED', 'FENCED', false],
      [120, 'TRANSACTION_ABORTABLE', 'PROTOCOL', false],
    ] satisfies readonly (readonly [number, string, KafkaErrorCode, boolean])[]
  ).map(([number, name, code, retriable]) => [number, { name, code, retriable }]),
);

export function brokerError(number: number): BrokerError {
  return known.get(number) ?? { name: `error ${number}`, code: 'PROTOCOL', retriable: false };
}

/** The codes that code branches on, by the protocol's names. */
export const ErrorCode = {
  NONE: 0,
  OFFSET_OUT_OF_RANGE: 1,
  CORRUPT_MESSAGE: 2,
  UNKNOWN_TOPIC_OR_PARTITION: 3,
  LEADER_NOT_AVAILABLE: 5,
  REQUEST_TIMED_OUT: 7,
  MESSAGE_TOO_LARGE: 10,
  RECORD_LIST_TOO_LARGE: 18,
  NOT_ENOUGH_REPLICAS: 19,
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 20,
  ILLEGAL_GENERATION: 22,
  UNKNOWN_MEMBER_ID: 25,
  REBALANCE_IN_PROGRESS: 27,
  TOPIC_AUTHORIZATION_FAILED: 29,
  CLUSTER_AUTHORIZATION_FAILED: 31,
  INVALID_TIMESTAMP: 32,
  TOPIC_ALREADY_EXISTS: 36,
  OUT_OF_ORDER_SEQUENCE_NUMBER: 45,
  DUPLICATE_SEQUENCE_NUMBER: 46,
  INVALID_PRODUCER_EPOCH: 47,
  CONCURRENT_TRANSACTIONS: 51,
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 53,
  OPERATION_NOT_ATTEMPTED: 55,
  UNKNOWN_PRODUCER_ID: 59,
  GROUP_ID_NOT_FOUND: 69,
  MEMBER_ID_REQUIRED: 79,
  FENCED_INSTANCE_ID: 82,
  INVALID_RECORD: 87,
  UNSTABLE_OFFSET_COMMIT: 88,
} as const;
