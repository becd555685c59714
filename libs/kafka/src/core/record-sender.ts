import { KafkaError } from '../port/errors.js';
import type { SendBatch } from '../port/producer.js';
import type { Compression } from '../wire/compression.js';
import { ErrorCode } from '../wire/error-codes.js';
import { produceRequest, type PartitionData, type ProduceResult } from '../wire/produce.js';
import { stampBatch } from '../wire/record-batch-writer.js';
import type { Cluster } from './cluster.js';
import { toKafkaError } from './errors.js';
import { Distributor, totalSize, type PartitionQueue, type Portion } from './partitioned-records.js';
import { partitionKey, type ProducerSession } from './producer-session.js';
import { delay, UNKNOWN_TOPIC_PATIENCE_MS } from './retry.js';
import { NOT_APPENDED, troubleAfter, type Outcome, type Trouble } from './send-outcome.js';

/** Uncompressed size a batch is filled to. The broker's default limit is 1,048,588 B for what it stores. */
const BATCH_BYTES = 1_000_000;
/** A broker closes the connection on requests above `socket.request.max.bytes` (100 MiB by default). */
const MAX_RECORD_BYTES = 64 * 1024 * 1024;
/** How long a broker may wait for its followers before it answers a produce request. */
const PRODUCE_TIMEOUT_MS = 30_000;

export interface SendPlan {
  readonly session: ProducerSession;
  /** Where inside a transaction. */
  readonly transactionalId: string | null;
  readonly deadline: number;
  /** Called with the partitions about to be written, before each is first. */
  readonly beforeWrite?: (partitions: readonly PartitionQueue[]) => Promise<void>;
}

interface Attempt {
  readonly queue: PartitionQueue;
  readonly portion: Portion;
  readonly bytes: Buffer;
}

/** One call under way. */
interface Sending {
  readonly plan: SendPlan;
  readonly outcome: Outcome;
  readonly troubles: Map<PartitionQueue, Trouble>;
  /** Tried again as it is until it is confirmed or refused: the broker knows a repetition by sequence and count. */
  readonly attempts: Map<PartitionQueue, Attempt>;
}

/**
 * Writes the records of a call to their partitions' leaders. A partition has one batch under way at a time, so that a
 * retry keeps both the order and the producer's sequence, by which the broker knows what it already has.
 */
export class RecordSender {
  private readonly cluster: Cluster;
  private readonly compression: Compression;
  private readonly distributor: Distributor;
  /** Topics that refused a full batch: their `max.message.bytes` is smaller. */
  private readonly batchBytes = new Map<string, number>();

  constructor(cluster: Cluster, compression: Compression) {
    this.cluster = cluster;
    this.compression = compression;
    this.distributor = new Distributor(cluster);
  }

  /**
   * @throws SendError where not all was appended, KafkaError where nothing was tried
   * @returns what went where, and `indefinite` when it is not known whether a batch given up was appended: then the
   * session's sequence is lost
   */
  async send(batches: readonly SendBatch[], plan: SendPlan): Promise<Outcome> {
    const outcome: Outcome = { appended: [], failures: [], indefinite: false };
    const sending: Sending = { plan, outcome, troubles: new Map(), attempts: new Map() };
    const queues = await this.distribute(batches, plan.deadline);
    for (const queue of queues) this.refuseHuge(queue, outcome);
    let wait = 20;
    for (;;) {
      const pending = queues.filter((queue) => !queue.empty);
      if (pending.length === 0) return outcome;
      const progress = await this.round(pending, sending);
      for (const queue of pending) this.giveUpLate(queue, sending);
      if (progress) {
        wait = 20;
      } else if (queues.some((queue) => !queue.empty)) {
        await delay(wait, this.cluster.closed);
        wait = Math.min(wait * 2, 250);
      }
    }
  }

  private async distribute(batches: readonly SendBatch[], deadline: number): Promise<PartitionQueue[]> {
    let unknownSince: number | undefined;
    for (let wait = 20; ; wait = Math.min(wait * 2, 1000)) {
      try {
        return await this.distributor.distribute(batches);
      } catch (error) {
        const { code, retriable } = toKafkaError(error, 'looking up topics');
        unknownSince = code === 'UNKNOWN_TOPIC' ? (unknownSince ?? Date.now()) : undefined;
        const patient = unknownSince !== undefined && Date.now() < unknownSince + UNKNOWN_TOPIC_PATIENCE_MS;
        if ((!retriable && !patient) || Date.now() + wait > deadline || this.cluster.closed.aborted)
          throw error;
        await delay(wait, this.cluster.closed);
      }
    }
  }

  /** One request to each leader, with the next batch of each pending partition. @returns whether any moved on */
  private async round(pending: readonly PartitionQueue[], sending: Sending): Promise<boolean> {
    const { plan, attempts } = sending;
    await plan.beforeWrite?.(pending);
    const leaders = new Map<number, Attempt[]>();
    for (const queue of pending) {
      try {
        const leader = await this.cluster.leader(queue);
        const attempt = attempts.get(queue) ?? this.encode(queue, plan);
        attempts.set(queue, attempt);
        const together = leaders.get(leader);
        if (together === undefined) leaders.set(leader, [attempt]);
        else together.push(attempt);
      } catch (error) {
        const cause = toKafkaError(error, `finding the leader of ${partitionKey(queue)}`);
        note(sending, queue, cause, false);
      }
    }
    const moved = await Promise.all(
      Array.from(leaders, async ([leader, together]) => {
        const results = await this.produce(leader, together, plan);
        let progress = false;
        for (const attempt of together) {
          const result = results instanceof KafkaError ? results : results.get(partitionKey(attempt.queue));
          if (this.conclude(attempt, result, sending)) progress = true;
        }
        return progress;
      }),
    );
    return moved.includes(true);
  }

  private conclude(
    attempt: Attempt,
    result: ProduceResult | KafkaError | undefined,
    sending: Sending,
  ): boolean {
    const { queue, portion } = attempt;
    if (result === undefined || result instanceof KafkaError) {
      const error = result ?? new KafkaError('PROTOCOL', `the answer leaves ${partitionKey(queue)} out`);
      note(sending, queue, error, true);
      return false;
    }
    if (this.settle(attempt, result, sending)) {
      sending.troubles.delete(queue);
      sending.attempts.delete(queue);
      return true;
    }
    const where = `writing ${portion.count} records to ${partitionKey(queue)}`;
    const error = this.cluster.answered(result.errorCode, where, { reason: result.reason });
    note(sending, queue, error, !NOT_APPENDED.has(result.errorCode));
    return false;
  }

  private encode(queue: PartitionQueue, { session, transactionalId }: SendPlan): Attempt {
    const portion = queue.next(this.batchBytes.get(queue.topic) ?? BATCH_BYTES);
    const batch = portion.encode(Date.now(), this.compression, transactionalId !== null);
    return {
      queue,
      portion,
      bytes: stampBatch(batch, session.producerId, session.epoch, session.sequence(queue)),
    };
  }

  private async produce(
    leader: number,
    attempts: readonly Attempt[],
    { transactionalId, deadline }: SendPlan,
  ): Promise<Map<string, ProduceResult> | KafkaError> {
    const data = attempts.map(({ queue, bytes }): PartitionData => ({
      topic: queue.topic,
      partition: queue.partition,
      batch: bytes,
    }));
    const timeoutMs = Math.max(1, Math.min(PRODUCE_TIMEOUT_MS, deadline - Date.now()));
    try {
      const results = await this.cluster.send(leader, produceRequest(transactionalId, timeoutMs, data));
      return new Map(results.map((result) => [partitionKey(result), result]));
    } catch (error) {
      return toKafkaError(error, `writing to broker ${leader}`);
    }
  }

  /** @returns whether the partition moved on: by records appended, refused for good, or by smaller batches to try */
  private settle(attempt: Attempt, result: ProduceResult, sending: Sending): boolean {
    const { queue, portion } = attempt;
    const { topic, partition } = queue;
    const { session } = sending.plan;
    const { outcome } = sending;
    if (NOT_APPENDED.has(result.errorCode) && sending.troubles.get(queue)?.unconfirmed === true) {
      return this.doubt(attempt, result, outcome);
    }
    switch (result.errorCode) {
      case ErrorCode.NONE:
      case ErrorCode.DUPLICATE_SEQUENCE_NUMBER: {
        const baseOffset = result.errorCode === ErrorCode.NONE ? result.baseOffset : -1;
        session.advance(queue, portion.count);
        queue.shift(portion.count);
        outcome.appended.push({ topic, partition, baseOffset, count: portion.count });
        return true;
      }
      case ErrorCode.MESSAGE_TOO_LARGE:
      case ErrorCode.RECORD_LIST_TOO_LARGE:
        if (portion.count > 1) {
          this.batchBytes.set(topic, Math.floor(portion.size / 2));
          return true;
        }
        this.refuse(attempt, new Set([0]), result, outcome);
        return true;
      case ErrorCode.INVALID_RECORD:
      case ErrorCode.INVALID_TIMESTAMP: {
        const indexes = new Set(result.refused.map(({ index }) => index));
        this.refuse(
          attempt,
          indexes.size > 0 ? indexes : new Set(Array(portion.count).keys()),
          result,
          outcome,
        );
        return true;
      }
      default: {
        this.cluster.forgetTopic(topic);
        const where = `writing ${portion.count} records to ${partitionKey(queue)}`;
        const error = this.cluster.answered(result.errorCode, where, { reason: result.reason });
        if (error.retriable || result.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) return false;
        // It was appended, or the broker's memory of the sequence and ours differ: start a new one.
        outcome.indefinite ||= !NOT_APPENDED.has(result.errorCode);
        outcome.failures.push(...queue.drain(error));
        return true;
      }
    }
  }

  /**
   * A batch that an earlier answer left unconfirmed is refused when repeated: the limit, or the topic, was changed in
   * between. It may stand in the log, so that nothing can take its place in the sequence; the caller decides whether to
   * send again. @returns false where the refusal is only for now
   */
  private doubt({ queue, portion }: Attempt, result: ProduceResult, outcome: Outcome): boolean {
    const where = `writing ${portion.count} records to ${partitionKey(queue)}`;
    const refusal = this.cluster.answered(result.errorCode, where, { reason: result.reason });
    if (refusal.retriable) return false;
    const message = `${refusal.message}; an earlier try of the same was not confirmed, so that it may have been appended`;
    outcome.indefinite = true;
    outcome.failures.push(...queue.drain(new KafkaError('UNAVAILABLE', message, { cause: refusal })));
    return true;
  }

  /** Takes the records out that the broker will never take, so that the others can be tried without them. */
  private refuse(
    { queue }: Attempt,
    indexes: ReadonlySet<number>,
    result: ProduceResult,
    outcome: Outcome,
  ): void {
    const removed = queue.remove(indexes);
    const what = indexes.size === 1 ? 'a record' : `${indexes.size} records`;
    const where = `writing ${what} of about ${totalSize(removed)} bytes to ${partitionKey(queue)}`;
    const reason = result.refused[0]?.reason ?? result.reason;
    const error = this.cluster.answered(result.errorCode, where, { reason });
    for (const { batch, index } of removed) outcome.failures.push({ batch, record: index, error });
  }

  private refuseHuge(queue: PartitionQueue, outcome: Outcome): void {
    const huge = queue.removeAbove(MAX_RECORD_BYTES);
    if (huge.length === 0) return;
    const error = new KafkaError(
      'TOO_LARGE',
      `a record for ${partitionKey(queue)} is above ${MAX_RECORD_BYTES} bytes`,
    );
    for (const { batch, index } of huge) outcome.failures.push({ batch, record: index, error });
  }

  private giveUpLate(queue: PartitionQueue, { plan: { deadline }, outcome, troubles }: Sending): void {
    const trouble = troubles.get(queue);
    if (trouble === undefined) return;
    const { error, unknownSince } = trouble;
    const patience = unknownSince === undefined ? deadline : unknownSince + UNKNOWN_TOPIC_PATIENCE_MS;
    const hopeless = !error.retriable && unknownSince === undefined;
    if (!hopeless && !this.cluster.closed.aborted && Date.now() < Math.min(patience, deadline)) return;
    outcome.indefinite ||= trouble.unconfirmed;
    outcome.failures.push(...queue.drain(error));
  }
}

function note({ troubles }: Sending, queue: PartitionQueue, error: KafkaError, unconfirmed: boolean): void {
  troubles.set(queue, troubleAfter(troubles.get(queue), error, unconfirmed));
}
