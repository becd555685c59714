import { RejectedRecordError, sinkCalls } from '@mesh/streams';
import { fullJitter, type BackoffOptions } from './backoff.js';
import type { Entry } from './batch.js';
import { pause, type Clock } from './clock.js';
import { DurationHistogram, type SinkSnapshot } from './metrics.js';
import type { SinkLogger } from './options.js';
import type { RateLimit } from './rate-limit.js';
import type { BatchTransport, Failure, RecordFailure } from './transport.js';

export interface DeliveryOptions {
  readonly clock: Clock;
  readonly backoff?: BackoffOptions;
  readonly logger?: SinkLogger;
  readonly random?: () => number;
}

/** A line at the 5th failure in a row, then at every 20th: an outage is told, and not a thousand times. */
const worthALine = (attempt: number): boolean => attempt === 5 || attempt % 20 === 0;

/**
 * Carries one batch at a time to its end: calls, retries what is retryable for as long as it takes, resends only the
 * records that failed, and finds the record at fault where a call of several was rejected.
 */
export class Deliveries<T> {
  readonly #transport: BatchTransport<T>;
  readonly #rate: RateLimit;
  readonly #options: DeliveryOptions;
  readonly #random: () => number;
  readonly #abort = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  readonly #callLatency = new DurationHistogram();
  readonly #recordLatency = new DurationHistogram();
  readonly #counts = {
    calls: 0,
    records: 0,
    retries: 0,
    throttles: 0,
    rejected: 0,
    throttled: 0,
    misconfigured: 0,
  };
  #problem: string | undefined;

  constructor(transport: BatchTransport<T>, rate: RateLimit, options: DeliveryOptions) {
    this.#transport = transport;
    this.#rate = rate;
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  get name(): string {
    return this.#transport.name;
  }

  /** Settles when each entry is done, or the deliveries are abandoned. Never rejects. */
  deliver(entries: readonly Entry<T>[]): Promise<void> {
    const delivery = this.#deliver(entries).finally(() => this.#underWay.delete(delivery));
    this.#underWay.add(delivery);
    return delivery;
  }

  async abandon(): Promise<void> {
    this.#abort.abort();
    await Promise.all(this.#underWay);
  }

  counters(): Omit<SinkSnapshot, 'pending' | 'pendingBytes' | 'inFlight'> {
    return {
      ...this.#counts,
      callLatency: this.#callLatency.snapshot(),
      recordLatency: this.#recordLatency.snapshot(),
    };
  }

  problem(): string | undefined {
    return this.#problem;
  }

  async #deliver(all: readonly Entry<T>[]): Promise<void> {
    // Parts of the batch still to be sent, in order: more than one after a rejected call was split.
    const parts: (readonly Entry<T>[])[] = [all];
    let attempt = 0;
    let firstCall = true;
    for (let entries = parts.shift(); entries !== undefined; entries = parts.shift()) {
      if (!firstCall) await this.#waitForRate(entries);
      firstCall = false;
      const outcome = await this.#call(entries);
      if (this.#abort.signal.aborted) return;
      if (outcome.whole?.verdict === 'rejected' && entries.length > 1) {
        const half = Math.ceil(entries.length / 2);
        parts.unshift(entries.slice(0, half), entries.slice(half));
        continue;
      }
      const { again, worst } = this.#settle(entries, outcome);
      if (worst === undefined) {
        attempt = 0;
        continue;
      }
      attempt = again.length < entries.length ? 1 : attempt + 1;
      parts.unshift(again);
      this.#counts.retries += 1;
      await this.#backOff(worst, attempt);
      if (this.#abort.signal.aborted) return;
    }
  }

  async #call(entries: readonly Entry<T>[]): Promise<Outcome> {
    const { clock } = this.#options;
    const started = clock.now();
    this.#counts.calls += 1;
    try {
      const failures = await this.#send(entries);
      this.#callLatency.observe(clock.now() - started);
      this.#wellConfigured();
      return { failures };
    } catch (error) {
      this.#callLatency.observe(clock.now() - started);
      return { whole: this.#transport.classify(error), failures: [] };
    }
  }

  #send(entries: readonly Entry<T>[]): Promise<readonly RecordFailure[]> {
    const send = () =>
      this.#transport.send(
        entries.map((entry) => entry.payload),
        this.#abort.signal,
      );
    if (!sinkCalls.hasSubscribers) return send();
    const writes = entries.flatMap(({ payload, caller }) => this.#transport.writesOf?.(payload) ?? [caller]);
    return sinkCalls.tracePromise(send, { sink: this.name, writes });
  }

  /** Ends the entries that are written or rejected. @returns what has to be sent again, and why */
  #settle(
    entries: readonly Entry<T>[],
    outcome: Outcome,
  ): { again: readonly Entry<T>[]; worst: Failure | undefined } {
    const now = this.#options.clock.now();
    const failed = new Map(outcome.failures.map((failure) => [failure.index, failure]));
    const again: Entry<T>[] = [];
    let worst: Failure | undefined;
    for (const [index, entry] of entries.entries()) {
      const failure = outcome.whole ?? failed.get(index);
      if (failure === undefined) {
        this.#counts.records += 1;
        this.#recordLatency.observe(now - entry.at);
        entry.done();
      } else if (failure.verdict === 'rejected') {
        this.#counts.rejected += 1;
        const { code, message, cause } = failure;
        entry.done(new RejectedRecordError(code, `${this.name}: ${code}: ${message}`, { cause }));
      } else {
        again.push(entry);
        if (worst === undefined || failure.verdict === 'throttled') worst = failure;
      }
    }
    return { again, worst };
  }

  async #backOff(failure: Failure, attempt: number): Promise<void> {
    const { verdict, code, message, cause } = failure;
    const { clock, backoff = {}, logger } = this.#options;
    const fields = { sink: this.name, code, attempt, err: cause };
    if (verdict === 'misconfigured') {
      const problem = `${this.name}: ${code}: ${message}`;
      if (problem !== this.#problem)
        logger?.error(fields, `${problem}; nothing is dropped, and it is tried again`);
      this.#problem = problem;
    } else if (worthALine(attempt)) {
      logger?.warn(fields, `${this.name} ${verdict} ${attempt} times in a row: ${message}`);
    }
    if (verdict === 'throttled') this.#counts.throttles += 1;
    const gauge = verdict === 'throttled' || verdict === 'misconfigured' ? verdict : undefined;
    if (gauge !== undefined) this.#counts[gauge] += 1;
    await pause(clock, fullJitter(attempt, backoff, this.#random), this.#abort.signal);
    if (gauge !== undefined) this.#counts[gauge] -= 1;
  }

  #wellConfigured(): void {
    if (this.#problem === undefined) return;
    this.#options.logger?.info({ sink: this.name }, `${this.name} takes records again`);
    this.#problem = undefined;
  }

  /** Each call after the first takes its turn too; the first was granted to the batch. */
  async #waitForRate(entries: readonly Entry<T>[]): Promise<void> {
    const { clock } = this.#options;
    const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
    const waitMs = this.#rate.waitMs(bytes, clock.now());
    this.#rate.take(bytes, clock.now());
    await pause(clock, waitMs, this.#abort.signal);
  }
}

interface Outcome {
  /** The call as a whole failed. */
  readonly whole?: Failure;
  readonly failures: readonly RecordFailure[];
}
