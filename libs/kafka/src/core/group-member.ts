import { KafkaError } from '../port/errors.js';
import type { Assignor, MemberAssignment } from '../port/assignor.js';
import type { GroupMetadata } from '../port/consumer.js';
import type { PartitionOffset, TopicPartition } from '../port/records.js';
import { ErrorCode } from '../wire/error-codes.js';
import {
  heartbeatRequest,
  joinGroupRequest,
  leaveGroupRequest,
  syncGroupRequest,
  type JoinAnswer,
  type OfferedProtocol,
} from '../wire/groups.js';
import { offsetCommitRequest } from '../wire/offsets.js';
import type { Cluster } from './cluster.js';
import { BrokerAnswerError, toKafkaError } from './errors.js';
import { GroupLeader } from './group-leader.js';
import { delay, retrying } from './retry.js';

export interface GroupMemberOptions {
  readonly groupId: string;
  /** Makes the member a static one (KIP-345). */
  readonly instanceId: string | undefined;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** In order of preference. */
  readonly assignors: readonly Assignor[];
  /**
   * `rebalance`: the group waits for us to join again, and what we own is still ours. `lost`: the group goes on
   * without us. `fenced`: another has our group instance id.
   */
  readonly onChange: (what: 'rebalance' | 'lost' | 'fenced') => void;
}

/** What a member brings along when it joins. */
export interface Joining {
  readonly topics: readonly string[];
  /** What it goes on with meanwhile. */
  readonly owned: readonly TopicPartition[];
  readonly protocols: readonly OfferedProtocol[];
}

export interface Joined {
  readonly assignor: Assignor;
  readonly assignment: MemberAssignment;
  /** The group had given up this member before it joined: what it owned may have been given to others. */
  readonly lost: boolean;
}

const MAX_HEARTBEAT_INTERVAL_MS = 1_000;
const RETRY_DELAY_MS = 100;
const LEAVE_TIMEOUT_MS = 2_000;
const CHECK_TIMEOUT_MS = 1_000;

/** The classic group protocol: join, sync, heartbeat, leave; leading the group where the coordinator says so. */
export class GroupMember {
  private readonly cluster: Cluster;
  private readonly options: GroupMemberOptions;
  private readonly leader: GroupLeader;
  private memberId = '';
  /** Of the assignment that is in force: while joining, the one before. */
  private generationId = -1;
  /** The last one that gave an assignment. */
  private lastGenerationId = -1;
  /** Counts joinings, so that an answer to a heartbeat from before one is told apart. */
  private round = 0;
  private heartbeat: NodeJS.Timeout | undefined;
  private leaving = false;

  constructor(cluster: Cluster, options: GroupMemberOptions) {
    this.cluster = cluster;
    this.options = options;
    this.leader = new GroupLeader(cluster, options.groupId);
  }

  metadata(): GroupMetadata {
    const { groupId, instanceId } = this.options;
    const { memberId, generationId } = this;
    return { groupId, memberId, generationId, ...(instanceId === undefined ? {} : { instanceId }) };
  }

  /**
   * Joins, or joins again, for as long as it takes. Heartbeats stop meanwhile and go on after.
   * @throws KafkaError where trying again does not help, and CLOSED
   */
  async join(joining: Joining): Promise<Joined> {
    clearTimeout(this.heartbeat);
    this.round++;
    this.leader.unwatch();
    if (joining.owned.length === 0) this.generationId = -1;
    for (let lost = false; ;) {
      if (this.leaving || this.cluster.closed.aborted)
        throw new KafkaError('CLOSED', 'the consumer is closed');
      try {
        const joined = await this.joinOnce(lost ? { ...joining, owned: [] } : joining);
        if (joined !== undefined) {
          this.beatLater(this.interval());
          return { ...joined, lost };
        }
        lost ||= joining.owned.length > 0 && this.generationId === -1;
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
    await Promise.race([this.beat(this.round), delay(CHECK_TIMEOUT_MS, timeout.signal)]);
    timeout.abort();
  }

  /** @throws KafkaError REBALANCED where the group has moved on */
  async commit(group: GroupMetadata, offsets: readonly PartitionOffset[], timeoutMs: number): Promise<void> {
    const { groupId } = group;
    const request = offsetCommitRequest(group, offsets);
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

  /** Ends without a word: the group waits for the session to time out, or for this instance to come back. */
  stop(): void {
    this.leaving = true;
    clearTimeout(this.heartbeat);
  }

  /** Tells the group, so that it need not wait for the session to time out. Never throws, never takes long. */
  async leave(): Promise<void> {
    this.stop();
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
  private async joinOnce({
    topics,
    owned,
    protocols,
  }: Joining): Promise<Pick<Joined, 'assignor' | 'assignment'> | undefined> {
    const { groupId, instanceId, sessionTimeoutMs, rebalanceTimeoutMs, assignors } = this.options;
    const coordinator = await this.cluster.coordinator('group', groupId);
    const request = joinGroupRequest({
      groupId,
      memberId: this.memberId,
      instanceId,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      protocols,
      topics,
      owned,
      generationId: this.lastGenerationId,
    });
    const joined = await this.cluster.send(coordinator, request, 1);
    if (joined.errorCode === ErrorCode.MEMBER_ID_REQUIRED) {
      this.memberId = joined.memberId;
      return undefined;
    }
    if (joined.errorCode !== ErrorCode.NONE) return this.again(joined.errorCode);
    this.memberId = joined.memberId;
    if (this.leaving) return undefined;
    const assignor = assignors.find(({ name }) => name === joined.protocol);
    if (assignor === undefined)
      throw new KafkaError(
        'PROTOCOL',
        `group ${groupId} shares out by ${joined.protocol}, which was not offered`,
      );

    const sync = syncGroupRequest({
      group: { ...this.metadata(), generationId: joined.generationId },
      assignments: await this.lead(joined, assignor, topics),
      waitMs: rebalanceTimeoutMs,
    });
    const synced = await this.cluster.send(coordinator, sync, 1);
    if (synced.errorCode !== ErrorCode.NONE) return this.again(synced.errorCode);
    this.generationId = joined.generationId;
    this.lastGenerationId = joined.generationId;
    return { assignor, assignment: synced.assignment };
  }

  /** Does what a leader has to, where this member is it. */
  private async lead(
    joined: JoinAnswer,
    assignor: Assignor,
    topics: readonly string[],
  ): Promise<ReadonlyMap<string, MemberAssignment>> {
    if (joined.leaderId === joined.memberId) return this.leader.share(assignor, joined.members);
    // A leader that came back as the same instance is not told that it leads: the group goes on as it was shared out.
    if (this.options.instanceId !== undefined) await this.leader.watch(topics);
    return new Map();
  }

  private again(errorCode: number): undefined {
    switch (errorCode) {
      case ErrorCode.UNKNOWN_MEMBER_ID:
        this.memberId = '';
        this.generationId = -1;
        return undefined;
      case ErrorCode.ILLEGAL_GENERATION:
        this.generationId = -1;
        return undefined;
      case ErrorCode.REBALANCE_IN_PROGRESS:
        return undefined;
      default:
        throw this.cluster.answered(errorCode, `joining group ${this.options.groupId}`);
    }
  }

  private interval(): number {
    return Math.min(MAX_HEARTBEAT_INTERVAL_MS, this.options.sessionTimeoutMs / 3);
  }

  private beatLater(ms: number): void {
    clearTimeout(this.heartbeat);
    const { round } = this;
    this.heartbeat = setTimeout(() => {
      void this.beat(round).then((goOn) => {
        if (goOn && round === this.round && !this.leaving && !this.cluster.closed.aborted) {
          this.beatLater(this.interval());
        }
      });
    }, ms);
  }

  /** @returns whether to go on */
  private async beat(round: number): Promise<boolean> {
    const { groupId, onChange } = this.options;
    const current = (): boolean => round === this.round;
    try {
      const coordinator = await this.cluster.coordinator('group', groupId);
      const beat = heartbeatRequest(this.metadata(), this.options.sessionTimeoutMs / 2);
      await this.cluster.confirm(coordinator, beat, `heartbeat in group ${groupId}`);
      if (current() && (await this.leader.partitionsChanged()) && current()) onChange('rebalance');
    } catch (cause) {
      if (!current()) return false;
      const errorCode = cause instanceof BrokerAnswerError ? cause.errorCode : undefined;
      if (errorCode === ErrorCode.REBALANCE_IN_PROGRESS) {
        // Heartbeats go on until we join: they keep the session while the caller is busy.
        onChange('rebalance');
      } else if (errorCode === ErrorCode.UNKNOWN_MEMBER_ID || errorCode === ErrorCode.ILLEGAL_GENERATION) {
        if (errorCode === ErrorCode.UNKNOWN_MEMBER_ID) this.memberId = '';
        onChange('lost');
        return false;
      } else if (errorCode === ErrorCode.FENCED_INSTANCE_ID) {
        onChange('fenced');
        return false;
      } else {
        // Out of reach: the group decides whether we come back in time.
        this.cluster.forgetCoordinator('group', groupId);
        this.cluster.logger.debug({ group: groupId, error: String(cause) }, 'heartbeat failed');
      }
    }
    return true;
  }
}
