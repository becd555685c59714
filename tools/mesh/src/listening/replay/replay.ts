import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../../http/exchange.js';
import type { NumberedEvent, RejectedLine } from '../event.js';
import { BoundedQueue } from './bounded-queue.js';
import { ReplayError } from './errors.js';
import { LatencyHistogram } from './latency-histogram.js';
import { postBatch } from './post-batch.js';

export interface ReplayOptions {
  /** Where the interactions API is, as `http://127.0.0.1:8080`; a function is asked again before each attempt. */
  readonly url: string | (() => string);
  /** Events a second; as fast as it goes where absent. */
  readonly rate?: number;
  /** Requests under way at once; default 8. */
  readonly concurrency?: number;
  /** Events a request at most; default 100, the API takes 500. */
  readonly batchSize?: number;
  /** How long the first event of a batch waits for others, in milliseconds; matters with a low rate. Default 20. */
  readonly lingerMs?: number;
  /** How long one batch is tried in all. Milliseconds, default two minutes. */
  readonly retryDeadlineMs?: number;
  /** How long one answer is waited for. Milliseconds, default 30 seconds. */
  readonly requestTimeoutMs?: number;
  /** Called after every answered batch. */
  readonly onProgress?: (progress: ReplayProgress) => void;
  /** Called for each event the API accepts. */
  readonly onAccepted?: (event: NumberedEvent) => void;
  /** Called for each event the API rejects for good; {@link ReplayResult.rejected} keeps only the first 1,000. */
  readonly onRejected?: (line: RejectedLine) => void;
  readonly signal?: AbortSignal;
}

export interface ReplayProgress {
  /** Events the API has answered for good: accepted and rejected. */
  readonly sent: number;
  readonly accepted: number;
  readonly rejected: number;
  /** Events sent again after a failure. */
  readonly retries: number;
  /** Milliseconds since the start. */
  readonly elapsedMs: number;
}

export interface ReplayResult extends Omit<ReplayProgress, 'rejected'> {
  readonly rejectedCount: number;
  /** The first 1,000. */
  readonly rejected: readonly RejectedLine[];
  /** Milliseconds from sending a batch to its answer, for each attempt that was answered with outcomes. */
  readonly latency: LatencyHistogram;
}

const KEPT_REJECTIONS = 1_000;

/**
 * Sends events to the interactions API and sees to it that each one arrives, whatever is killed on the way: what gets
 * no answer, or is told to come back, is sent again under the same event id until the deadline.
 *
 * Users are dealt out to as many lanes as requests may be under way, and a lane sends its next batch once all of the
 * last is settled: so the events of a user never travel in two requests at once, and arrive in the order given.
 *
 * @throws ReplayError where a batch did not get through in time, or the API refuses what no retry can change
 * @throws RangeError for a rate, batch size or concurrency that cannot be
 */
export async function replay(
  events: AsyncIterable<NumberedEvent> | Iterable<NumberedEvent>,
  options: ReplayOptions,
): Promise<ReplayResult> {
  const run = new Run(options);
  return run.all(events);
}

class Run {
  readonly #options: ReplayOptions;
  readonly #lanes: readonly BoundedQueue<NumberedEvent>[];
  readonly #batchSize: number;
  readonly #stop = new AbortController();
  readonly #startedAt = performance.now();
  readonly #latency = new LatencyHistogram();
  readonly #rejected: RejectedLine[] = [];
  #rejectedCount = 0;
  #accepted = 0;
  #retries = 0;

  constructor(options: ReplayOptions) {
    const { rate, batchSize = 100, concurrency = 8 } = options;
    if (rate !== undefined && !(rate > 0)) throw new RangeError('rate must be above 0 events a second');
    if (!(batchSize >= 1 && batchSize <= 500)) throw new RangeError('batchSize must be between 1 and 500');
    if (!(concurrency >= 1)) throw new RangeError('concurrency must be at least 1');
    this.#options = options;
    this.#batchSize = batchSize;
    this.#lanes = Array.from(
      { length: concurrency },
      () => new BoundedQueue<NumberedEvent>(2 * this.#batchSize),
    );
  }

  async all(events: AsyncIterable<NumberedEvent> | Iterable<NumberedEvent>): Promise<ReplayResult> {
    const { signal } = this.#options;
    const abort = (): void => this.#stop.abort(signal?.reason);
    signal?.addEventListener('abort', abort);
    if (signal?.aborted === true) abort();
    const endLanes = (): void => this.#lanes.forEach((lane) => lane.end());
    this.#stop.signal.addEventListener('abort', endLanes);
    // One failure stops the others, who would otherwise go on to the end first.
    const guarded = (work: Promise<void>): Promise<void> =>
      work.catch((error: unknown) => this.#stop.abort(error));
    await Promise.all([
      guarded(this.#deal(events).finally(endLanes)),
      ...this.#lanes.map((lane) => guarded(this.#drain(lane))),
    ]);
    signal?.removeEventListener('abort', abort);
    this.#stop.signal.throwIfAborted();
    return {
      ...this.#progress(),
      rejected: this.#rejected,
      rejectedCount: this.#rejectedCount,
      latency: this.#latency,
    };
  }

  /** Puts each event into its user's lane, when its time has come. */
  async #deal(events: AsyncIterable<NumberedEvent> | Iterable<NumberedEvent>): Promise<void> {
    const { rate } = this.#options;
    const startedAt = performance.now();
    let dealt = 0;
    for await (const event of events) {
      if (this.#stop.signal.aborted) return;
      if (rate !== undefined) {
        const aheadMs = (dealt / rate) * 1_000 - (performance.now() - startedAt);
        // Timers are no finer than this; at high rates a few events go together. After a standstill the rate is
        // caught up with, so that the whole takes as long as asked for.
        if (aheadMs > 2) await this.#pause(aheadMs);
      }
      dealt++;
      await this.#laneOf(event.event.userId).put(event);
    }
  }

  #laneOf(userId: string): BoundedQueue<NumberedEvent> {
    let hash = 0;
    for (let index = 0; index < userId.length; index++)
      hash = (Math.imul(hash, 31) + userId.charCodeAt(index)) | 0;
    const lane = this.#lanes[(hash >>> 0) % this.#lanes.length];
    if (lane === undefined) throw new RangeError('there are no lanes');
    return lane;
  }

  async #drain(lane: BoundedQueue<NumberedEvent>): Promise<void> {
    for (;;) {
      const batch = await lane.take(this.#batchSize, this.#options.lingerMs ?? 20);
      if (batch.length === 0 || this.#stop.signal.aborted) return;
      await this.#settle(batch);
    }
  }

  /** Sends until each event is accepted or rejected for good. */
  async #settle(batch: readonly NumberedEvent[]): Promise<void> {
    const deadlineMs = this.#options.retryDeadlineMs ?? 120_000;
    const deadline = performance.now() + deadlineMs;
    let open = batch;
    for (let attempt = 0; open.length > 0; attempt++) {
      const sentAt = performance.now();
      const answer = await this.#post(open);
      let reason: string;
      let afterMs = 0;
      let cause: unknown;
      switch (answer.kind) {
        case 'refused':
          throw new ReplayError(
            'MESH_REPLAY_REFUSED',
            `${this.#url()} refused a batch of ${open.length} events: ${answer.reason}; is it the interactions API?`,
          );
        case 'too-large':
          if (open.length === 1) {
            this.#reject(open[0], '', answer.reason);
          } else {
            const half = Math.ceil(open.length / 2);
            await this.#settle(open.slice(0, half));
            await this.#settle(open.slice(half));
          }
          return;
        case 'outcomes': {
          this.#latency.record(performance.now() - sentAt);
          const again: NumberedEvent[] = [];
          reason = '';
          for (const [index, outcome] of answer.outcomes.entries()) {
            const event = open[index];
            if (event === undefined) continue;
            if (outcome.kind === 'accepted') this.#accept(event);
            else if (outcome.kind === 'rejected') this.#reject(event, outcome.field, outcome.reason);
            else {
              again.push(event);
              reason = outcome.reason;
            }
          }
          open = again;
          this.#options.onProgress?.(this.#progress());
          if (open.length === 0) return;
          break;
        }
        case 'later':
          ({ reason, cause } = answer);
          afterMs = answer.afterMs ?? 0;
          break;
      }
      if (performance.now() > deadline) {
        throw new ReplayError(
          'MESH_REPLAY_GAVE_UP',
          `gave up on ${open.length} events after ${deadlineMs} ms and ${attempt + 1} attempts: ${reason}; ` +
            'start the API and replay again, which repeats no effect',
          { cause },
        );
      }
      this.#retries += open.length;
      await this.#pause(afterMs + backoffMs(attempt));
      this.#stop.signal.throwIfAborted();
    }
  }

  #post(events: readonly NumberedEvent[]): ReturnType<typeof postBatch> {
    const timeout = AbortSignal.timeout(this.#options.requestTimeoutMs ?? 30_000);
    return postBatch(
      this.#url(),
      events.map(({ event }) => event),
      AbortSignal.any([timeout, this.#stop.signal]),
    );
  }

  #url(): string {
    const { url } = this.#options;
    return typeof url === 'string' ? url : url();
  }

  #accept(event: NumberedEvent): void {
    this.#accepted++;
    this.#options.onAccepted?.(event);
  }

  #reject(event: NumberedEvent | undefined, field: string, reason: string): void {
    if (event === undefined) return;
    const rejected = { line: event.line, field, reason };
    this.#rejectedCount++;
    if (this.#rejected.length < KEPT_REJECTIONS) this.#rejected.push(rejected);
    this.#options.onRejected?.(rejected);
  }

  /** Ends early, without an error, when the run is stopped. */
  async #pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.#stop.signal }).catch((error: unknown) => {
      if (!this.#stop.signal.aborted) throw error;
    });
  }

  #progress(): ReplayProgress {
    return {
      sent: this.#accepted + this.#rejectedCount,
      accepted: this.#accepted,
      rejected: this.#rejectedCount,
      retries: this.#retries,
      elapsedMs: performance.now() - this.#startedAt,
    };
  }
}
