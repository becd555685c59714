import { KafkaError } from '../port/errors.js';
import type { GroupMetadata } from '../port/consumer.js';
import type { PartitionOffset, TopicPartition } from '../port/records.js';
import { ErrorCode } from '../wire/error-codes.js';
import {
  heartbeatRequest,
  joinGroupRequest,
  leaveGroupRequest,
  syncGroupRequest,
  type JoinAnswer,
} from '../wire/groups.js';
import { offsetCommitRequest } from '../wire/offsets.js';
import { assignRange, RANGE } from './assignor.js';
import type { Cluster } from './cluster.js';
import { BrokerAnswerError, toKafkaError } from './errors.js';
import { delay, retrying } from './retry.js';

export interface GroupMemberOptions {
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /**
   * `rebalance`: the group waits for us to join again, and what we own is still ours. `lost`: the group goes on
   * without us. Called at most once a generation.
   */
  readonly onChange: (what: 'rebalance' | 'lost') => void;
}

const MAX_HEARTBEAT_INTERVAL_MS = 1_000;
const RETRY_DELAY_MS = 100;
const LEAVE_TIMEOUT_MS = 2_000;
const CHECK_TIMEOUT_MS = 1_000;
/** How often the leader looks for new partitions, and while a topic is missing. */
const WATCH_INTERVAL_MS = 60_000;
const MISSING_TOPIC_INTERVAL_MS = 1_000;

/** The classic group protocol: join, sync, heartbeat, leave; leading the group where the coordinator says so. */
export class GroupMember {
  private readonly cluster: Cluster;
  private readonly options: GroupMemberOptions;
  private memberId = '';
  private generationId = -1;
  private heartbeat: NodeJS.Timeout | undefined;
  private leaving = false;
  /** As leader: the partitions that were shared out, by topic. */
  private shared: Map<string, number> | undefined;
  /** As leader: how many partitions each topic had when that was last told. */
  private readonly counts = new Map<string, number>();
  private watchAt = 0;

  constructor(cluster: Cluster, options: GroupMemberOptions) {
    this.cluster = cluster;
    this.options = options;
  }

  metadata(): GroupMetadata {
    return { groupId: this.options.groupId, memberId: this.memberId, generationId: this.generationId };
  }

  /**
   * Joins, or joins again, for as long as it takes. Heartbeats stop meanwhile and go on after.
   * @throws KafkaError where trying again does not help, and CLOSED
   */
  async join(topics: readonly string[]): Promise<readonly TopicPartition[]> {
    clearTimeout(this.heartbeat);
    this.generationId = -1;
    for (;;) {
      if (this.leaving || this.cluster.closed.aborted)
        throw new KafkaError('CLOSED', 'the consumer is closed');
      try {
        const partitions = await this.joinOnce(topics);
        if (partitions !== undefined) {
          this.beatLater(this.interval());
          return partitions;
        }
      } catch (cause) {
        const error = toKafkaError(cause, `joining group ${this.options.groupId}`);
        if (!error.retriable) throw error;
        this.cluster.logger.debug(
          { group: this.options.groupId, error: error.message },
          'join failed, trying again',
        );
        this.cluster.forgetCoordinator('group', this.options.groupId);
        await delay(RETRY_DELAY_MS, this.cluster.closed);
      }
    }
  }

  /** Asks the group at once, instead of at the next heartbeat, whether we still belong to it. */
  async check(): Promise<void> {
    const timeout = new AbortController();
    await Promise.race([this.beat(this.generationId), delay(CHECK_TIMEOUT_MS, timeout.signal)]);
    timeout.abort();
  }

  /** @throws KafkaError REBALANCED where the group has moved on */
  async commit(offsets: readonly PartitionOffset[], timeoutMs: number): Promise<void> {
    const { groupId } = this.options;
    const request = offsetCommitRequest(this.metadata(), offsets);
    await retrying(
      async () => {
        const coordinator = await this.cluster.coordinator('group', groupId);
        await this.cluster.confirm(coordinator, request, `committing offsets of group ${groupId}`);
      },
      {
        deadline: Date.now() + timeoutMs,
        signal: this.cluster.closed,
        onRetry: () => this.cluster.forgetCoordinator('group', groupId),
      },
    );
  }

  /** Tells the group, so that it need not wait for the session to time out. Never throws, never takes long. */
  async leave(): Promise<void> {
    this.leaving = true;
    clearTimeout(this.heartbeat);
    if (this.memberId === '') return;
    const { groupId } = this.options;
    const left = this.cluster
      .coordinator('group', groupId)
      .then((coordinator) =>
        this.cluster.confirm(coordinator, leaveGroupRequest(this.metadata()), `leaving group ${groupId}`),
      )
      .catch((error: unknown) => {
        this.cluster.logger.debug(
          { group: groupId, error: String(error) },
          'could not leave the group, it will time out',
        );
      });
    const timeout = new AbortController();
    await Promise.race([left, delay(LEAVE_TIMEOUT_MS, timeout.signal)]);
    timeout.abort();
  }

  /** @returns `undefined` where the answer asks for another round */
  private async joinOnce(topics: readonly string[]): Promise<readonly TopicPartition[] | undefined> {
    const { groupId, sessionTimeoutMs, rebalanceTimeoutMs } = this.options;
    const coordinator = await this.cluster.coordinator('group', groupId);
    const request = joinGroupRequest({
      groupId,
      memberId: this.memberId,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      protocol: RANGE,
      topics,
    });
    const joined = await this.cluster.send(coordinator, request, 1);
    if (joined.errorCode === ErrorCode.MEMBER_ID_REQUIRED) {
      this.memberId = joined.memberId;
      return undefined;
    }
    if (joined.errorCode !== ErrorCode.NONE) return this.again(joined.errorCode);
    this.memberId = joined.memberId;
    if (this.leaving) return undefined;

    const sync = syncGroupRequest({
      groupId,
      generationId: joined.generationId,
      memberId: this.memberId,
      assignments: joined.leaderId === joined.memberId ? await this.share(joined) : new Map(),
      waitMs: rebalanceTimeoutMs,
    });
    const synced = await this.cluster.send(coordinator, sync, 1);
    if (synced.errorCode !== ErrorCode.NONE) return this.again(synced.errorCode);
    this.generationId = joined.generationId;
    return synced.partitions;
  }

  private again(errorCode: number): undefined {
    switch (errorCode) {
      case ErrorCode.UNKNOWN_MEMBER_ID:
        this.memberId = '';
        return undefined;
      case ErrorCode.REBALANCE_IN_PROGRESS:
      case ErrorCode.ILLEGAL_GENERATION:
        return undefined;
      default:
        throw this.cluster.answered(errorCode, `joining group ${this.options.groupId}`);
    }
  }

  /**
   * As leader. A topic that does not exist is shared out as having no partitions, and watched for; one that we may not
   * see is the caller's to know.
   */
  private async share({ members }: JoinAnswer): Promise<Map<string, TopicPartition[]>> {
    const topics = [...new Set(members.flatMap((member) => member.topics))].sort();
    this.shared = await this.countPartitions(topics);
    this.watchAt = Date.now() + this.watchInterval(this.shared);
    return assignRange(members, this.shared);
  }

  private async countPartitions(topics: readonly string[]): Promise<Map<string, number>> {
    for (const { topic, errorCode, partitions } of await this.cluster.describe(topics)) {
      if (errorCode === ErrorCode.NONE || errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) {
        this.counts.set(topic, partitions.length);
        continue;
      }
      const where = `looking up topic ${topic} for group ${this.options.groupId}`;
      const error = this.cluster.answered(errorCode, where);
      // Where it is not told for now, the topic has not lost what it had.
      if (!error.retriable) throw error;
    }
    return new Map(topics.map((topic) => [topic, this.counts.get(topic) ?? 0]));
  }

  private watchInterval(counts: ReadonlyMap<string, number>): number {
    return [...counts.values()].includes(0) ? MISSING_TOPIC_INTERVAL_MS : WATCH_INTERVAL_MS;
  }

  private interval(): number {
    return Math.min(MAX_HEARTBEAT_INTERVAL_MS, this.options.sessionTimeoutMs / 3);
  }

  private beatLater(ms: number): void {
    clearTimeout(this.heartbeat);
    const { generationId } = this;
    this.heartbeat = setTimeout(() => {
      void this.beat(generationId).then((goOn) => {
        if (goOn && generationId === this.generationId && !this.leaving && !this.cluster.closed.aborted) {
          this.beatLater(this.interval());
        }
      });
    }, ms);
  }

  /** @returns whether to go on */
  private async beat(generationId: number): Promise<boolean> {
    const { groupId } = this.options;
    const current = (): boolean => generationId === this.generationId;
    try {
      const coordinator = await this.cluster.coordinator('group', groupId);
      const beat = heartbeatRequest({ ...this.metadata(), generationId }, this.options.sessionTimeoutMs / 2);
      await this.cluster.confirm(coordinator, beat, `heartbeat in group ${groupId}`);
      if (current() && (await this.partitionsChanged())) this.change('rebalance');
    } catch (cause) {
      if (!current()) return false;
      const errorCode = cause instanceof BrokerAnswerError ? cause.errorCode : undefined;
      if (errorCode === ErrorCode.REBALANCE_IN_PROGRESS) {
        // Heartbeats go on until we join: they keep the session while the caller is busy.
        this.change('rebalance');
      } else if (errorCode === ErrorCode.UNKNOWN_MEMBER_ID || errorCode === ErrorCode.ILLEGAL_GENERATION) {
        if (errorCode === ErrorCode.UNKNOWN_MEMBER_ID) this.memberId = '';
        this.change('lost');
        return false;
      } else {
        // Out of reach: the group decides whether we come back in time.
        this.cluster.forgetCoordinator('group', groupId);
        this.cluster.logger.debug({ group: groupId, error: String(cause) }, 'heartbeat failed');
      }
    }
    return true;
  }

  private change(what: 'rebalance' | 'lost'): void {
    this.shared = undefined;
    this.options.onChange(what);
  }

  private async partitionsChanged(): Promise<boolean> {
    const { shared } = this;
    if (shared === undefined || Date.now() < this.watchAt) return false;
    this.watchAt = Date.now() + MISSING_TOPIC_INTERVAL_MS;
    const counts = await this.countPartitions([...shared.keys()]);
    this.watchAt = Date.now() + this.watchInterval(counts);
    return [...counts].some(([topic, count]) => count > (shared.get(topic) ?? 0));
  }
}
