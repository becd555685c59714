import { KafkaError } from '../port/errors.js';
import type { Consumer, ConsumerOptions, GroupMetadata, RebalanceListener } from '../port/consumer.js';
import type { PartitionOffset, RecordBatch, TopicPartition } from '../port/records.js';
import type { Cluster } from './cluster.js';
import { toKafkaError } from './errors.js';
import { Fetcher } from './fetcher.js';
import { GroupMember } from './group-member.js';
import { committedOffsets, listOffsets } from './offsets-lookup.js';
import { assertOpen, partitionKey } from './producer-session.js';
import { Wakeup } from './wakeup.js';

/**
 * What {@link GroupConsumer.poll} has to do next; everything in the background only moves between these and wakes it.
 *
 *     new ──subscribe──▶ apart ──poll──▶ joining ──▶ joined ──poll: onAssigned──▶ running
 *                          ▲                │           │                           │ │
 *                          └──join refused──┘           └──rebalance: joining       │ │
 *                          joining ◀──poll: onRevoked── revoking ◀──────rebalance───┘ │
 *                          joining ◀──poll: onLost───── losing   ◀───────────lost─────┘
 */
type Phase = 'new' | 'apart' | 'joining' | 'joined' | 'running' | 'revoking' | 'losing';

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
  /** What the group gave us and the listener does not know yet. */
  private given: readonly TopicPartition[] = [];
  private joining: Promise<void> | undefined;
  private fault: KafkaError | undefined;
  private closing: Promise<void> | undefined;

  constructor(cluster: Cluster, options: ConsumerOptions) {
    this.cluster = cluster;
    this.options = options;
    this.member = new GroupMember(cluster, {
      groupId: options.groupId,
      sessionTimeoutMs: options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS,
      rebalanceTimeoutMs: options.rebalanceTimeoutMs ?? REBALANCE_TIMEOUT_MS,
      onChange: (what) => this.changed(what),
    });
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
      if (this.phase === 'running') {
        const batches = this.fetcher.take();
        if (batches.length > 0) return batches;
      }
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

  async commit(offsets: readonly PartitionOffset[]): Promise<void> {
    this.assertOpen();
    if (offsets.length === 0) return;
    this.assertOwned(offsets);
    await this.member.commit(offsets, COMMIT_TIMEOUT_MS);
  }

  async committed(partitions: readonly TopicPartition[]): Promise<readonly (number | undefined)[]> {
    this.assertOpen();
    const offsets = await committedOffsets(this.cluster, this.options.groupId, partitions);
    const found = new Map(offsets.map((offset) => [partitionKey(offset), offset.offset]));
    return partitions.map((partition) => found.get(partitionKey(partition)));
  }

  groupMetadata(): GroupMetadata {
    return this.member.metadata();
  }

  close(): Promise<void> {
    this.closing ??= this.closeNow();
    return this.closing;
  }

  private async closeNow(): Promise<void> {
    this.fetcher.clear();
    const left = this.member.leave();
    // A join on its first way has no member id yet with which to leave.
    if (this.joining !== undefined && this.member.metadata().memberId === '') {
      const patience = new Wakeup();
      void this.joining.finally(() => patience.wake());
      await patience.wait(CLOSE_PATIENCE_MS);
      await this.member.leave();
    }
    await left;
    this.cluster.close();
    this.wakeup.wake();
  }

  /** Calls the listener where the group has changed. */
  private async advance(): Promise<void> {
    const { listener } = this;
    if (listener === undefined) throw new KafkaError('PROTOCOL', 'subscribe before polling');
    switch (this.phase) {
      case 'revoking':
      case 'losing': {
        const { owned } = this;
        this.fetcher.clear();
        // A caller that stayed away may come back too late: who still owns its partitions may commit, who does not must not.
        if (this.phase === 'revoking') await this.member.check();
        const lost = (this.phase as Phase) === 'losing';
        try {
          if (owned.length > 0) await (lost ? listener.onLost(owned) : listener.onRevoked(owned));
        } finally {
          this.owned = [];
          // Lost meanwhile, if so, makes no difference any more.
          this.join();
        }
        break;
      }
      case 'joined':
        this.owned = this.given;
        this.fetcher.assign(this.owned);
        this.phase = 'running';
        try {
          await listener.onAssigned(this.owned);
        } finally {
          // Also where the listener fails: the partitions are ours, and its caller is told.
          void this.placeAll();
        }
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

  private join(): void {
    if (this.closing !== undefined) return;
    this.phase = 'joining';
    this.joining = this.member
      .join(this.topics)
      .then((partitions) => {
        this.given = partitions;
        this.phase = 'joined';
      })
      .catch((cause: unknown) => {
        this.phase = 'apart';
        this.fault = toKafkaError(cause, `joining group ${this.options.groupId}`);
      })
      .finally(() => {
        this.joining = undefined;
        this.wakeup.wake();
      });
  }

  private changed(what: 'rebalance' | 'lost'): void {
    switch (this.phase) {
      case 'joined':
        // The listener has not heard of it: nothing to take back.
        this.join();
        break;
      case 'running':
        this.phase = what === 'lost' ? 'losing' : 'revoking';
        this.wakeup.wake();
        break;
      case 'revoking':
        if (what === 'lost') this.phase = 'losing';
        break;
      case 'new':
      case 'apart':
      case 'joining':
      case 'losing':
        break;
    }
  }

  /** Positions what the listener did not: at the committed offset, else where `offsetReset` says. */
  private async placeAll(): Promise<void> {
    const { generationId } = this.member.metadata();
    const current = (): boolean =>
      this.phase === 'running' && generationId === this.member.metadata().generationId;
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
