import { KafkaError } from '../port/errors.js';
import type {
  CloseOptions,
  Consumer,
  ConsumerOptions,
  GroupMetadata,
  RebalanceListener,
} from '../port/consumer.js';
import type { Assignor } from '../port/assignor.js';
import type { PartitionOffset, RecordBatch, TopicPartition } from '../port/records.js';
import { ErrorCode } from '../wire/error-codes.js';
import { rangeAssignor } from './assignor.js';
import type { Cluster } from './cluster.js';
import { toKafkaError } from './errors.js';
import { Fetcher } from './fetcher.js';
import { GroupMember, type Joined } from './group-member.js';
import { committedOffsets, listOffsets } from './offsets-lookup.js';
import { assertOpen, partitionKey } from './producer-session.js';
import { Wakeup } from './wakeup.js';

/**
 * What {@link GroupConsumer.poll} has to do next; everything in the background only moves between these and wakes it.
 *
 *     new ──subscribe──▶ apart ──poll──▶ joining ──▶ joined ──poll: onAssigned──▶ running
 *                         ▲ ▲               │           │                           │ │
 *                         │ └──join refused─┘           │                           │ │
 *                         └──────────rebalance──────────┘                           │ │
 *                     joining ◀──poll: onRevoked── revoking ◀──────rebalance────────┘ │
 *                     joining ◀──poll: onLost───── losing   ◀───────────lost──────────┘
 *
 * Under a cooperative assignor (KIP-429) what is owned is kept, and fetched, all the way round:
 *
 *     running ──rebalance──▶ apart ──poll──▶ joining ──▶ joined ──poll: onRevoked of what moves, onAssigned──▶ running,
 *                                                                        or where something was revoked ────▶ apart
 *
 * From anywhere to fenced, and no way back, where another has this group instance id.
 */
type Phase = 'new' | 'apart' | 'joining' | 'joined' | 'running' | 'revoking' | 'losing' | 'fenced';

const SESSION_TIMEOUT_MS = 10_000;
const REBALANCE_TIMEOUT_MS = 30_000;
const COMMIT_TIMEOUT_MS = 10_000;
/** For a first answer of the group, when closing while it is under way: after it we can leave. */
const CLOSE_PATIENCE_MS = 1_000;

export class GroupConsumer implements Consumer {
  private readonly cluster: Cluster;
  private readonly options: ConsumerOptions;
  private readonly member: GroupMember;
  private readonly fetcher: Fetcher;
  private readonly wakeup = new Wakeup();
  private phase: Phase = 'new';
  private topics: readonly string[] = [];
  private listener: RebalanceListener | undefined;
  /** What the listener was told of. */
  private owned: readonly TopicPartition[] = [];
  /** What the group gave us and the listener does not know yet; then what is in force. */
  private given: Joined | undefined;
  /** Of what the listener was told last. */
  private group: GroupMetadata;
  private readonly assignors: readonly Assignor[];
  private joining: Promise<void> | undefined;
  private fault: KafkaError | undefined;
  private closing: Promise<void> | undefined;

  constructor(cluster: Cluster, options: ConsumerOptions) {
    this.cluster = cluster;
    this.options = options;
    this.assignors = options.assignors ?? [rangeAssignor];
    this.member = new GroupMember(cluster, {
      groupId: options.groupId,
      instanceId: options.groupInstanceId,
      assignors: this.assignors,
      sessionTimeoutMs: options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS,
      rebalanceTimeoutMs: options.rebalanceTimeoutMs ?? REBALANCE_TIMEOUT_MS,
      onChange: (what) => this.changed(what),
    });
    this.group = this.member.metadata();
    this.fetcher = new Fetcher(cluster, {
      readCommitted: options.isolation === 'read_committed',
      maxBufferedBytes: options.maxBufferedBytes,
      minFetchBytes: options.minFetchBytes,
      maxFetchWaitMs: options.maxFetchWaitMs,
      wake: () => this.wakeup.wake(),
      onOutOfRange: async (partition, offset) => {
        const [position] = await this.reset([partition], `offset ${offset} is not in the log`);
        return position?.offset ?? 0;
      },
    });
  }

  async subscribe(topics: readonly string[], listener: RebalanceListener): Promise<void> {
    this.assertOpen();
    if (this.phase !== 'new')
      throw new KafkaError('PROTOCOL', 'a consumer subscribes once; make another one');
    this.topics = [...topics];
    this.listener = listener;
    this.phase = 'apart';
    this.join();
  }

  async poll(maxWaitMs: number): Promise<readonly RecordBatch[]> {
    const deadline = Date.now() + maxWaitMs;
    for (;;) {
      this.assertOpen();
      await this.advance();
      if (this.fault !== undefined) {
        const { fault } = this;
        this.fault = undefined;
        throw fault;
      }
      const batches = this.fetcher.take();
      if (batches.length > 0) return batches;
      const left = deadline - Date.now();
      if (left <= 0) return [];
      await this.wakeup.wait(left);
    }
  }

  assignment(): readonly TopicPartition[] {
    return this.owned;
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.assertOwned(partitions);
    this.fetcher.pause(partitions);
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.assertOwned(partitions);
    this.fetcher.resume(partitions);
  }

  seek(position: PartitionOffset): void {
    this.assertOwned([position]);
    this.fetcher.seek(position);
  }

  currentLag(partition: TopicPartition): number | undefined {
    return this.fetcher.lag(partition);
  }

  async commit(offsets: readonly PartitionOffset[]): Promise<void> {
    this.assertOpen();
    if (offsets.length === 0) return;
    this.assertOwned(offsets);
    await this.joining;
    // What is owned is still ours in the new generation, until the listener is told otherwise.
    const renewed = this.phase === 'joined' && this.given?.lost === false;
    await this.member.commit(renewed ? this.member.metadata() : this.group, offsets, COMMIT_TIMEOUT_MS);
  }

  async committed(partitions: readonly TopicPartition[]): Promise<readonly (number | undefined)[]> {
    this.assertOpen();
    const offsets = await committedOffsets(this.cluster, this.options.groupId, partitions);
    const found = new Map(offsets.map((offset) => [partitionKey(offset), offset.offset]));
    return partitions.map((partition) => found.get(partitionKey(partition)));
  }

  groupMetadata(): GroupMetadata {
    return this.group;
  }

  get rebalancing(): boolean {
    return this.phase === 'joining' || this.phase === 'joined';
  }

  enforceRebalance(): void {
    this.assertOpen();
    this.changed('rebalance');
  }

  close({ leaveGroup = this.options.groupInstanceId === undefined }: CloseOptions = {}): Promise<void> {
    this.closing ??= this.closeNow(leaveGroup);
    return this.closing;
  }

  private async closeNow(leaveGroup: boolean): Promise<void> {
    this.fetcher.clear();
    if (leaveGroup) await this.leave();
    else this.member.stop();
    this.cluster.close();
    this.wakeup.wake();
  }

  private async leave(): Promise<void> {
    const left = this.member.leave();
    // A join on its first way has no member id yet with which to leave.
    if (this.joining !== undefined && this.member.metadata().memberId === '') {
      const patience = new Wakeup();
      void this.joining.finally(() => patience.wake());
      await patience.wait(CLOSE_PATIENCE_MS);
      await this.member.leave();
    }
    await left;
  }

  /** Calls the listener where the group has changed. */
  private async advance(): Promise<void> {
    const { listener } = this;
    if (listener === undefined) throw new KafkaError('PROTOCOL', 'subscribe before polling');
    switch (this.phase) {
      case 'revoking':
        this.fetcher.clear();
        // A caller that stayed away may come back too late: who still owns its partitions may commit, who does not must not.
        await this.member.check();
        await this.letGo(listener, (this.phase as Phase) === 'losing');
        break;
      case 'losing':
        await this.letGo(listener, true);
        break;
      case 'fenced':
        // Whatever the listener makes of the loss, there is no joining again.
        await this.lose(listener).catch((error: unknown) =>
          this.cluster.logger.debug({ error: String(error) }, 'the listener failed at a loss'),
        );
        throw this.cluster.answered(
          ErrorCode.FENCED_INSTANCE_ID,
          `staying in group ${this.options.groupId} as ${this.options.groupInstanceId}`,
        );
      case 'joined':
        await this.takeOver(listener);
        break;
      case 'apart':
        if (this.fault === undefined) this.join();
        break;
      case 'new':
      case 'joining':
      case 'running':
        break;
    }
  }

  /** Gives up everything, and joins again with nothing. */
  private async letGo(listener: RebalanceListener, lost: boolean): Promise<void> {
    try {
      if (lost) await this.lose(listener);
      else if (this.owned.length > 0) await listener.onRevoked(this.owned);
    } finally {
      this.owned = [];
      // Lost meanwhile, if so, makes no difference any more.
      if (this.phase !== 'fenced') this.join();
    }
  }

  private async lose(listener: RebalanceListener): Promise<void> {
    const { owned } = this;
    this.fetcher.clear();
    this.owned = [];
    if (owned.length > 0) await listener.onLost(owned);
  }

  /** Makes a new assignment the one in force, and tells the listener what has changed. */
  private async takeOver(listener: RebalanceListener): Promise<void> {
    const { given } = this;
    if (given === undefined) return;
    if (given.lost) {
      this.given = { ...given, lost: false };
      await this.lose(listener);
    }
    const { partitions } = given.assignment;
    const wanted = new Set(partitions.map(partitionKey));
    const revoked = this.owned.filter((partition) => !wanted.has(partitionKey(partition)));
    const had = new Set(this.owned.map(partitionKey));
    const added = partitions.filter((partition) => !had.has(partitionKey(partition)));
    this.group = this.member.metadata();
    // What was let go of is given to others by a rebalance that this member asks for.
    this.phase = revoked.length > 0 ? 'apart' : 'running';
    if (revoked.length > 0) {
      this.fetcher.remove(revoked);
      try {
        await listener.onRevoked(revoked);
      } finally {
        this.owned = this.owned.filter((partition) => wanted.has(partitionKey(partition)));
      }
      if ((this.phase as Phase) === 'losing' || (this.phase as Phase) === 'fenced') return;
    }
    this.owned = partitions;
    this.fetcher.add(added);
    given.assignor.onAssignment?.(given.assignment);
    try {
      await listener.onAssigned(added);
    } finally {
      // Also where the listener fails: the partitions are ours, and its caller is told.
      void this.placeAll();
    }
  }

  private join(): void {
    if (this.closing !== undefined) return;
    this.phase = 'joining';
    const protocols = this.assignors.map((assignor) => ({
      name: assignor.name,
      userData: assignor.subscriptionUserData?.() ?? null,
    }));
    const { topics, owned } = this;
    this.joining = this.member
      .join({ topics, owned, protocols })
      .then((joined) => {
        // Who lets go eagerly shares out as if nobody owned anything.
        const lost = joined.lost || (owned.length > 0 && joined.assignor.protocol === 'eager');
        this.given = { ...joined, lost };
        this.phase = 'joined';
      })
      .catch((cause: unknown) => {
        const error = toKafkaError(cause, `joining group ${this.options.groupId}`);
        if (error.code === 'FENCED_INSTANCE') {
          this.phase = 'fenced';
        } else {
          this.phase = 'apart';
          this.fault = error;
        }
      })
      .finally(() => {
        this.joining = undefined;
        this.wakeup.wake();
      });
  }

  private changed(what: 'rebalance' | 'lost' | 'fenced'): void {
    const next = this.after(what);
    if (next === undefined) return;
    this.phase = next;
    this.wakeup.wake();
  }

  private after(what: 'rebalance' | 'lost' | 'fenced'): Phase | undefined {
    if (what === 'fenced') return 'fenced';
    const cooperative = this.given?.assignor.protocol === 'cooperative';
    switch (this.phase) {
      case 'joined':
        // The listener has not heard of it. Under a cooperative assignor it is told first: what it owns is of this
        // generation now, and the next heartbeat asks again.
        if (cooperative) return what === 'lost' ? 'losing' : undefined;
        return this.owned.length > 0 ? 'losing' : 'apart';
      case 'running':
        if (what === 'lost') return 'losing';
        return cooperative ? 'apart' : 'revoking';
      case 'revoking':
        return what === 'lost' ? 'losing' : undefined;
      case 'apart':
        return what === 'lost' && this.owned.length > 0 ? 'losing' : undefined;
      case 'new':
      case 'joining':
      case 'losing':
      case 'fenced':
        return undefined;
    }
  }

  /** Positions what the listener did not: at the committed offset, else where `offsetReset` says. */
  private async placeAll(): Promise<void> {
    const { generationId } = this.member.metadata();
    const current = (): boolean =>
      generationId === this.member.metadata().generationId &&
      !['revoking', 'losing', 'fenced'].includes(this.phase);
    const partitions = this.fetcher.unplaced();
    if (partitions.length === 0) return;
    try {
      const committed = await committedOffsets(this.cluster, this.options.groupId, partitions);
      if (!current()) return;
      this.fetcher.place(committed);
      const rest = this.fetcher.unplaced();
      if (rest.length === 0) return;
      const positions = await this.reset(rest, 'nothing is committed');
      if (current()) this.fetcher.place(positions);
    } catch (cause) {
      if (!current()) return;
      this.fault = toKafkaError(cause, `positioning group ${this.options.groupId}`);
      this.wakeup.wake();
      // What may come back is tried again with a new generation, the rest is the caller's to decide.
      if (this.fault.retriable) this.changed('rebalance');
    }
  }

  private async reset(
    partitions: readonly TopicPartition[],
    why: string,
  ): Promise<readonly PartitionOffset[]> {
    const { offsetReset, isolation, groupId } = this.options;
    if (offsetReset === 'none') {
      throw new KafkaError(
        'OFFSET_OUT_OF_RANGE',
        `group ${groupId} has no position in ${partitions.map(partitionKey).join(', ')} (${why}) and offsetReset is none`,
      );
    }
    return listOffsets(this.cluster, partitions, offsetReset, isolation === 'read_committed');
  }

  private assertOpen(): void {
    if (this.closing !== undefined)
      throw new KafkaError('CLOSED', `the consumer of group ${this.options.groupId} is closed`);
    assertOpen(this.cluster.closed, `the consumer of group ${this.options.groupId}`);
  }

  private assertOwned(partitions: readonly TopicPartition[]): void {
    const owned = new Set(this.owned.map(partitionKey));
    const foreign = partitions.find((partition) => !owned.has(partitionKey(partition)));
    if (foreign === undefined) return;
    throw new KafkaError(
      'REBALANCED',
      `${partitionKey(foreign)} is not assigned to this member of ${this.options.groupId}`,
    );
  }
}
