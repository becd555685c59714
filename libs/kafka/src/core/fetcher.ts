import { KafkaError } from '../port/errors.js';
import type { PartitionOffset, RecordBatch, TopicPartition } from '../port/records.js';
import { ErrorCode } from '../wire/error-codes.js';
import type { TopicMetadata } from '../wire/metadata.js';
import { fetchRequest, type FetchedPartition, type FetchOptions } from '../wire/fetch.js';
import { offsetAfter } from '../wire/record-batch-reader.js';
import type { Cluster } from './cluster.js';
import { isConnectionFault, toKafkaError } from './errors.js';
import { FetchState } from './fetch-state.js';
import { partitionKey } from './producer-session.js';

export interface FetcherOptions {
  readonly readCommitted: boolean;
  readonly maxBufferedBytes?: number | undefined;
  readonly minFetchBytes?: number | undefined;
  readonly maxFetchWaitMs?: number | undefined;
  /** Something is at hand, or an error is to be thrown. */
  readonly wake: () => void;
  /** A position is not in the log; without an answer the error goes to the caller of `take`. */
  readonly onOutOfRange?: (partition: TopicPartition, offset: number) => Promise<number>;
}

const MAX_BUFFERED_BYTES = 16 * 1024 * 1024;
/** As the Java client's default: of a smaller one, all but the first partition's large batches would come cut. */
const PARTITION_BYTES = 1024 * 1024;
/** The first wait after a failure; it doubles with each up to the second. */
const RETRY_DELAY_MS = 100;
const MAX_RETRY_DELAY_MS = 1_000;
/** A topic unknown for as many tries is not new to a broker, but gone. */
const TRIES_UNTIL_GONE = 4;
/** The wait of a fetch that leaves out partitions whose buffer is full: they must be asked for again soon. */
const SHORT_WAIT_MS = 10;

/**
 * Keeps some batches of each partition at hand: one long-polling fetch per broker at a time, for the partitions that
 * have room. Where all have enough nothing is asked, until something is taken.
 */
export class Fetcher {
  private readonly cluster: Cluster;
  private readonly options: FetcherOptions;
  private readonly maxBufferedBytes: number;
  private readonly maxFetchWaitMs: number;
  private readonly partitions = new Map<string, FetchState>();
  /** Brokers with a fetch under way. */
  private readonly busy = new Set<number>();
  private readonly errors: KafkaError[] = [];
  /** Topics that the log was told of as gone. */
  private readonly gone = new Set<string>();
  private served = 0;
  private turn = 0;
  private stopped = true;
  private planning = false;
  private planAgain = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(cluster: Cluster, options: FetcherOptions) {
    this.cluster = cluster;
    this.options = options;
    this.maxBufferedBytes = options.maxBufferedBytes ?? MAX_BUFFERED_BYTES;
    this.maxFetchWaitMs = options.maxFetchWaitMs ?? 100;
  }

  /** Replaces what is fetched. Without an offset a partition waits until {@link place} or {@link seek} gives it one. */
  assign(partitions: readonly (TopicPartition & { readonly offset?: number })[]): void {
    this.clear();
    this.add(partitions);
  }

  /** Fetches these beside the others; those that are fetched already begin anew. As {@link assign}. */
  add(partitions: readonly (TopicPartition & { readonly offset?: number })[]): void {
    for (const partition of partitions) {
      this.partitions.set(partitionKey(partition), new FetchState(partition, partition.offset));
    }
    this.stopped = false;
    this.pump();
  }

  /** Drops these, with what is at hand of them. */
  remove(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.partitions.delete(partitionKey(partition));
  }

  /** Partitions without a position. */
  unplaced(): FetchState[] {
    return [...this.partitions.values()].filter((state) => state.fetchOffset === undefined);
  }

  /** Gives positions to partitions that still have none. */
  place(positions: readonly PartitionOffset[]): void {
    for (const position of positions) {
      const state = this.partitions.get(partitionKey(position));
      if (state !== undefined && state.fetchOffset === undefined) state.seek(position.offset);
    }
    this.pump();
  }

  clear(): void {
    this.stopped = true;
    this.partitions.clear();
    this.errors.length = 0;
    this.gone.clear();
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.state(partition).paused = true;
    // What they hold may be in the way of the others.
    this.pump();
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.state(partition).paused = false;
    this.options.wake();
    this.pump();
  }

  seek(position: PartitionOffset): void {
    this.state(position).seek(position.offset);
    this.pump();
  }

  /** Offsets there are beyond what was handed out; `undefined` where that was not told since the last seek. */
  lag(partition: TopicPartition): number | undefined {
    const state = this.partitions.get(partitionKey(partition));
    if (state?.endOffset === undefined || state.position === undefined) return undefined;
    return Math.max(0, state.endOffset - state.position);
  }

  /**
   * At most one batch a partition; partitions take turns in coming first.
   * @throws KafkaError of the background work, once each; and where a batch cannot be read, every time
   */
  take(): RecordBatch[] {
    const error = this.errors.shift();
    if (error !== undefined) throw error;
    const batches: RecordBatch[] = [];
    const states = [...this.partitions.values()];
    const start = states.length === 0 ? 0 : this.turn++ % states.length;
    for (let index = 0; index < states.length; index++) {
      const state = states[(start + index) % states.length] as FetchState;
      if (!state.ready) continue;
      try {
        const batch = state.take();
        if (batch !== undefined) batches.push(batch);
      } catch (cause) {
        // What was taken before stays good; the error comes up with the next call.
        if (batches.length > 0) break;
        const { code, message } = toKafkaError(cause, 'reading');
        throw new KafkaError(code, `${partitionKey(state)} from offset ${state.position}: ${message}`, {
          cause,
        });
      }
    }
    if (batches.length > 0) this.pump();
    return batches;
  }

  private state(partition: TopicPartition): FetchState {
    const state = this.partitions.get(partitionKey(partition));
    if (state === undefined) {
      throw new KafkaError('REBALANCED', `${partitionKey(partition)} is not assigned to this member`);
    }
    return state;
  }

  /** Starts the fetches that there is room for. Runs once at a time. */
  private pump(): void {
    if (this.planning) {
      this.planAgain = true;
      return;
    }
    this.planning = true;
    void this.plan().finally(() => {
      this.planning = false;
      if (this.planAgain) {
        this.planAgain = false;
        this.pump();
      }
    });
  }

  private async plan(): Promise<void> {
    if (this.stopped || this.cluster.closed.aborted) return;
    const room = this.makeRoom();
    if (room <= 0) return;
    const now = Date.now();
    const lookups = new Map<string, Promise<TopicMetadata>>();
    const nodes = new Map<number, { states: FetchState[]; heldBack: boolean }>();
    let fault: KafkaError | undefined;
    for (const state of this.partitions.values()) {
      if (state.paused || state.fetchOffset === undefined) continue;
      if (state.notBefore > now) {
        this.pumpAfter(state.notBefore - now);
        continue;
      }
      if (fault !== undefined) {
        this.setBack(state, fault);
        continue;
      }
      let leader: number;
      try {
        let lookup = lookups.get(state.topic);
        if (lookup === undefined) lookups.set(state.topic, (lookup = this.cluster.topic(state.topic)));
        leader = this.cluster.leaderIn(await lookup, state.partition);
      } catch (cause) {
        const error = toKafkaError(cause, `finding the leader of ${partitionKey(state)}`);
        // Where no broker answers, asking for each partition would only take longer.
        if (isConnectionFault(error) || error.cause !== undefined) fault = error;
        this.setBack(state, error);
        continue;
      }
      let node = nodes.get(leader);
      if (node === undefined) nodes.set(leader, (node = { states: [], heldBack: false }));
      if (state.full) node.heldBack = true;
      else node.states.push(state);
    }
    if (this.stopped) return;
    for (const [leader, { states, heldBack }] of nodes) {
      if (states.length === 0 || this.busy.has(leader)) continue;
      const maxWaitMs = heldBack ? Math.min(SHORT_WAIT_MS, this.maxFetchWaitMs) : this.maxFetchWaitMs;
      this.busy.add(leader);
      void this.fetch(leader, states, maxWaitMs, room).finally(() => {
        this.busy.delete(leader);
        this.pump();
      });
    }
  }

  /**
   * Bytes that may still be fetched. Paused partitions keep what they hold only while no other goes without for it.
   */
  private makeRoom(): number {
    const states = [...this.partitions.values()];
    const room = (): number =>
      states.reduce((left, state) => left - state.bufferedBytes, this.maxBufferedBytes);
    const left = room();
    if (left > 0 || !states.some((state) => !state.paused && state.empty)) return left;
    for (const state of states) if (state.paused) state.release();
    return room();
  }

  private async fetch(leader: number, states: FetchState[], maxWaitMs: number, room: number): Promise<void> {
    states.sort((a, b) => a.served - b.served);
    // An answer to an earlier fetch may have ended the fetching of one since it was planned.
    const asked = states.flatMap((state) =>
      state.fetchOffset === undefined ? [] : [{ state, epoch: state.epoch, offset: state.fetchOffset }],
    );
    if (asked.length === 0) return;
    const options: FetchOptions = {
      maxWaitMs,
      minBytes: this.options.minFetchBytes ?? 1,
      maxBytes: Math.max(room, 1),
      readCommitted: this.options.readCommitted,
    };
    const request = fetchRequest(
      asked.map(({ state, offset }) => ({
        topic: state.topic,
        partition: state.partition,
        offset,
        maxBytes: PARTITION_BYTES,
      })),
      options,
    );
    try {
      const { errorCode, partitions } = await this.cluster.send(leader, request, 1);
      if (errorCode !== ErrorCode.NONE)
        throw this.cluster.answered(errorCode, `fetching from broker ${leader}`);
      const answers = new Map(partitions.map((partition) => [partitionKey(partition), partition]));
      for (const { state, epoch, offset } of asked) {
        const answer = answers.get(partitionKey(state));
        if (answer !== undefined && this.current(state, epoch, offset))
          await this.accept(state, epoch, offset, answer);
      }
    } catch (cause) {
      if (this.cluster.closed.aborted) return;
      const error = toKafkaError(cause, `fetching from broker ${leader}`);
      for (const { state, epoch, offset } of asked)
        if (this.current(state, epoch, offset)) this.setBack(state, error);
    }
  }

  private async accept(
    state: FetchState,
    epoch: number,
    offset: number,
    answer: FetchedPartition,
  ): Promise<void> {
    if (answer.errorCode === ErrorCode.OFFSET_OUT_OF_RANGE && this.options.onOutOfRange !== undefined) {
      try {
        const position = await this.options.onOutOfRange(state, offset);
        if (this.current(state, epoch, offset)) state.seek(position);
      } catch (cause) {
        if (this.current(state, epoch, offset))
          this.setBack(state, toKafkaError(cause, `resetting ${partitionKey(state)}`));
      }
      return;
    }
    if (answer.errorCode !== ErrorCode.NONE) {
      this.cluster.forgetTopic(state.topic);
      this.setBack(
        state,
        this.cluster.answered(answer.errorCode, `fetching ${partitionKey(state)} from offset ${offset}`),
      );
      return;
    }
    state.failures = 0;
    state.endOffset = this.options.readCommitted ? answer.lastStableOffset : answer.highWatermark;
    this.gone.delete(state.topic);
    const nextOffset = offsetAfter(answer.records);
    if (nextOffset === undefined || nextOffset <= offset) return;
    state.served = ++this.served;
    state.add({
      bytes: answer.records,
      from: offset,
      nextOffset,
      aborted: this.options.readCommitted ? answer.aborted : undefined,
      highWatermark: this.options.readCommitted ? answer.lastStableOffset : answer.highWatermark,
    });
    this.options.wake();
  }

  /**
   * Still assigned, not sought elsewhere since, and not fetched by anyone else: when a partition changes its leader, the
   * old one's answer may come after the new one's, with the same records.
   */
  private current(state: FetchState, epoch: number, offset: number): boolean {
    return (
      this.partitions.get(partitionKey(state)) === state &&
      state.epoch === epoch &&
      state.fetchOffset === offset
    );
  }

  /** Tries again later what may go by itself; tells the caller of the rest, and stops fetching that partition. */
  private setBack(state: FetchState, error: KafkaError): void {
    if (error.retriable || error.code === 'UNKNOWN_TOPIC') {
      const wait = Math.min(RETRY_DELAY_MS * 2 ** state.failures++, MAX_RETRY_DELAY_MS);
      state.notBefore = Date.now() + wait;
      this.pumpAfter(wait);
      if (error.code === 'UNKNOWN_TOPIC' && state.failures >= TRIES_UNTIL_GONE)
        this.warnGone(state.topic, error);
      this.cluster.logger.debug({ error: error.message }, 'fetch failed, trying again');
      return;
    }
    state.fetchOffset = undefined;
    this.errors.push(error);
    this.options.wake();
  }

  private warnGone(topic: string, error: KafkaError): void {
    if (this.gone.has(topic)) return;
    this.gone.add(topic);
    const message = 'a topic that is consumed is gone; fetching goes on when it is back';
    this.cluster.logger.warn({ topic, error: error.message }, message);
  }

  private pumpAfter(ms: number): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.pump();
    }, ms);
  }
}
