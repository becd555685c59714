import { KafkaError } from '../port/errors.js';
import type { GroupMetadata } from '../port/consumer.js';
import type {
  Appended,
  SendBatch,
  TransactionalProducer,
  TransactionalProducerOptions,
} from '../port/producer.js';
import type { PartitionOffset } from '../port/records.js';
import { ErrorCode } from '../wire/error-codes.js';
import { txnOffsetCommitRequest } from '../wire/offsets.js';
import type { WireRequest } from '../wire/request.js';
import { addOffsetsToTxnRequest, addPartitionsToTxnRequest, endTxnRequest } from '../wire/transactions.js';
import type { Cluster } from './cluster.js';
import { BrokerAnswerError } from './errors.js';
import type { PartitionQueue } from './partitioned-records.js';
import { partitionsFor } from './partitions-for.js';
import { assertOpen, partitionKey, ProducerSession, Serial } from './producer-session.js';
import { RecordSender } from './record-sender.js';
import { retrying, UNKNOWN_TOPIC_PATIENCE_MS } from './retry.js';
import { appendedOrThrow } from './send-outcome.js';

const DELIVERY_TIMEOUT_MS = 120_000;
const TRANSACTION_TIMEOUT_MS = 10_000;
/**
 * While the markers of the last transaction are being written the coordinator answers CONCURRENT_TRANSACTIONS; that
 * takes a few milliseconds, and every commit interval waits for it.
 */
const CONCURRENT_DELAY_MS = 4;

/**
 *     new ──init──▶ ready ──begin──▶ open ──commit, abort──▶ ready
 *                                     │ │
 *               a failed operation    │ │ commit or abort without an answer
 *                 (abort is allowed)  ▼ ▼
 *                              failed   broken      fenced (from anywhere)
 */
type State = 'new' | 'ready' | 'open' | 'failed' | 'broken' | 'fenced';

const advice: Readonly<Record<State, string>> = {
  new: 'call init first',
  ready: 'call begin first',
  open: 'a transaction is open',
  failed: 'an operation failed: abort the transaction',
  broken: 'the broker did not confirm everything: close this producer and make a new one',
  fenced: 'a newer producer has this transactional id: close this one',
};

export class TransactionProducer implements TransactionalProducer {
  private readonly cluster: Cluster;
  private readonly transactionalId: string;
  private readonly transactionTimeoutMs: number;
  private readonly deliveryTimeoutMs: number;
  private readonly sender: RecordSender;
  private readonly serial = new Serial();
  private session: ProducerSession | undefined;
  private state: State = 'new';
  /** A batch given up may have been appended, so that the next one could pass for its repetition and be dropped. */
  private sequenceLost = false;
  /** Partitions and groups that are part of the open transaction. */
  private readonly enrolled = new Set<string>();

  constructor(cluster: Cluster, options: TransactionalProducerOptions) {
    this.cluster = cluster;
    this.transactionalId = options.transactionalId;
    this.transactionTimeoutMs = options.transactionTimeoutMs ?? TRANSACTION_TIMEOUT_MS;
    this.deliveryTimeoutMs = options.deliveryTimeoutMs ?? DELIVERY_TIMEOUT_MS;
    this.sender = new RecordSender(cluster, options.compression ?? 'none');
  }

  async init(): Promise<void> {
    return this.serial.run(async () => {
      this.expect('init', 'new');
      // The coordinator first ends what an earlier producer left open, and answers CONCURRENT_TRANSACTIONS meanwhile.
      this.session = await this.retried('transaction', this.transactionalId, (coordinator) =>
        ProducerSession.begin(this.cluster, coordinator, this.transactionalId, this.transactionTimeoutMs),
      );
      this.state = 'ready';
    });
  }

  async begin(): Promise<void> {
    return this.serial.run(async () => {
      this.expect('begin', 'ready');
      this.enrolled.clear();
      this.state = 'open';
    });
  }

  async send(batches: readonly SendBatch[]): Promise<readonly Appended[]> {
    return this.serial.run(async () => {
      this.expect('send', 'open');
      return this.failing(async () => {
        const outcome = await this.sender.send(batches, {
          session: this.currentSession(),
          transactionalId: this.transactionalId,
          deadline: this.deadline(),
          beforeWrite: (partitions) => this.enrol(partitions),
        });
        this.sequenceLost ||= outcome.indefinite;
        return appendedOrThrow(outcome);
      });
    });
  }

  async sendOffsets(offsets: readonly PartitionOffset[], group: GroupMetadata): Promise<void> {
    return this.serial.run(async () => {
      this.expect('sendOffsets', 'open');
      if (offsets.length === 0) return;
      await this.failing(async () => {
        const { groupId } = group;
        if (!this.enrolled.has(`group:${groupId}`)) {
          await this.coordinated(
            addOffsetsToTxnRequest(this.transactionalId, this.currentSession(), groupId),
            `adding offsets of group ${groupId} to the transaction of ${this.transactionalId}`,
          );
          this.enrolled.add(`group:${groupId}`);
        }
        const request = txnOffsetCommitRequest({
          transactionalId: this.transactionalId,
          producer: this.currentSession(),
          group,
          offsets,
        });
        await this.retried('group', groupId, async (coordinator) => {
          for (const { topic, partition, errorCode } of await this.cluster.send(coordinator, request)) {
            if (errorCode !== ErrorCode.NONE) throw groupError(errorCode, `${topic}-${partition}`, group);
          }
        });
      });
    });
  }

  async commit(): Promise<void> {
    return this.end('commit', ['open']);
  }

  async abort(): Promise<void> {
    return this.end('abort', ['open', 'failed']);
  }

  partitionCount(topic: string): number | undefined {
    return this.cluster.known(topic)?.partitions.length;
  }

  async partitionsFor(topic: string): Promise<number> {
    return partitionsFor(this.cluster, topic, this.deliveryTimeoutMs);
  }

  async close(): Promise<void> {
    this.cluster.close();
  }

  private async end(how: 'commit' | 'abort', from: readonly State[]): Promise<void> {
    return this.serial.run(async () => {
      this.expect(how, ...from);
      if (this.enrolled.size > 0) {
        this.state = 'broken';
        try {
          // Asked again after a lost answer, the coordinator repeats it: the producer's epoch names the transaction.
          await this.coordinated(
            endTxnRequest(this.transactionalId, this.currentSession(), how),
            `${how} of the transaction of ${this.transactionalId}`,
          );
        } catch (error) {
          if (isFencing(error)) this.state = 'fenced';
          throw error;
        }
      }
      if (this.sequenceLost) {
        this.state = 'broken';
        throw new KafkaError(
          'UNAVAILABLE',
          `${how} of producer ${this.transactionalId}: done, but ${advice.broken}`,
        );
      }
      this.state = 'ready';
    });
  }

  /** Tells the coordinator which partitions the transaction is about to write to. */
  private async enrol(partitions: readonly PartitionQueue[]): Promise<void> {
    const added = partitions.filter((partition) => !this.enrolled.has(partitionKey(partition)));
    if (added.length === 0) return;
    const request = addPartitionsToTxnRequest(this.transactionalId, this.currentSession(), added);
    await this.retried('transaction', this.transactionalId, async (coordinator) => {
      const answers = await this.cluster.send(coordinator, request);
      const refused = answers.filter(({ errorCode }) => errorCode !== ErrorCode.NONE);
      // One that is refused keeps the others out: what they are answered tells nothing.
      const first =
        refused.find(({ errorCode }) => errorCode !== ErrorCode.OPERATION_NOT_ATTEMPTED) ?? refused[0];
      if (first === undefined) return;
      if (first.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) this.cluster.forgetTopic(first.topic);
      const where = `adding ${partitionKey(first)} to the transaction of ${this.transactionalId}`;
      throw this.cluster.answered(first.errorCode, where);
    });
    for (const partition of added) this.enrolled.add(partitionKey(partition));
  }

  private coordinated(request: WireRequest<number>, where: string): Promise<void> {
    return this.retried('transaction', this.transactionalId, (coordinator) =>
      this.cluster.confirm(coordinator, request, where),
    );
  }

  private retried<T>(
    kind: 'group' | 'transaction',
    key: string,
    call: (node: number) => Promise<T>,
  ): Promise<T> {
    return retrying(async () => call(await this.cluster.coordinator(kind, key)), {
      deadline: this.deadline(),
      signal: this.cluster.closed,
      delayMs: CONCURRENT_DELAY_MS,
      maxDelayMs: 200,
      unknownTopicMs: UNKNOWN_TOPIC_PATIENCE_MS,
      onRetry: (error) => {
        const busy =
          error instanceof BrokerAnswerError && error.errorCode === ErrorCode.CONCURRENT_TRANSACTIONS;
        if (!busy && error.code !== 'UNKNOWN_TOPIC') this.cluster.forgetCoordinator(kind, key);
      },
    });
  }

  /** A failure inside the transaction leaves only abort; being fenced, only close. */
  private async failing<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      this.state = isFencing(error) ? 'fenced' : 'failed';
      throw error;
    }
  }

  private expect(call: string, ...states: readonly State[]): void {
    assertOpen(this.cluster.closed, `the producer ${this.transactionalId}`);
    if (states.includes(this.state)) return;
    const code = this.state === 'fenced' ? 'FENCED' : 'PROTOCOL';
    throw new KafkaError(code, `${call} of producer ${this.transactionalId}: ${advice[this.state]}`);
  }

  private currentSession(): ProducerSession {
    if (this.session === undefined) throw new KafkaError('PROTOCOL', 'call init first');
    return this.session;
  }

  private deadline(): number {
    return Date.now() + this.deliveryTimeoutMs;
  }
}

/** The group's coordinator answers a member of an older generation as it would a fenced producer: another took over. */
function groupError(errorCode: number, partition: string, group: GroupMetadata): KafkaError {
  const where = `committing the offset of ${partition} for group ${group.groupId} in a transaction`;
  const error = new BrokerAnswerError(errorCode, where);
  const superseded = errorCode === ErrorCode.ILLEGAL_GENERATION || errorCode === ErrorCode.UNKNOWN_MEMBER_ID;
  if (!superseded) return error;
  return new KafkaError('FENCED', `${error.message}; generation ${group.generationId} is over`, {
    cause: error,
  });
}

/** Fenced by a newer producer: its transaction is not ours to abort. Fenced by the group, it still is. */
function isFencing(error: unknown): boolean {
  return (
    error instanceof KafkaError &&
    error.code === 'FENCED' &&
    !(error.cause instanceof BrokerAnswerError && error.cause.code === 'REBALANCED')
  );
}
