import type { KafkaClient, KafkaLogger, OffsetReset } from '@mesh/kafka';
import { inspect } from 'node:util';
import { StreamsError } from '../errors.js';
import { requireServer } from './application-server.js';
import type { FailureHandler, UncaughtErrorHandler } from './failures.js';
import type { StateStoreProvider } from '../state/provider.js';
import type { StateListener } from './state-machine.js';

/**
 * `exactly_once_v2`: outputs, changelogs and offsets in Kafka are one transaction. External sinks are written at least
 * once either way. `at_least_once`: outputs first, offsets after.
 */
export type ProcessingGuarantee = 'exactly_once_v2' | 'at_least_once';

export interface KafkaStreamsOptions {
  /** Names the consumer group, internal topics and transactions: to be kept for the application's life. */
  readonly applicationId: string;
  /** Stays the caller's: close it after the application. */
  readonly client: KafkaClient;
  readonly processingGuarantee: ProcessingGuarantee;
  /** How often progress is made final. Milliseconds; default 100 for `exactly_once_v2`, else 1,000. */
  readonly commitIntervalMs?: number;
  /**
   * Tells this instance from the others of the application, in transactional ids. One that is the same after a restart
   * ends at once the transaction that a killed process left open; the default, a new one each time, leaves that to
   * the broker's timeout. Two instances alive must never have the same.
   */
  readonly instanceId?: string;
  /** `host:port`, where this instance answers queries: told to the others (`application.server`). */
  readonly applicationServer?: string;
  /** Where a partition without a committed offset is read from. Default `earliest`. */
  readonly offsetReset?: OffsetReset;
  /**
   * How long a task waits for records in a source partition where the broker has no more, before it goes on with those of
   * the others (`max.task.idle.ms`, KIP-695). Milliseconds; default 0: it only waits while the broker has some that are
   * on their way. −1: never, so that records of a task's partitions may be taken out of the order of their times.
   */
  readonly maxTaskIdleMs?: number;
  /** What becomes of a record that fails. Default: the dead letters, `<topic>.dlq`. */
  readonly onFailure?: FailureHandler;
  /** Whether missing dead-letter topics are created at start. Default true. */
  readonly createDeadLetterTopics?: boolean;
  /** Of topics created here; default −1, the broker's default. */
  readonly replicationFactor?: number;
  /** How long to wait at start for source topics that do not exist. Milliseconds, default 30,000. */
  readonly missingTopicsTimeoutMs?: number;
  /** How long `close` waits for writes under way. Milliseconds, default 8,000. */
  readonly closeTimeoutMs?: number;
  /** Larger output records fail (`KAFKA_PRODUCE`). Bytes, default 1 MiB as `max.request.size`. */
  readonly maxRecordBytes?: number;
  /** Collected and not yet acknowledged outputs beyond which processing waits. Bytes, default 16 MiB. */
  readonly maxPendingBytes?: number;
  /**
   * Where state is kept: on disk, with a provider as `lmdbStores` of `@mesh/streams-lmdb`. Default: in memory, restored
   * from the changelogs at each start.
   */
  readonly stateStores?: StateStoreProvider;
  /**
   * How much the changes of tables may hold that wait for the next commit, over all tasks: each key then changes once,
   * downstream and in the changelog (`statestore.cache.max.bytes`). Bytes, roughly; default 10 MiB, 0 for none.
   */
  readonly cacheMaxBytes?: number;
  /**
   * How long state on disk is kept of tasks that run elsewhere now (`state.cleanup.delay.ms`). Milliseconds, default
   * 600,000.
   */
  readonly stateCleanupDelayMs?: number;
  /** See the consumer's and the transactional producer's options of the same names. Milliseconds. */
  readonly sessionTimeoutMs?: number;
  readonly rebalanceTimeoutMs?: number;
  readonly transactionTimeoutMs?: number;
  /** Members of the group in this process, each with its own consumer and producer (`num.stream.threads`). Default 1. */
  readonly numStreamThreads?: number;
  /**
   * Makes the threads static members of the group (KIP-345), as `<groupInstanceId>-<n>`: an instance that is back under
   * the same id within the session timeout has its tasks back without a rebalance. It leaves the group when closed only
   * with `close({ leaveGroup: true })`. No two instances alive may have the same.
   */
  readonly groupInstanceId?: string;
  /** Other instances that keep up to date a copy of each task's state (`num.standby.replicas`). Default 0. */
  readonly numStandbyReplicas?: number;
  /** Copies at a time, beside standbys, that are made so that tasks can move to them (`max.warmup.replicas`). Default 2. */
  readonly maxWarmupReplicas?: number;
  /** Changelog offsets that a copy may be behind for its task to move to it (`acceptable.recovery.lag`). Default 10,000. */
  readonly acceptableRecoveryLag?: number;
  /**
   * How long after a rebalance that left tasks waiting for copies there is another (`probing.rebalance.interval.ms`).
   * Milliseconds, default 600,000.
   */
  readonly probingRebalanceIntervalMs?: number;
  /** What becomes of the application when a thread has failed for good. Default: `SHUTDOWN_CLIENT`. */
  readonly onUncaughtError?: UncaughtErrorHandler;
  /** How often processed records are deleted from repartition topics. Milliseconds, default 30,000. */
  readonly repartitionPurgeIntervalMs?: number;
  /** How often the topics are looked at: whether one was deleted or resized. Milliseconds, default 10,000. */
  readonly topicCheckIntervalMs?: number;
  readonly logger?: KafkaLogger;
  /** Called after each change of state. What it throws is logged. */
  readonly onStateChange?: StateListener;
}

/** The options with their defaults. */
export interface RuntimeConfig {
  readonly applicationId: string;
  readonly client: KafkaClient;
  readonly processingGuarantee: ProcessingGuarantee;
  readonly commitIntervalMs: number;
  readonly instanceId: string;
  readonly applicationServer: string | undefined;
  readonly offsetReset: OffsetReset;
  readonly maxTaskIdleMs: number;
  readonly onFailure: FailureHandler;
  readonly createDeadLetterTopics: boolean;
  readonly replicationFactor: number;
  readonly missingTopicsTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly maxRecordBytes: number;
  readonly maxPendingBytes: number;
  readonly stateStores: StateStoreProvider | undefined;
  readonly cacheMaxBytes: number;
  readonly stateCleanupDelayMs: number;
  readonly sessionTimeoutMs: number | undefined;
  readonly rebalanceTimeoutMs: number | undefined;
  readonly transactionTimeoutMs: number | undefined;
  readonly numStreamThreads: number;
  readonly groupInstanceId: string | undefined;
  readonly numStandbyReplicas: number;
  readonly maxWarmupReplicas: number;
  readonly acceptableRecoveryLag: number;
  readonly probingRebalanceIntervalMs: number;
  readonly onUncaughtError: UncaughtErrorHandler;
  readonly repartitionPurgeIntervalMs: number;
  readonly topicCheckIntervalMs: number;
  readonly logger: KafkaLogger;
}

/** As a timer takes at most: longer ones are over at once. */
const MOST = 2 ** 31 - 1;
const OFFSET_RESETS: ReadonlySet<string> = new Set<OffsetReset>(['earliest', 'latest', 'none']);
const ID = /^[A-Za-z0-9._-]{1,150}$/;

/** Without types it may be left out, and undefined has letters only. */
function isId(id: unknown): boolean {
  return typeof id === 'string' && ID.test(id);
}

/** @throws StreamsError `INVALID_CONFIG` */
export function runtimeConfig(options: KafkaStreamsOptions): RuntimeConfig {
  const { applicationId, processingGuarantee } = options;
  if (!isId(applicationId)) throw invalid('applicationId', applicationId, 'letters, digits, dots, _ and -');
  const instanceId = options.instanceId ?? crypto.randomUUID();
  if (!isId(instanceId)) throw invalid('instanceId', instanceId, 'letters, digits, dots, _ and -');
  const { groupInstanceId, offsetReset = 'earliest' } = options;
  if (groupInstanceId !== undefined && !isId(groupInstanceId))
    throw invalid('groupInstanceId', groupInstanceId, 'letters, digits, dots, _ and -');
  if (!OFFSET_RESETS.has(offsetReset))
    throw invalid('offsetReset', offsetReset, [...OFFSET_RESETS].join(', '));
  if (processingGuarantee !== 'exactly_once_v2' && processingGuarantee !== 'at_least_once') {
    throw invalid('processingGuarantee', processingGuarantee, 'exactly_once_v2 or at_least_once');
  }
  return {
    applicationId,
    instanceId,
    applicationServer:
      options.applicationServer === undefined ? undefined : requireServer(options.applicationServer),
    processingGuarantee,
    client: options.client,
    commitIntervalMs: integer(
      'commitIntervalMs',
      options.commitIntervalMs ?? (processingGuarantee === 'exactly_once_v2' ? 100 : 1000),
      1,
    ),
    offsetReset,
    maxTaskIdleMs: integer('maxTaskIdleMs', options.maxTaskIdleMs ?? 0, -1),
    onFailure: options.onFailure ?? (() => 'dead-letter'),
    createDeadLetterTopics: options.createDeadLetterTopics ?? true,
    replicationFactor: integer('replicationFactor', options.replicationFactor ?? -1, -1),
    missingTopicsTimeoutMs: integer('missingTopicsTimeoutMs', options.missingTopicsTimeoutMs ?? 30_000, 0),
    closeTimeoutMs: integer('closeTimeoutMs', options.closeTimeoutMs ?? 8_000, 0),
    maxRecordBytes: atLeast('maxRecordBytes', options.maxRecordBytes ?? 1024 * 1024, 1),
    maxPendingBytes: atLeast('maxPendingBytes', options.maxPendingBytes ?? 16 * 1024 * 1024, 1),
    stateStores: options.stateStores,
    cacheMaxBytes: atLeast('cacheMaxBytes', options.cacheMaxBytes ?? 10 * 1024 * 1024, 0),
    stateCleanupDelayMs: integer('stateCleanupDelayMs', options.stateCleanupDelayMs ?? 600_000, 0),
    sessionTimeoutMs: positive('sessionTimeoutMs', options.sessionTimeoutMs),
    rebalanceTimeoutMs: positive('rebalanceTimeoutMs', options.rebalanceTimeoutMs),
    transactionTimeoutMs: positive('transactionTimeoutMs', options.transactionTimeoutMs),
    numStreamThreads: integer('numStreamThreads', options.numStreamThreads ?? 1, 1),
    groupInstanceId,
    numStandbyReplicas: integer('numStandbyReplicas', options.numStandbyReplicas ?? 0, 0),
    maxWarmupReplicas: integer('maxWarmupReplicas', options.maxWarmupReplicas ?? 2, 1),
    acceptableRecoveryLag: integer('acceptableRecoveryLag', options.acceptableRecoveryLag ?? 10_000, 0),
    probingRebalanceIntervalMs: integer(
      'probingRebalanceIntervalMs',
      options.probingRebalanceIntervalMs ?? 600_000,
      1,
    ),
    onUncaughtError: options.onUncaughtError ?? (() => 'SHUTDOWN_CLIENT'),
    repartitionPurgeIntervalMs: integer(
      'repartitionPurgeIntervalMs',
      options.repartitionPurgeIntervalMs ?? 30_000,
      1,
    ),
    topicCheckIntervalMs: integer('topicCheckIntervalMs', options.topicCheckIntervalMs ?? 10_000, 1),
    logger: options.logger ?? SILENT,
  };
}

/** Of bytes: without a bound where it is infinite. */
function atLeast(name: string, value: number, least: number): number {
  if (typeof value !== 'number' || !(value >= least)) throw invalid(name, value, `at least ${least}`);
  return value;
}

function integer(name: string, value: number, least: number): number {
  if (!Number.isInteger(value) || value < least || value > MOST)
    throw invalid(name, value, `an integer from ${least} to ${MOST}`);
  return value;
}

function positive(name: string, value: number | undefined): number | undefined {
  return value === undefined ? undefined : integer(name, value, 1);
}

function invalid(name: string, value: unknown, wanted: string): StreamsError {
  return new StreamsError('INVALID_CONFIG', `${name} is ${inspect(value)}: it takes ${wanted}`);
}

const nothing = (): void => undefined;
const SILENT: KafkaLogger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
